"""From the server's delegate calls to a handler: collecting a request, finding who answers it."""

from __future__ import annotations

from collections.abc import Awaitable
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, cast

from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
    received_request,
)

from . import execution
from .route_table import WHOLE, Elsewhere, Found, Route

if TYPE_CHECKING:
    from .application import Application
    from .body_stream import BodyStream
    from .handler import RequestHandler


class HandlerDelegate(HTTPMessageDelegate):
    """Collects one request for its handler, and runs that.

    A handler is made, run and told of its client's leaving with context variables of its own:
    requests of several people may share a proxy's connection.
    """

    __slots__ = (
        "_application",
        "_chunks",
        "_connection",
        "_context",
        "_receiver",
        "_route",
        "_server_connection",
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
        self._context: Context
        self._route: Route
        # Who gets what comes at once, instead of a handler that waits for all of it.
        self._receiver: HTTPMessageDelegate | BodyStream | None = None
        self.handler: RequestHandler | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Take the head, and find who answers it."""
        application = self._application
        request = self.request = received_request(
            start_line,  # type: ignore[arg-type]  # a server receives requests only
            headers,
            self._connection,
            self._server_connection,
        )
        route = application.find_route(request)
        if route.mode is WHOLE:
            self._route = route  # type: ignore[assignment]  # elsewhere nothing is taken whole
            return None
        return self._hand_on(route, start_line, headers)

    def _hand_on(
        self, found: Found, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Let somebody have the request now who wants its body as it comes."""
        if isinstance(found, Elsewhere):
            self._receiver = found.delegate
            return found.delegate.headers_received(start_line, headers)
        context = self._context = copy_context()
        try:
            handler = context.run(
                found.handler_class, self._application, self.request, **found.kwargs
            )
        except Exception as error:
            context.run(self._fail_to_make, error)
            # Nobody wants the body.
            self._receiver = HTTPMessageDelegate()
            return None
        self.handler = handler
        takes_pieces = found.handler_class._takes_pieces
        from .body_stream import BodyStream

        self._receiver = stream = BodyStream(handler, found, context, is_asked=not takes_pieces)
        return stream.start()

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Take a piece of the body."""
        if self._receiver is not None:
            return self._receiver.data_received(chunk)
        if self._chunks is None:
            self._chunks = [chunk]
        else:
            self._chunks.append(chunk)
        return None

    def finish(self) -> None:
        """The request is complete: run its handler."""
        if self._receiver is not None:
            self._receiver.finish()
            return
        if self._chunks is not None:
            self.request.body = b"".join(self._chunks)
            self._chunks = None
        context = self._context = copy_context()
        context.run(self._make_and_run)

    def _make_and_run(self) -> None:
        route = self._route
        handler_class, kwargs = route.handler_class, route.kwargs
        try:
            handler = (
                handler_class(self._application, self.request, **kwargs)
                if kwargs
                else handler_class(self._application, self.request)  # which is faster
            )
        except Exception as error:
            self._fail_to_make(error)
        else:
            self.handler = handler
            self._application.run_handler(handler, route)

    def on_connection_close(self) -> None:
        """The client went away."""
        if self._receiver is not None:
            self._receiver.on_connection_close()
        if self.handler is not None:
            execution.client_gone(self.handler, self._context)

    def _fail_to_make(self, error: Exception) -> None:
        """The handler cannot be made; another one shows the error."""
        self.handler = self._application.failed_handler(self.request)
        execution.fail(self.handler, error)


class RoutedDelegate(HandlerDelegate):
    """Runs one handler for a request that is there already, except for its body."""

    __slots__ = ()

    def __init__(self, application: Application, request: HTTPServerRequest, route: Route) -> None:
        connection = cast(HTTPConnection, request.connection)
        super().__init__(application, request.server_connection, connection)
        self.request = request
        self._route = route

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Go on with the request."""
        route = self._route
        return None if route.mode is WHOLE else self._hand_on(route, start_line, headers)
