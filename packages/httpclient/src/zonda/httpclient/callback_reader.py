"""A body whose pieces go to a ``streaming_callback``."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable
from contextvars import Context
from typing import Protocol

from .errors import HTTPStreamClosedError
from .request import StreamingCallback


class Valve(Protocol):
    """What lets more of a body come, or not."""

    def pause(self) -> None:
        """Read no more for now."""

    def resume(self) -> None:
        """Read on; what came has been taken."""

    def cut_off(self, error: Exception) -> None:
        """The body cannot be taken: take no more of it."""


class CallbackReader:
    """Calls back with each piece, one at a time: a result that can be awaited holds up the next.

    :param context: the context variables that the callback sees.
    """

    def __init__(
        self,
        callback: StreamingCallback,
        context: Context,
        loop: asyncio.AbstractEventLoop,
        valve: Valve,
    ) -> None:
        self._callback = callback
        self._context = context
        self._loop = loop
        self._valve = valve
        self._task: asyncio.Task[None] | None = None

    def feed(self, data: bytes) -> None:
        """A piece of the body."""
        try:
            result = self._context.run(self._callback, data)
        except asyncio.CancelledError:
            raise _cancelled() from None
        # A program may give the ``write`` of a file, whose result is a number.
        if result is not None and inspect.isawaitable(result):
            self._valve.pause()
            self._task = self._loop.create_task(_wait_for(result), context=self._context)
            self._task.add_done_callback(self._go_on)

    def end(self) -> bool:
        """The body is complete; whether all of it has been taken already."""
        return self._task is None

    def fail(self, error: BaseException) -> None:
        """The rest will not come."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def _go_on(self, task: asyncio.Task[None]) -> None:
        error = _cancelled() if task.cancelled() else task.exception()
        if self._task is not task:
            return  # it was cancelled by us
        self._task = None
        if error is None:
            self._valve.resume()
        elif isinstance(error, Exception):
            self._valve.cut_off(error)


async def _wait_for(result: Awaitable[object]) -> None:
    await result


def _cancelled() -> HTTPStreamClosedError:
    return HTTPStreamClosedError("the streaming_callback was cancelled, so we hung up")
