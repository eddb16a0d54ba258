"""`AsyncHTTPClient`: fetches what `HTTPRequest` describes over connections that are kept."""

from __future__ import annotations

import asyncio
import warnings
from asyncio import _get_running_loop
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self, Unpack

from zonda.ioloop import IOLoop
from zonda.iostream import OverrideResolver, Resolver, Sweep

from .answer import Reader
from .channel import Maker
from .connector import Connector, Opener
from .errors import NO_ANSWER, ClientClosedError
from .fetch import Fetch
from .limits import IDLE_TIMEOUT, MAX_CLIENTS, MAX_HEADER_SIZE
from .option_checks import check_count, check_seconds
from .pool import Pool
from .preparation import Preparation
from .request import HTTPRequest, MergedOptions, RequestOptions
from .response import HTTPResponse
from .stream import ResponseStream

if TYPE_CHECKING:
    from zonda.http import CookieJar

Callback = Callable[[HTTPResponse], object]


class FetchOptions(RequestOptions, total=False):
    """The keyword arguments of a fetch that is given a URL: all of `HTTPRequest`."""

    method: str
    headers: Mapping[str, str] | None
    body: str | bytes | None


class AsyncHTTPClient:
    """A client; without ``force_instance`` there is one for each event loop.

    >>> import asyncio
    >>> async def main():
    ...     async with AsyncHTTPClient(force_instance=True) as client:
    ...         try:
    ...             await client.fetch("ftp://example.com/")
    ...         except HTTPClientError as error:
    ...             print(error)
    >>> from zonda.httpclient import HTTPClientError
    >>> asyncio.run(main())
    only http:// and https:// can be fetched, not 'ftp://example.com/'

    :param force_instance: a client of one's own, to be closed by `close` or ``async with``.
    :param max_clients: connections to all hosts together; who needs one more waits.
    :param max_clients_per_host: connections to one host; no limit of its own unless given.
    :param idle_timeout: seconds that a connection is kept for the next request; 0 keeps none.
    :param defaults: options of requests that do not say otherwise, by name.
    :param hostname_mapping: as of `zonda.iostream.OverrideResolver`.
    :param resolver: looks names up instead of the system.
    :param max_buffer_size: another name of ``max_body_size``, which counts first.
    :param max_header_size: bytes of an answer's head.
    :param max_body_size: default of the option of that name.
    :param cookie_jar: keeps the cookies of answers and sends them with later requests.
    :param use_environment: take proxies from ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and
        ``NO_PROXY``, for requests that name none.
    :param opener: a coroutine function that, of host and port, makes streams to use as they are,
        without TLS or proxy; in tests, one end of `zonda.iostream.stream_pair`.
    """

    # Slots, since what is asked for with each fetch is read faster there.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_closed",
        "_maker",
        "fetches",
        "loop",
        "pool",
        "preparation",
        "sweep",
    )

    _clients: ClassVar[dict[asyncio.AbstractEventLoop, dict[type, AsyncHTTPClient]]] = {}
    _configured: ClassVar[tuple[type[AsyncHTTPClient], dict[str, Any]] | None] = None

    def __new__(cls, force_instance: bool = False, **settings: Any) -> Self:
        kind: type[Self] = cls
        if cls is AsyncHTTPClient and AsyncHTTPClient._configured is not None:
            implementation, configured = AsyncHTTPClient._configured
            kind = implementation  # type: ignore[assignment]  # a subclass of cls
            settings = {**configured, **settings}
        loop = _event_loop()
        if force_instance:
            client = super().__new__(kind)
            client._open(loop, **settings)
            return client
        clients = _clients_of(loop)
        found = clients.get(kind)
        if found is None:
            found = super().__new__(kind)
            found._open(loop, **settings)
            clients[kind] = found
        return found  # type: ignore[return-value]  # kept by its class

    @classmethod
    def configure(cls, impl: type[AsyncHTTPClient] | str | None, **settings: Any) -> None:
        """Choose what ``AsyncHTTPClient()`` makes from now on.

        :param impl: a subclass or its full name; None is this class.
        :param settings: arguments for it, such as ``max_clients`` or ``defaults``.
        :raises TypeError: *impl* is something else.
        """
        if isinstance(impl, str):
            impl = _import_class(impl)
        if impl is None:
            impl = AsyncHTTPClient
        if not (isinstance(impl, type) and issubclass(impl, AsyncHTTPClient)):
            raise TypeError(f"{impl!r} is no subclass of AsyncHTTPClient")
        AsyncHTTPClient._configured = impl, settings

    def _open(
        self,
        loop: asyncio.AbstractEventLoop,
        max_clients: int = MAX_CLIENTS,
        hostname_mapping: Mapping[Any, Any] | None = None,
        max_buffer_size: int | None = None,
        resolver: Resolver | None = None,
        defaults: Mapping[str, Any] | None = None,
        max_header_size: int | None = None,
        max_body_size: int | None = None,
        max_clients_per_host: int | None = None,
        idle_timeout: float = IDLE_TIMEOUT,
        cookie_jar: CookieJar | None = None,
        use_environment: bool = False,
        opener: Opener | None = None,
    ) -> None:
        for name, limit in (("clients", max_clients), ("clients_per_host", max_clients_per_host)):
            if limit is not None and limit < 1:
                raise ValueError(f"max_{name} must be at least 1, not {limit}")
        for name, size in (
            ("max_buffer_size", max_buffer_size),
            ("max_header_size", max_header_size),
            ("max_body_size", max_body_size),
        ):
            if size is not None:
                check_count(name, size)
        check_seconds("idle_timeout", idle_timeout)
        self.loop = loop
        if max_body_size is None:
            max_body_size = max_buffer_size
        self.preparation = Preparation(defaults, max_body_size, cookie_jar, use_environment)
        if hostname_mapping is not None:
            resolver = OverrideResolver(resolver or Resolver(), hostname_mapping)
        self.sweep = Sweep(loop)
        self.fetches = Sweep(loop)
        self._maker = self._make_maker(
            max_clients,
            idle_timeout,
            MAX_HEADER_SIZE if max_header_size is None else max_header_size,
            resolver,
            opener,
        )
        self.pool = Pool(
            loop,
            self._maker,
            max_clients=max_clients,
            max_per_host=max_clients_per_host,
            idle_timeout=idle_timeout,
        )
        self._closed = False

    def _make_maker(
        self,
        max_clients: int,
        idle_timeout: float,
        max_header_size: int,
        resolver: Resolver | None,
        opener: Opener | None,
    ) -> Maker:
        """What makes the connections."""
        return Connector(self.loop, self.sweep, max_header_size, resolver, opener)

    @property
    def defaults(self) -> dict[str, Any]:
        """The options of requests that do not say otherwise, by name."""
        return self.preparation.defaults

    @property
    def cookie_jar(self) -> CookieJar | None:
        """Where cookies are kept, or None."""
        return self.preparation.cookie_jar

    def fetch(
        self,
        request: str | HTTPRequest,
        raise_error: bool | Callback = True,
        *,
        callback: Callback | None = None,
        **kwargs: Unpack[FetchOptions],
    ) -> asyncio.Future[HTTPResponse]:
        """Fetch *request*; the result is the `HTTPResponse`.

        Cancelling the future, or the task that awaits it, ends the fetch and its connection.

        :param request: a URL, or an `HTTPRequest`.
        :param raise_error: an answer with a status other than 2xx is raised; False returns it.
        :param callback: called with the response when it is there, also instead of any exception:
            it is then the response's ``error``.  It may be the second argument.
        :param kwargs: arguments for `HTTPRequest` if *request* is a URL.
        :raises HTTPClientError: see there for its kinds.
        :raises OSError: the server cannot be reached.
        :raises ValueError: keyword arguments beside an `HTTPRequest`.
        :raises TypeError: *request* is neither, or an option has a value of another type.
        :raises RuntimeError: the client was made in another event loop.
        """
        options = None
        if kwargs or not isinstance(request, str):
            request = self._request(request, kwargs)
        else:
            request = HTTPRequest(request)
            options = self.preparation.default_options
        if raise_error is not True and callable(raise_error):
            callback, raise_error = raise_error, True
        future = self.begin(request, raise_error, options=options).future
        if callback is not None:
            _call_back(future, request, callback)
        return future

    def stream(
        self,
        request: str | HTTPRequest,
        raise_error: bool = True,
        **kwargs: Unpack[FetchOptions],
    ) -> ResponseStream:
        """Fetch *request* and read its body piece by piece::

            async with client.stream(url) as response:
                async for piece in response:
                    ...

        A server that sends faster than the pieces are taken is made to wait, and what is compressed
        is decompressed as they are taken: 256 KiB wait at most, and a piece.  The limits are those
        of `fetch`: ``request_timeout`` and ``max_body_size`` hold for all of the body.

        :raises ValueError: keyword arguments beside an `HTTPRequest`, or a
            ``streaming_callback``.
        """
        request = self._request(request, kwargs)
        if request.streaming_callback is not None:
            raise ValueError("a stream is read, and has no streaming_callback")
        return ResponseStream(self, request, raise_error)

    def close(self) -> None:
        """End all connections; fetches under way fail with `ClientClosedError`."""
        if self._closed:
            return
        self._closed = True
        clients = AsyncHTTPClient._clients.get(self.loop, {})
        if clients.get(type(self)) is self:
            del clients[type(self)]
        for fetch in list(self.fetches.members):
            assert isinstance(fetch, Fetch)
            fetch.cut_off(ClientClosedError("the client was closed"))
        self.pool.close()
        self._maker.close()

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        # Made whole, and not closed, which nobody can do any more.
        if getattr(self, "_closed", True) or self.loop.is_closed() or not self.pool.open_count:
            return
        # Who collects garbage may be another thread.
        self.loop.call_soon_threadsafe(self.pool.close)
        self.loop.call_soon_threadsafe(self._maker.close)
        _warn(f"unclosed {self!r}", ResourceWarning, source=self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        await self.pool.wait_closed()

    # For fetches.

    def begin(
        self,
        request: HTTPRequest,
        raise_error: bool,
        reader: Reader | None = None,
        options: MergedOptions | None = None,
    ) -> Fetch:
        """Start a fetch.

        :param options: those of *request*, if they are known.
        :param reader: takes the body; the fetch's future is then done with the answer's head.
        :raises ClientClosedError: the client is closed.
        :raises RuntimeError: another event loop is running.
        """
        if self._closed:
            raise ClientClosedError("the client is closed")
        if _get_running_loop() is not self.loop:
            self._check_loop()
        if options is None:
            options = self.preparation.options_of(request)
        fetch = Fetch(self, request, options, raise_error, reader)
        self.fetches.add(fetch)
        fetch.begin()
        return fetch

    def _check_loop(self) -> None:
        if _get_running_loop() is not None:  # else ours has still to run
            raise RuntimeError("the client belongs to another event loop: each has its own")

    def _request(self, request: str | HTTPRequest, kwargs: FetchOptions) -> HTTPRequest:
        if isinstance(request, str):
            return HTTPRequest(request, **kwargs) if kwargs else HTTPRequest(request)
        if not isinstance(request, HTTPRequest):
            raise TypeError(f"a URL or an HTTPRequest is fetched, not {request!r}")
        if kwargs:
            raise ValueError("keyword arguments go into the HTTPRequest, not beside it")
        return request


def _event_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return IOLoop.current().asyncio_loop


def _clients_of(loop: asyncio.AbstractEventLoop) -> dict[type, AsyncHTTPClient]:
    """The shared clients of *loop*; those of loops that are closed are forgotten."""
    every = AsyncHTTPClient._clients
    if loop not in every:
        for other in list(every):  # other threads add theirs meanwhile
            if other.is_closed():
                every.pop(other, None)
        every[loop] = {}
    return every[loop]


def _import_class(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    if not module:
        raise TypeError(f"{name!r} is not the full name of a class")
    return getattr(__import__(module, fromlist=[attribute]), attribute)


def _call_back(
    future: asyncio.Future[HTTPResponse], request: HTTPRequest, callback: Callback
) -> None:
    def done(future: asyncio.Future[HTTPResponse]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            callback(future.result())
            return
        response = getattr(error, "response", None)
        if response is None:
            response = HTTPResponse(request, NO_ANSWER, error=error, reason=str(error))
        callback(response)

    future.add_done_callback(done)
