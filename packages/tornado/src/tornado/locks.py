"""Locks, events, conditions and semaphores for coroutines, with timeouts.

None of them is safe for threads: they order the coroutines of one loop.
"""

from __future__ import annotations

import collections
import datetime
from types import TracebackType
from typing import Any, Literal, NoReturn

from zonda.ioloop import IOLoop

from .concurrent import Future, future_set_result_unless_cancelled
from .gen import TimeoutError, with_timeout

__all__ = ["BoundedSemaphore", "Condition", "Event", "Lock", "Semaphore"]

# Waiters whose timeout has passed are forgotten when there are more of them than this.
MAX_EXPIRED = 100

Timeout = float | datetime.timedelta | None


class _Queueing:
    """Futures that wait for their turn; those whose timeout passes are cleaned up now and then."""

    def __init__(self) -> None:
        self._waiters: collections.deque[Future[Any]] = collections.deque()
        self._timeouts = 0

    def _clean_up(self) -> None:
        self._timeouts += 1
        if self._timeouts > MAX_EXPIRED:
            self._timeouts = 0
            self._waiters = collections.deque(w for w in self._waiters if not w.done())

    def _set_timeout(self, waiter: Future[Any], timeout: Timeout, outcome: bool | None) -> None:
        """Give *waiter* the result *outcome*, or a `TimeoutError` for None, when it is late."""
        if timeout is None:
            return
        io_loop = IOLoop.current()

        def late() -> None:
            if not waiter.done():
                if outcome is None:
                    waiter.set_exception(TimeoutError())
                else:
                    waiter.set_result(outcome)
            self._clean_up()

        handle = io_loop.add_timeout(timeout, late)
        waiter.add_done_callback(lambda _: io_loop.remove_timeout(handle))


class Condition(_Queueing):
    """Lets coroutines wait until they are notified; unlike `threading.Condition` it has no lock."""

    def __repr__(self) -> str:
        waiters = f" waiters[{len(self._waiters)}]" if self._waiters else ""
        return f"<{type(self).__name__}{waiters}>"

    def wait(self, timeout: Timeout = None) -> Future[bool]:
        """Done with True after `notify`, or with False when *timeout* has passed.

        :param timeout: a deadline as in `IOLoop.time`, or a ``timedelta`` from now.
        """
        waiter: Future[bool] = Future()
        self._waiters.append(waiter)
        self._set_timeout(waiter, timeout, False)
        return waiter

    def notify(self, n: int = 1) -> None:
        """Wake *n* waiters."""
        woken = []
        while n and self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                n -= 1
                woken.append(waiter)
        for waiter in woken:
            future_set_result_unless_cancelled(waiter, True)

    def notify_all(self) -> None:
        """Wake all waiters."""
        self.notify(len(self._waiters))


class Event:
    """Holds coroutines back until it is set."""

    def __init__(self) -> None:
        self._value = False
        self._waiters: set[Future[None]] = set()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'set' if self.is_set() else 'clear'}>"

    def is_set(self) -> bool:
        """Whether the event is set."""
        return self._value

    def set(self) -> None:
        """Let go who waits, and nobody wait any more."""
        self._value = True
        for waiter in tuple(self._waiters):
            if not waiter.done():
                waiter.set_result(None)

    def clear(self) -> None:
        """Make `wait` hold again."""
        self._value = False

    def wait(self, timeout: Timeout = None) -> Future[None]:
        """Done when the event is set.

        :raises TimeoutError: by awaiting, when *timeout* has passed.
        """
        waiter: Future[None] = Future()
        if self._value:
            waiter.set_result(None)
            return waiter
        self._waiters.add(waiter)
        waiter.add_done_callback(self._waiters.discard)
        if timeout is None:
            return waiter
        limited: Future[None] = with_timeout(timeout, waiter)
        limited.add_done_callback(lambda _: waiter.done() or waiter.cancel())
        return limited


class _Releasing:
    """What `Semaphore.acquire` gives: releases when the ``with`` block ends."""

    def __init__(self, semaphore: _Guard) -> None:
        self._semaphore = semaphore

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc_info: object) -> None:
        self._semaphore.release()


class _Guard:
    """Entered by ``async with``, which acquires and releases."""

    def acquire(self, timeout: Timeout = None) -> Future[_Releasing]:
        """Wait to be let in; the result is for a ``with`` statement.

        :raises TimeoutError: by awaiting, when *timeout* has passed.
        """
        raise NotImplementedError

    def release(self) -> None:
        """Let the next one in."""
        raise NotImplementedError

    def __enter__(self) -> NoReturn:
        raise RuntimeError(f"use 'async with {type(self).__name__}', not 'with'")

    def __exit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> Literal[False]:
        self.__enter__()

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.release()


class Semaphore(_Queueing, _Guard):
    """Lets *value* coroutines in at a time.

    :raises ValueError: *value* is negative.
    """

    def __init__(self, value: int = 1) -> None:
        super().__init__()
        if value < 0:
            raise ValueError(f"a semaphore's value must not be negative, not {value}")
        self._value = value

    def __repr__(self) -> str:
        state = "locked" if self._value == 0 else f"unlocked,value:{self._value}"
        waiters = f",waiters:{len(self._waiters)}" if self._waiters else ""
        return f"<{object.__repr__(self)[1:-1]} [{state}{waiters}]>"

    def release(self) -> None:
        """Let one more in."""
        self._value += 1
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self._value -= 1
                # A ``with`` around the result releases again, whatever becomes of the waiter.
                waiter.set_result(_Releasing(self))
                break

    def acquire(self, timeout: Timeout = None) -> Future[_Releasing]:
        waiter: Future[_Releasing] = Future()
        if self._value > 0:
            self._value -= 1
            waiter.set_result(_Releasing(self))
        else:
            self._waiters.append(waiter)
            self._set_timeout(waiter, timeout, None)
        return waiter


class BoundedSemaphore(Semaphore):
    """A semaphore that is never released more often than it was acquired."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value=value)
        self._initial_value = value

    def release(self) -> None:
        """Let one more in.

        :raises ValueError: all who were let in have gone already.
        """
        if self._value >= self._initial_value:
            raise ValueError("Semaphore released too many times")
        super().release()


class Lock(_Guard):
    """Lets one coroutine in at a time, in the order in which they asked."""

    def __init__(self) -> None:
        self._block = BoundedSemaphore(value=1)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} _block={self._block}>"

    def acquire(self, timeout: Timeout = None) -> Future[_Releasing]:
        return self._block.acquire(timeout)

    def release(self) -> None:
        """Unlock.

        :raises RuntimeError: it is not locked.
        """
        try:
            self._block.release()
        except ValueError:
            raise RuntimeError("release unlocked lock") from None
