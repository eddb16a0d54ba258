"""A plain function as the answer to every request."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context

from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
    received_request,
)


class CallbackDelegate(HTTPServerConnectionDelegate):
    """Collects each request and calls *callback* with it; that writes to ``request.connection``."""

    __slots__ = ("callback",)
    separates_requests = True

    def __init__(self, callback: Callable[[HTTPServerRequest], None]) -> None:
        if not callable(callback):
            raise TypeError(
                "HTTPServer needs an HTTPServerConnectionDelegate, such as an Application, or a "
                f"function that takes a request; not {callback!r}"
            )
        self.callback = callback

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """One collector for each request."""
        return _Collector(self.callback, server_conn, request_conn)


class _Collector(HTTPMessageDelegate):
    __slots__ = ("_callback", "_chunks", "_connection", "_request", "_server_connection")

    def __init__(
        self,
        callback: Callable[[HTTPServerRequest], None],
        server_conn: object,
        connection: HTTPConnection,
    ) -> None:
        self._callback = callback
        self._server_connection = server_conn
        self._connection = connection
        self._chunks: list[bytes] = []
        self._request: HTTPServerRequest | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        assert isinstance(start_line, RequestStartLine)
        self._request = received_request(
            start_line, headers, self._connection, self._server_connection
        )

    def data_received(self, chunk: bytes) -> None:
        self._chunks.append(chunk)

    def finish(self) -> None:
        assert self._request is not None
        self._request.body = b"".join(self._chunks)
        copy_context().run(self._callback, self._request)
