"""A body whose pieces go to a ``streaming_callback``."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from contextvars import Context
from typing import Protocol

from .request import StreamingCallback


class Valve(Protocol):
    """What lets more of a body come, or not."""

    def pause(self) -> None:
        """Read no more for now."""

    def resume(self) -> None:
        """Read on; all that came has been taken."""

    def failed(self, error: Exception) -> None:
        """The body cannot be taken."""


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
        self._waiting: deque[bytes] = deque()
        self._task: asyncio.Task[None] | None = None

    def feed(self, data: bytes) -> None:
        """A piece of the body."""
        if self._task is not None:
            self._waiting.append(data)
            return
        result = self._context.run(self._callback, data)
        if result is not None:
            self._valve.pause()
            self._task = self._loop.create_task(self._go_on(result), context=self._context)

    def end(self) -> bool:
        """The body is complete; whether all of it has been taken already."""
        return self._task is None

    def fail(self, error: BaseException) -> None:
        """The rest will not come."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    async def _go_on(self, result: Awaitable[None] | None) -> None:
        try:
            while True:
                if result is not None:
                    await result
                if not self._waiting:
                    break
                result = self._callback(self._waiting.popleft())
        except Exception as error:
            self._valve.failed(error)
        else:
            self._task = None
            self._valve.resume()
