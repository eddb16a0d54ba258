"""The body of a request on its way to a handler that takes it in pieces.

`prepare` runs when the head is there, and reading waits for it.  Then there are two ways:

* A handler with `data_received` is given the pieces; reading waits for each awaitable that it
  returns.  The verb's method runs when the body is complete.
* Without it the verb's method runs at once, and asks for the pieces (`RequestHandler.read_body`,
  `RequestHandler.multipart`).

All of it sees the same context variables, which are those of this request alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextvars import Context
from typing import TYPE_CHECKING

from . import execution
from .body_reader import BodyReader
from .errors import ClientGoneError

if TYPE_CHECKING:
    from .handler import RequestHandler
    from .route_table import Route


class BodyStream:
    """Runs one handler that has `stream_request_body`.

    :param context: that of the request.
    :param is_asked: whether the handler asks for the pieces.
    """

    __slots__ = ("_complete", "_context", "_handler", "_prepared", "_reader", "_route")

    def __init__(
        self, handler: RequestHandler, route: Route, context: Context, is_asked: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        self._handler = handler
        self._route = route
        self._context = context
        self._prepared: asyncio.Future[None] = loop.create_future()
        self._complete: asyncio.Future[None] = loop.create_future()
        self._reader = handler._body = BodyReader() if is_asked else None

    def start(self) -> Awaitable[None] | None:
        """Run the handler up to its body; reading may begin when the result is done."""
        self._handler._task = execution.start(self._run(), context=self._context)
        return None if self._prepared.done() else self._prepared

    async def _run(self) -> None:
        handler = self._handler
        try:
            try:
                verb, args, named = execution.find_verb(handler, self._route)
                await execution.prepare(handler)
            finally:
                if not self._prepared.done():
                    self._prepared.set_result(None)
            if handler._finished:
                return
            if self._reader is None:
                await self._complete
            elif execution.is_unimplemented(verb):
                # Nothing will ask for the body: be told if the client goes away before it.
                await anext(self._reader, None)
            await execution.within_limit(handler, execution.call(handler, verb, args, named))
        except ClientGoneError:
            return
        except Exception as error:
            execution.fail(handler, error)
        finally:
            if self._reader is not None:
                self._reader.discard()

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Give a piece to the handler."""
        handler = self._handler
        if handler._finished:
            return None
        if self._reader is not None:
            return self._reader.data_received(chunk)
        try:
            result = self._context.run(handler.data_received, chunk)
        except Exception as error:
            execution.fail(handler, error)
            return None
        if result is None:
            return None
        watched = execution.start(self._watch(result), context=self._context)
        return None if watched.done() else watched

    async def _watch(self, result: Awaitable[None]) -> None:
        try:
            await result
        except Exception as error:
            execution.fail(self._handler, error)

    def finish(self) -> None:
        """The body is complete."""
        if self._reader is not None:
            self._reader.finish()
        elif not self._complete.done():
            self._complete.set_result(None)

    def on_connection_close(self) -> None:
        """The client went away: the handler's coroutine ends where it waits for the body."""
        error = ClientGoneError("the client went away")
        if self._reader is not None:
            self._reader.fail(error)
        elif not self._complete.done():
            self._complete.set_exception(error)
            # Nobody may be waiting: then that is no error.
            self._complete.exception()
