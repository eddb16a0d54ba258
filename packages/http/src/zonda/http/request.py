"""`HTTPServerRequest`: one request as a handler sees it.

Nothing but the start line and the raw header fields is there from the beginning; path, query,
arguments, cookies and forms are worked out when they are first asked for.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar, cast

from .headers import HTTPHeaders
from .start_line import RequestStartLine, split_absolute_form
from .urls import parse_query

if TYPE_CHECKING:
    from .cookies import Morsel
    from .delegate import HTTPConnection
    from .forms import HTTPFile

Arguments = dict[str, list[bytes]]
T = TypeVar("T")

Files = dict[str, list["HTTPFile"]]

_new: Final = object.__new__
_now: Final = time.perf_counter


class HTTPServerRequest:
    """A request of HTTP/1.0 or 1.1.

    :ivar method: the method, as it came: ``GET``.
    :ivar uri: the request target, as it came.
    :ivar version: ``HTTP/1.1`` or ``HTTP/1.0``.
    :ivar headers: the header fields.
    :ivar body: the whole body, as bytes; empty where a handler streams it.
    :ivar connection: where the answer is written.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_start_time",
        "body",
        "connection",
        "headers",
        "method",
        "server_connection",
        "uri",
        "version",
    )

    # What is worked out on first use starts here, on the class: a request that is asked for little
    # costs little.
    _host: str | None = None
    _path: str | None = None
    _query = ""
    _remote_ip: str | None = None
    _protocol: str | None = None
    _arguments: Arguments | None = None
    _query_arguments: Arguments | None = None
    _body_arguments: Arguments | None = None
    _files: dict[str, list[HTTPFile]] | None = None
    _cookies: dict[str, Morsel] | None = None

    def __init__(
        self,
        method: str | None = None,
        uri: str | None = None,
        version: str = "HTTP/1.0",
        headers: HTTPHeaders | None = None,
        body: bytes | None = None,
        host: str | None = None,
        files: dict[str, list[HTTPFile]] | None = None,
        connection: HTTPConnection | None = None,
        start_line: RequestStartLine | None = None,
        server_connection: object | None = None,
    ) -> None:
        if start_line is not None:
            method, uri, version = start_line
        self.method = method
        self.uri = uri
        self.version = version
        self.headers = HTTPHeaders() if headers is None else headers
        self.body = body or b""
        self.connection = connection
        self.server_connection = server_connection
        if host is not None:
            self._host = host
        if files is not None:
            self._files = files
        self._start_time = time.perf_counter()

    @property
    def path(self) -> str:
        """The target's path, still percent-encoded."""
        path = self._path
        if path is not None:
            return path
        uri = self.uri
        if uri and uri[0] == "/" and "?" not in uri:
            return uri  # not kept: most requests are asked once, for their route
        self._split()
        return cast(str, self._path)

    @path.setter
    def path(self, value: str) -> None:
        if self._path is None:
            self._split()
        self._path = value

    @property
    def query(self) -> str:
        """The target's query, without the question mark."""
        if self._path is None:
            self._split()
        return self._query

    @query.setter
    def query(self, value: str) -> None:
        if self._path is None:
            self._split()
        self._query = value
        self._query_arguments = self._arguments = None

    @property
    def host(self) -> str:
        """The host that the client asked for, with its port if it named one."""
        if self._host is None:
            absolute = split_absolute_form(self.uri or "") if self.uri else None
            if absolute is not None:
                self._host = absolute[0]
            else:
                self._host = (
                    self._context("forwarded_host", None) or self.headers.get("Host") or "127.0.0.1"
                )
        return self._host

    @host.setter
    def host(self, value: str) -> None:
        self._host = value

    @property
    def host_name(self) -> str:
        """`host` without the port, in lower case."""
        host = self.host
        if not host.endswith("]"):
            name, colon, _ = host.rpartition(":")
            host = name if colon else host
        return host.lower()

    @property
    def remote_ip(self) -> str:
        """The client's address; behind a trusted proxy, what that says."""
        if self._remote_ip is None:
            # Kept: behind a proxy the connection goes on with requests of other clients.
            self._remote_ip = self._context("remote_ip", "0.0.0.0")
        return self._remote_ip

    @remote_ip.setter
    def remote_ip(self, value: str) -> None:
        self._remote_ip = value

    @property
    def protocol(self) -> str:
        """``http`` or ``https``."""
        if self._protocol is None:
            self._protocol = self._context("protocol", "http")
        return self._protocol

    @protocol.setter
    def protocol(self, value: str) -> None:
        self._protocol = value

    @property
    def query_arguments(self) -> Arguments:
        """The arguments in the query, by name.

        :raises HTTPInputError: there are more than the limit.
        """
        if self._query_arguments is None:
            self._query_arguments = parse_query(self.query)
        return self._query_arguments

    @query_arguments.setter
    def query_arguments(self, value: Arguments) -> None:
        self._query_arguments = value

    @property
    def body_arguments(self) -> Arguments:
        """The arguments in a form body, by name.

        :raises HTTPInputError: the form is malformed or beyond a limit.
        """
        arguments = self._body_arguments
        return self._parse_body()[0] if arguments is None else arguments

    @body_arguments.setter
    def body_arguments(self, value: Arguments) -> None:
        self._body_arguments = value

    @property
    def files(self) -> dict[str, list[HTTPFile]]:
        """The uploaded files, by the name of their field.

        :raises HTTPInputError: the form is malformed or beyond a limit.
        """
        files = self._files
        return self._parse_body()[1] if files is None else files

    @files.setter
    def files(self, value: dict[str, list[HTTPFile]]) -> None:
        self._files = value

    @property
    def arguments(self) -> Arguments:
        """The arguments of query and body together."""
        if self._arguments is None:
            merged = {name: list(values) for name, values in self.query_arguments.items()}
            for name, values in self.body_arguments.items():
                merged.setdefault(name, []).extend(values)
            self._arguments = merged
        return self._arguments

    @arguments.setter
    def arguments(self, value: Arguments) -> None:
        self._arguments = value

    @property
    def cookies(self) -> Mapping[str, Morsel]:
        """The cookies that the client sent, by name."""
        if self._cookies is None:
            morsels_of = _cookie_reader()
            self._cookies = morsels_of("; ".join(self.headers.get_list("Cookie")))
        return self._cookies

    @property
    def trailers(self) -> HTTPHeaders:
        """The fields behind a chunked body; they are never part of `headers`.

        The connection forgets them with the next request.
        """
        return getattr(self.connection, "trailers", None) or HTTPHeaders()

    def full_url(self) -> str:
        """The URL as the client wrote it."""
        uri = self.uri or ""
        return uri if uri[:1] not in ("/", "*") else f"{self.protocol}://{self.host}{uri}"

    def request_time(self) -> float:
        """Seconds since the request arrived."""
        return time.perf_counter() - self._start_time

    def get_ssl_certificate(self, binary_form: bool = False) -> Mapping[str, object] | bytes | None:
        """The client's certificate, if it gave one; see `ssl.SSLSocket.getpeercert`."""
        context = getattr(self.connection, "context", None)
        get = getattr(context, "get_ssl_certificate", None)
        return (
            None if get is None else cast("Mapping[str, object] | bytes | None", get(binary_form))
        )

    def __repr__(self) -> str:
        return (
            f"HTTPServerRequest(protocol={self.protocol!r}, host={self.host!r}, "
            f"method={self.method!r}, uri={self.uri!r}, version={self.version!r}, "
            f"remote_ip={self.remote_ip!r})"
        )

    def _split(self) -> None:
        uri = self.uri or ""
        if uri[:1] not in ("/", "*"):
            absolute = split_absolute_form(uri)
            if absolute is not None:
                uri = absolute[1]
        self._path, _, self._query = uri.partition("?")

    def _context(self, name: str, default: T) -> str | T:
        context = getattr(self.connection, "context", None)
        return default if context is None else cast("str | T", getattr(context, name, default))

    def _parse_body(self) -> tuple[Arguments, Files]:
        parse_body = _body_parser()
        arguments, files = parse_body(self.headers, self.body)
        if self._body_arguments is None:
            self._body_arguments = arguments
        if self._files is None:
            self._files = files
        return self._body_arguments, self._files


# Many programs have neither cookies nor forms, so these are loaded on first use; a statement that
# imports a name from this package would take half a microsecond each time.


@functools.cache
def _cookie_reader() -> Callable[[str], dict[str, Morsel]]:
    from .cookies import morsels_of

    return morsels_of


@functools.cache
def _body_parser() -> Callable[[Mapping[str, str], bytes], tuple[Arguments, Files]]:
    from .forms import parse_body

    return parse_body


def received_request(
    start_line: RequestStartLine,
    headers: HTTPHeaders,
    connection: HTTPConnection,
    server_connection: object,
) -> HTTPServerRequest:
    """A request whose head a server has read, made faster than by the class's many arguments."""
    request = _new(HTTPServerRequest)
    request.method, request.uri, request.version = start_line
    request.headers = headers
    request.body = b""
    request.connection = connection
    request.server_connection = server_connection
    request._start_time = _now()
    return request
