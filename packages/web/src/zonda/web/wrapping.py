"""Wrappers: what stands in front of an application and sees every request and every answer.

A wrapper is what a server asks, as an application is, so wrappers can be put around wrappers.  It
never holds anything up: bodies pass it by as they come, in both directions; a handler runs where it
would run without it, with the same task and the context variables that the wrapper has set; and
whoever takes the connection over (websockets) gets the real one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, NamedTuple

from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)

if TYPE_CHECKING:
    from zonda.httpserver import HTTP1Connection


class Reply(NamedTuple):
    """An answer that a wrapper gives itself."""

    status: int
    headers: HTTPHeaders
    body: bytes = b""


class Exchange:
    """A request, and what wrappers want to remember until its answer.

    :ivar start_line: method, path and version.
    :ivar headers: those of the request.
    :ivar notes: for the wrapper itself.
    """

    __slots__ = ("headers", "notes", "start_line")

    def __init__(self, start_line: RequestStartLine, headers: HTTPHeaders) -> None:
        self.start_line = start_line
        self.headers = headers
        self.notes: dict[str, object] = {}


class Wrapper(HTTPServerConnectionDelegate):
    """Stands in front of *inner*; a subclass defines `request_begins`, `answer_begins` or both.

    ::

        class NoSniff(Wrapper):
            def answer_begins(self, exchange, status, headers):
                headers["X-Content-Type-Options"] = "nosniff"

        HTTPServer(NoSniff(application)).listen(8888)

    :param inner: an application, a router or another wrapper.
    """

    separates_requests = True

    def __init__(self, inner: HTTPServerConnectionDelegate) -> None:
        self.inner = inner

    def request_begins(self, exchange: Exchange) -> Reply | None:
        """Called with the head of each request.

        :return: an answer to send instead of asking the application, or None.
        """
        return None

    def answer_begins(self, exchange: Exchange, status: int, headers: HTTPHeaders) -> None:
        """Called with the head of each answer, whose *headers* may be changed.

        Answers of the wrapper itself do not come here, nor do those of the server, which refuses
        what is no request.
        """

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Part of `HTTPServerConnectionDelegate`."""
        return _WrappedMessage(self, server_conn, request_conn)

    def on_close(self, server_conn: object) -> None:
        """Part of `HTTPServerConnectionDelegate`."""
        self.inner.on_close(server_conn)

    def on_serve(self, server: object) -> None:
        """Part of `HTTPServerConnectionDelegate`."""
        self.inner.on_serve(server)


class _WrappedMessage(HTTPMessageDelegate):
    """One request on its way through a wrapper.

    Context variables that are set on it are for this request alone.
    """

    def __init__(
        self, wrapper: Wrapper, server_connection: object, connection: HTTPConnection
    ) -> None:
        self._wrapper = wrapper
        self._server_connection = server_connection
        self._connection = connection
        self._inner: HTTPMessageDelegate | None = None
        self._reply: Reply | None = None
        self._context = copy_context()

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        return self._context.run(self._begin, start_line, headers)

    def _begin(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, RequestStartLine)
        exchange = Exchange(start_line, headers)
        self._reply = self._wrapper.request_begins(exchange)
        if self._reply is not None:
            return None

        def answering(status: int, answer_headers: HTTPHeaders) -> None:
            self._wrapper.answer_begins(exchange, status, answer_headers)

        connection: HTTPConnection = WrappedConnection(self._connection, answering)
        self._inner = self._wrapper.inner.start_request(self._server_connection, connection)
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return None if self._inner is None else self._context.run(self._inner.data_received, chunk)

    def finish(self) -> None:
        if self._inner is not None:
            self._context.run(self._inner.finish)
        elif self._reply is not None:
            status, headers, body = self._reply
            headers.setdefault("Content-Length", str(len(body)))
            if status == 204:
                del headers["Content-Length"]
            self._connection.write_headers(
                ResponseStartLine("HTTP/1.1", status, ""), headers, body or None
            )
            self._connection.finish()

    def on_connection_close(self) -> None:
        if self._inner is not None:
            self._context.run(self._inner.on_connection_close)


class WrappedConnection:
    """The connection of a request, of whose answer's head somebody else is told first.

    All that is not about heads is that of the connection behind it.
    """

    __slots__ = ("_answering", "_connection")

    def __init__(
        self, connection: HTTPConnection, answering: Callable[[int, HTTPHeaders], None]
    ) -> None:
        # What an application writes to has more than the three methods of HTTPConnection.
        self._connection: HTTP1Connection = connection  # type: ignore[assignment]  # see above
        self._answering = answering

    @property
    def unwrapped(self) -> HTTPConnection:
        """The real connection, for another protocol."""
        inner: HTTPConnection = getattr(self._connection, "unwrapped", self._connection)
        return inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def respond(self, code: int, fields: str, body: bytes, reason: str | None = None) -> None:
        """See `zonda.httpserver.HTTP1Connection`."""
        headers = HTTPHeaders.parse(fields)
        self._answering(code, headers)
        self._connection.respond(code, headers.lines(), body, reason)

    def write_headers(
        self, start_line: ResponseStartLine, headers: HTTPHeaders, chunk: bytes | None = None
    ) -> Awaitable[None]:
        """See `zonda.http.HTTPConnection`."""
        if start_line.code >= 200:
            self._answering(start_line.code, headers)
        return self._connection.write_headers(start_line, headers, chunk)

    def write(self, chunk: bytes) -> Awaitable[None]:
        """See `zonda.http.HTTPConnection`."""
        return self._connection.write(chunk)

    def finish(self) -> None:
        """See `zonda.http.HTTPConnection`."""
        self._connection.finish()
