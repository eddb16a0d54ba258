"""Timeouts: a heap of them above one timer of the event loop.

Nearly every timeout is taken back before it comes to pass, so setting one and taking it back has to
be cheap.  Here the first costs a push onto a heap and the second an assignment; the event loop is
asked for a timer only where a timeout is earlier than all others.  What was taken back leaves the
heap when its time comes, or earlier where it fills most of the heap.

Times are those of the loop's clock, which nobody can set.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import Context, copy_context
from heapq import heapify, heappop, heappush
from types import CodeType
from typing import Any, Final

from .callbacks import run

# Fewer than this are not worth a look through the heap.
MIN_CANCELLED_TO_CLEAR: Final = 100

NOTHING: Final[Mapping[str, Any]] = {}


class Timeout:
    """What a timeout will call; given to `IOLoop.remove_timeout`, and otherwise opaque."""

    __slots__ = ("args", "callback", "code", "context", "kwargs", "offset")

    # Without an __init__, which would cost a fifth of setting a timeout.
    callback: Callable[..., object] | None  # None once it is over
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    code: CodeType
    offset: int
    context: Context

    def __repr__(self) -> str:
        return f"<Timeout {'over' if self.callback is None else repr(self.callback)}>"


class Timers:
    """The timeouts of one event loop."""

    __slots__ = ("_armed", "_cancelled", "_count", "_handle", "_heap", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop: Final = loop
        self._heap: list[tuple[float, int, Timeout]] = []
        self._count = 0  # of all that were ever set: the order of those with the same time
        self._cancelled = 0  # in the heap
        self._handle: asyncio.TimerHandle | None = None
        self._armed = math.inf  # the time of the handle

    def add(
        self,
        when: float,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        code: CodeType,
        offset: int,
    ) -> Timeout:
        """Call *callback*, in this context, when the loop's clock shows *when*."""
        timeout = Timeout()
        timeout.callback = callback
        timeout.args = args
        timeout.kwargs = kwargs
        timeout.code = code
        timeout.offset = offset
        timeout.context = copy_context()
        self._count = count = self._count + 1
        heappush(self._heap, (when, count, timeout))
        if when < self._armed:
            self._arm(when)
        return timeout

    def renew(self, timeout: Timeout, when: float, callback: Callable[..., object]) -> None:
        """Call *callback* at *when*, by a timeout that has just come to pass, and in its context.

        That spares what comes again and again most of its cost.
        """
        timeout.callback = callback
        self._count = count = self._count + 1
        heappush(self._heap, (when, count, timeout))
        if when < self._armed:
            self._arm(when)

    def remove(self, timeout: Timeout) -> None:
        """Take a timeout back; nothing happens where it is over."""
        if timeout.callback is not None:
            timeout.callback = None
            timeout.args = ()
            timeout.kwargs = NOTHING
            self._cancelled = cancelled = self._cancelled + 1
            if cancelled > MIN_CANCELLED_TO_CLEAR and cancelled * 2 > len(self._heap):
                self._heap = [entry for entry in self._heap if entry[2].callback is not None]
                heapify(self._heap)
                self._cancelled = 0

    def close(self) -> None:
        """Forget all timeouts."""
        self._heap.clear()
        self._disarm()

    def _arm(self, when: float) -> None:
        self._disarm()
        self._armed = when
        self._handle = self._loop.call_at(when, self._fire)

    def _disarm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None
        self._armed = math.inf

    def _fire(self) -> None:
        # A loop may round times to milliseconds: what it woke up for is due, whatever the clock.
        limit = max(self._armed, self._loop.time())
        due: deque[Timeout] = deque()
        while self._heap and self._heap[0][0] <= limit:
            due.append(heappop(self._heap)[2])
        self._handle = None
        self._armed = -math.inf  # what is added meanwhile needs no timer of the loop yet
        try:
            while due:
                self._call(due.popleft())
        finally:
            for timeout in due:  # a callback has ended the program, or tries to
                self._count += 1
                heappush(self._heap, (limit, self._count, timeout))
            self._armed = math.inf
            if self._heap:
                self._arm(self._heap[0][0])

    def _call(self, timeout: Timeout) -> None:
        callback = timeout.callback
        if callback is None:
            self._cancelled -= 1
        else:
            timeout.callback = None
            timeout.context.run(
                run, callback, timeout.args, timeout.kwargs, timeout.code, timeout.offset
            )
