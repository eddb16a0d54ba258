"""How a handler runs: found, made, prepared, called, finished.

A handler whose methods do not suspend is answered inside the callback that brought its request, and
no task is made.  One with a coroutine runs its first step there too; if it suspends, the rest runs
in a task.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.ioloop import eager

from . import error_pages
from .errors import HTTPError

if TYPE_CHECKING:
    from .application import Application
    from .handler import RequestHandler
    from .routing import Route

_VERBS: Final = {
    name: name.lower() for name in ("GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS")
}


class HandlerDelegate(HTTPMessageDelegate):
    """Collects one request for its handler, and runs that."""

    __slots__ = (
        "_application",
        "_chunks",
        "_connection",
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
        self.handler: RequestHandler | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Take the head."""
        self.request = HTTPServerRequest(
            headers=headers,
            connection=self._connection,
            start_line=start_line,  # type: ignore[arg-type]  # a server receives requests only
            server_connection=self._server_connection,
        )
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Collect a piece of the body."""
        if self._chunks is None:
            self._chunks = [chunk]
        else:
            self._chunks.append(chunk)
        return None

    def finish(self) -> None:
        """The request is complete: run its handler."""
        request = self.request
        if self._chunks is not None:
            request.body = b"".join(self._chunks)
            self._chunks = None
        application = self._application
        route = application.find_route(request)
        handler_class = route.handler_class
        try:
            handler = handler_class(application, request, **route.kwargs)
        except Exception as error:
            handler = application.failed_handler(request)
            self.handler = handler
            error_pages.handle(handler, error)
            return
        self.handler = handler
        run(handler, route)

    def on_connection_close(self) -> None:
        """The client went away."""
        if self.handler is not None:
            self.handler.on_connection_close()


def run(handler: RequestHandler, route: Route) -> None:
    """Run *handler* from `prepare` to `finish`."""
    try:
        name = handler.request.method
        if name not in handler.SUPPORTED_METHODS:
            raise HTTPError(405)
        verb = getattr(handler, _VERBS.get(name) or name.lower())  # type: ignore[arg-type,union-attr]  # a parsed request has a method
        args = route.args
        named = route.named
        if args or named:
            args, named = _decode(handler, route)
        prepared = handler.prepare()
        if prepared is not None:
            _continue(handler, _prepare_and_call(handler, prepared, verb, args, named))
            return
        if handler._finished:
            return
        result = verb(*args, **named)
        if result is not None:
            _continue(handler, _conclude(handler, result))
            return
        if handler._auto_finish and not handler._finished:
            handler.finish()
    except Exception as error:
        fail(handler, error)


def fail(handler: RequestHandler, error: BaseException) -> None:
    """End a request whose handler raised; nothing that goes wrong here leaves it unanswered."""
    if isinstance(error, HTTPInputError):
        error = HTTPError(error.status, "%s", error)
    try:
        error_pages.handle(handler, error)
    except Exception:
        error_pages.app_log.exception("Uncaught exception while answering an error")
        abort = getattr(handler.request.connection, "abort", None)
        if abort is not None:
            abort()


def _continue(handler: RequestHandler, rest: object) -> None:
    eager.start(rest)


async def _prepare_and_call(handler, prepared, verb, args, named) -> None:
    try:
        await prepared
        if handler._finished:
            return
        result = verb(*args, **named)
        if result is not None:
            await result
        if handler._auto_finish and not handler._finished:
            handler.finish()
    except Exception as error:
        fail(handler, error)


async def _conclude(handler: RequestHandler, result: Awaitable[None]) -> None:
    try:
        await result
        if handler._auto_finish and not handler._finished:
            handler.finish()
    except Exception as error:
        fail(handler, error)


def _decode(
    handler: RequestHandler, route: Route
) -> tuple[tuple[str | None, ...], dict[str, str | None]]:
    args = tuple([_decode_one(handler, value) for value in route.args])
    named = {name: _decode_one(handler, value) for name, value in route.named.items()}
    handler.path_args = args
    handler.path_kwargs = named
    return args, named


def _decode_one(handler: RequestHandler, value: str | None) -> str | None:
    if value is None:
        return None
    if "%" not in value and not handler._has_decode_argument:
        return value
    return handler.decode_argument(unquote_to_bytes(value))
