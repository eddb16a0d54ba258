"""From the server's delegate calls to a handler: collecting a request, finding who answers it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)

from . import execution
from .body_stream import BodyStream

if TYPE_CHECKING:
    from .application import Application
    from .handler import RequestHandler
    from .routing import Route


class HandlerDelegate(HTTPMessageDelegate):
    """Collects one request for its handler, and runs that."""

    __slots__ = (
        "_application",
        "_chunks",
        "_connection",
        "_route",
        "_server_connection",
        "_stream",
        "handler",
        "request",
    )

    def __init__(
        self, application: Application, server_connection: object, connection: HTTPConnection
    ) -> None:
        self._application = application
        self._server_connection = server_connection
        self._connection = connection
        self._chunks: list[bytes] | None = None
        self._stream: BodyStream | None = None
        self.handler: RequestHandler | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Take the head, and find who answers it."""
        application = self._application
        # By position: this is done for each request, and twice as fast as by name.
        request = self.request = HTTPServerRequest(
            None,
            None,
            "",
            headers,
            None,
            None,
            None,
            self._connection,
            start_line,  # type: ignore[arg-type]  # a server receives requests only
            self._server_connection,
        )
        route = self._route = application.find_route(request)
        if route.handler_class._streams_body:
            return self._start_stream(route)
        return None

    def _start_stream(self, route: Route) -> Awaitable[None] | None:
        try:
            handler = route.handler_class(self._application, self.request, **route.kwargs)
        except Exception as error:
            self._fail_to_make(error)
            return None
        self.handler = handler
        self._stream = BodyStream(handler, route)
        return self._stream.start()

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Take a piece of the body."""
        if self._stream is not None:
            return self._stream.data_received(chunk)
        if self._chunks is None:
            self._chunks = [chunk]
        else:
            self._chunks.append(chunk)
        return None

    def finish(self) -> None:
        """The request is complete: run its handler."""
        if self._stream is not None:
            self._stream.finish()
            return
        if self._chunks is not None:
            self.request.body = b"".join(self._chunks)
            self._chunks = None
        route = self._route
        try:
            handler = route.handler_class(self._application, self.request, **route.kwargs)
        except Exception as error:
            self._fail_to_make(error)
        else:
            self.handler = handler
            execution.run(handler, route)

    def on_connection_close(self) -> None:
        """The client went away."""
        if self._stream is not None:
            self._stream.stop()
        if self.handler is not None:
            self.handler.on_connection_close()

    def _fail_to_make(self, error: Exception) -> None:
        """The handler cannot be made; another one shows the error."""
        self.handler = self._application.failed_handler(self.request)
        execution.fail(self.handler, error)
