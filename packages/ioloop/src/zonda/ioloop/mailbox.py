"""Callbacks from other threads: many letters, and one knock at the door.

Waking a loop that sleeps takes a system call.  A thread that posts a letter knocks only where
nobody has knocked since the loop last looked, so a burst of callbacks wakes the loop once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import Context, copy_context
from types import CodeType
from typing import Any, Final

from .callbacks import run

_Letter = tuple[Context, Callable[..., object], tuple[Any, ...], Mapping[str, Any], CodeType, int]


class Mailbox:
    """The callbacks that other threads, and handlers of signals, have for a loop."""

    __slots__ = ("_knocked", "_letters", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop: Final = loop
        self._letters: Final[deque[_Letter]] = deque()
        self._knocked = False

    def post(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        code: CodeType,
        offset: int,
    ) -> None:
        """Let the loop call *callback*, in this context, in the order of posting.

        Nothing happens where the loop is closed.
        """
        self._letters.append((copy_context(), callback, args, kwargs, code, offset))
        if not self._knocked:
            self._knock()
        elif self._loop.is_closed():  # since somebody has knocked, who was not heard
            self._letters.clear()

    def _knock(self) -> None:
        self._knocked = True
        try:
            self._loop.call_soon_threadsafe(self._empty)
        except RuntimeError:  # it is closed
            self._letters.clear()

    def _empty(self) -> None:
        # First the mark: who posts after this knocks, though the letter may be read already.
        self._knocked = False
        letters = self._letters
        try:
            for _ in range(len(letters)):  # what comes meanwhile waits for the next round
                context, callback, args, kwargs, code, offset = letters.popleft()
                context.run(run, callback, args, kwargs, code, offset)
        finally:  # a callback has ended the program, or tries to
            if letters and not self._knocked:
                self._knock()
