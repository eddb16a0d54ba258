"""Calling something again and again."""

from __future__ import annotations

import asyncio
import datetime
import math
import sys
from collections.abc import Awaitable, Callable
from types import CodeType

from .callbacks import follow
from .loop import IOLoop
from .timers import Timeout, Timers


class PeriodicCallback:
    """Calls *callback* every *callback_time*, once :meth:`start` was called.

    The times form a grid that begins with :meth:`start`, and they do not drift.  A call that takes
    longer than the period, be it a function or a coroutine, makes the next ones fall out: two calls
    never overlap, and none is made up for.  The time is measured by a clock that setting the time
    of day does not change.  What a call raises is logged, and the next call comes in its time.

    >>> import asyncio
    >>> from zonda.ioloop import PeriodicCallback
    >>> async def main():
    ...     ticks = asyncio.Queue()
    ...     timer = PeriodicCallback(lambda: ticks.put_nowait("tick"), 5)
    ...     timer.start()
    ...     print(await ticks.get(), await ticks.get())
    ...     timer.stop()
    >>> asyncio.run(main())
    tick tick

    :param callback: a function or coroutine function without arguments.
    :param callback_time: milliseconds, or a ``timedelta``; more than 0.
    :param jitter: from 0 to 1: each period is randomly longer or shorter by up to half this share,
        so that many timers (or many processes) do not all work at the same moment.
    :raises TypeError: *callback_time* is neither.
    :raises ValueError: *callback_time* or *jitter* is out of range.
    """

    def __init__(
        self,
        callback: Callable[[], Awaitable[object] | object],
        callback_time: float | datetime.timedelta,
        jitter: float = 0,
    ) -> None:
        if isinstance(callback_time, datetime.timedelta):
            callback_time = callback_time / datetime.timedelta(milliseconds=1)
        if not isinstance(callback_time, (int, float)):
            raise TypeError(
                f"callback_time is a number of milliseconds or a timedelta, not {callback_time!r}"
            )
        if not 0 < callback_time < math.inf:
            raise ValueError(f"callback_time must be above 0 milliseconds, not {callback_time!r}")
        if not 0 <= jitter <= 1:
            raise ValueError(f"jitter must be from 0 to 1, not {jitter!r}")
        #: What is called.
        self.callback = callback
        #: The period in milliseconds; a change counts from the next call on.
        self.callback_time = callback_time
        #: The share of the period within which it varies.
        self.jitter = jitter
        self._running = False
        self._timer: Timeout | None = None
        self._call: asyncio.Future[object] | None = None  # the one that has not ended yet
        self._next = 0.0  # by the loop's clock, without jitter
        self._timers: Timers
        self._clock: Callable[[], float]
        self._code: CodeType
        self._offset: int

    def start(self) -> None:
        """Begin: the first call comes one period from now, in the current IOLoop.

        Of a timer that runs already, the grid begins anew.
        """
        self.stop()
        frame = sys._getframe(1)
        self._code, self._offset = frame.f_code, frame.f_lasti
        #: The IOLoop that the timer was started in.
        self.io_loop = IOLoop.current()
        self._timers = self.io_loop._timers
        self._clock = self.io_loop.asyncio_loop.time
        self._next = self._clock()
        self._running = True
        if self._call is None:
            self._schedule()

    def stop(self) -> None:
        """Call no more; a coroutine that is running goes on to its end."""
        self._running = False
        if self._timer is not None:
            self._timers.remove(self._timer)
            self._timer = None

    def __repr__(self) -> str:
        return f"<PeriodicCallback of {self.callback!r} every {self.callback_time} ms>"

    def is_running(self) -> bool:
        """Whether the timer was started, and not stopped since."""
        return self._running

    def _schedule(self, timer: Timeout | None = None) -> None:
        """Set the timer for the next call: *timer*, which has just come to pass, or a new one."""
        period = self.callback_time / 1000
        when = self._next + period
        now = self._clock()
        if when <= now:  # some calls fall out
            when += math.floor((now - when) / period + 1) * period
        self._next = when
        if self.jitter:  # on both ends of a period, so that their difference keeps to the share
            from random import random

            when += period * self.jitter * (random() - 0.5) / 2
        if timer is None:
            timer = self._timers.add(when, self._tick, (), {}, self._code, self._offset)
        else:
            self._timers.renew(timer, when, self._tick)
        self._timer = timer

    def _tick(self) -> None:
        timer, self._timer = self._timer, None
        if self._call is not None:  # started anew during a call; its end schedules the next
            return
        try:
            result = self.callback()
            if result is not None:
                self._call = follow(result, self.callback, self._code, self._offset)
        finally:
            if self._call is not None:
                self._call.add_done_callback(self._ended)
            elif self._running and self._timer is None:
                self._schedule(timer)

    def _ended(self, call: asyncio.Future[object]) -> None:
        self._call = None
        if self._running and self._timer is None:
            self._schedule()
