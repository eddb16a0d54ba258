"""Context variables of its own for each request, for delegates that do not see to it themselves."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextvars import copy_context

from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)

StartRequest = Callable[[object, HTTPConnection], HTTPMessageDelegate]


def with_own_variables(
    start: StartRequest, server_conn: object, request_conn: HTTPConnection
) -> HTTPMessageDelegate:
    """The delegate that *start* makes, behind one that keeps its context variables."""
    return OwnVariablesDelegate(start, server_conn, request_conn)


class OwnVariablesDelegate(HTTPMessageDelegate):
    """Calls the delegate of one request, from its making to its end, in one context.

    What a method sets, the later ones see, and so does a coroutine that it returns; the next
    request of the connection does not.
    """

    __slots__ = ("_context", "_inner")

    def __init__(
        self, start: StartRequest, server_conn: object, request_conn: HTTPConnection
    ) -> None:
        self._context = copy_context()
        self._inner = self._context.run(start, server_conn, request_conn)

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """The head has arrived."""
        waiting = self._context.run(self._inner.headers_received, start_line, headers)
        return None if waiting is None else self._awaited(waiting)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of the body has arrived."""
        waiting = self._context.run(self._inner.data_received, chunk)
        return None if waiting is None else self._awaited(waiting)

    def finish(self) -> None:
        """The request is complete."""
        self._context.run(self._inner.finish)

    def on_connection_close(self) -> None:
        """The client went away, perhaps by what a coroutine does that is in the context now."""
        self._context.copy().run(self._inner.on_connection_close)

    def _awaited(self, waiting: Awaitable[None]) -> Awaitable[None]:
        if not inspect.iscoroutine(waiting):
            return waiting
        return asyncio.get_running_loop().create_task(waiting, context=self._context)
