"""A body whose pieces go to a ``streaming_callback``."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from contextvars import Context
from typing import Protocol

from .errors import HTTPStreamClosedError
from .request import StreamingCallback


class Valve(Protocol):
    """What lets more of a body come, or not."""

    def pause(self) -> None:
        """Read no more for now."""

    def resume(self) -> None:
        """Read on; all that came has been taken."""

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
        self._waiting: deque[bytes] = deque()
        self._task: asyncio.Task[None] | None = None

    def feed(self, data: bytes) -> None:
        """A piece of the body."""
        if self._task is not None:
            self._waiting.append(data)
            return
        try:
            result = self._context.run(self._callback, data)
        except asyncio.CancelledError:
            raise _cancelled() from None
        # A program may give the ``write`` of a file, whose result is a number.
        if result is not None and inspect.isawaitable(result):
            self._valve.pause()
            self._task = self._loop.create_task(self._go_on(result), context=self._context)

    def end(self) -> bool:
        """The body is complete; whether all of it has been taken already."""
        return self._task is None

    def fail(self, error: BaseException) -> None:
        """The rest will not come."""
        self._waiting.clear()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    async def _go_on(self, result: object) -> None:
        try:
            while True:
                if result is not None and inspect.isawaitable(result):
                    await result
                if not self._waiting:
                    break
                result = self._callback(self._waiting.popleft())
        except asyncio.CancelledError:
            if self._task is None:  # by us
                raise
            self._task = None
            self._valve.cut_off(_cancelled())
        except Exception as error:
            self._task = None
            self._valve.cut_off(error)
        else:
            self._task = None
            self._valve.resume()


def _cancelled() -> HTTPStreamClosedError:
    return HTTPStreamClosedError("the streaming_callback was cancelled, so we hung up")
