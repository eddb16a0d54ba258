"""The body of a request on its way to a handler that takes it in pieces.

`prepare` runs when the head is there; reading waits for it, and then for each `data_received` that
returns an awaitable.  The verb's method runs when the body is complete.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from . import execution
from .errors import ClientGoneError

if TYPE_CHECKING:
    from .handler import RequestHandler
    from .route_table import Route


class BodyStream:
    """Runs one handler that has `stream_request_body`."""

    __slots__ = ("_complete", "_handler", "_prepared", "_route")

    def __init__(self, handler: RequestHandler, route: Route) -> None:
        loop = asyncio.get_running_loop()
        self._handler = handler
        self._route = route
        self._prepared: asyncio.Future[None] = loop.create_future()
        self._complete: asyncio.Future[None] = loop.create_future()

    def start(self) -> Awaitable[None] | None:
        """Run the handler up to its body; reading may begin when the result is done."""
        execution.start(self._run())
        return None if self._prepared.done() else self._prepared

    async def _run(self) -> None:
        handler = self._handler
        try:
            try:
                verb, args, named = execution.find_verb(handler, self._route)
                result = handler.prepare()
                if result is not None:
                    await result
            finally:
                if not self._prepared.done():
                    self._prepared.set_result(None)
            if handler._finished:
                return
            await self._complete
            await execution.call(handler, verb, args, named)
        except ClientGoneError:
            return
        except Exception as error:
            execution.fail(handler, error)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Give a piece to the handler."""
        handler = self._handler
        if handler._finished:
            return None
        try:
            result = handler.data_received(chunk)
        except Exception as error:
            execution.fail(handler, error)
            return None
        return None if result is None else self._watch(result)

    async def _watch(self, result: Awaitable[None]) -> None:
        try:
            await result
        except Exception as error:
            execution.fail(self._handler, error)

    def finish(self) -> None:
        """The body is complete."""
        if not self._complete.done():
            self._complete.set_result(None)

    def on_connection_close(self) -> None:
        """The client went away: the handler's coroutine ends where it waits for the body."""
        if not self._complete.done():
            self._complete.set_exception(ClientGoneError("the client went away"))
            # Nobody may be waiting: then that is no error.
            self._complete.exception()
