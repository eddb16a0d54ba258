"""Queues between coroutines, with timeouts.

They are not safe for threads; from another thread use `IOLoop.add_callback`.
"""

from __future__ import annotations

import collections
import datetime
import heapq
from collections.abc import Awaitable
from typing import Any, Generic, TypeVar

from zonda.ioloop import IOLoop

from .concurrent import Future, future_set_result_unless_cancelled
from .gen import TimeoutError
from .locks import Event

__all__ = ["LifoQueue", "PriorityQueue", "Queue", "QueueEmpty", "QueueFull"]

T = TypeVar("T")
Timeout = float | datetime.timedelta | None


class QueueEmpty(Exception):
    """`Queue.get_nowait` found nothing."""


class QueueFull(Exception):
    """`Queue.put_nowait` found no room."""


class _QueueIterator(Generic[T]):
    def __init__(self, queue: Queue[T]) -> None:
        self._queue = queue

    def __anext__(self) -> Awaitable[T]:
        return self._queue.get()


class Queue(Generic[T]):
    """First in, first out.

    :param maxsize: how many items there is room for; 0 is no limit.
    :raises TypeError: *maxsize* is None.
    :raises ValueError: *maxsize* is negative.
    """

    def __init__(self, maxsize: int = 0) -> None:
        if maxsize is None:
            raise TypeError("maxsize can't be None")
        if maxsize < 0:
            raise ValueError("maxsize can't be negative")
        self._maxsize = maxsize
        self._init()
        self._getters: collections.deque[Future[T]] = collections.deque()
        self._putters: collections.deque[tuple[T, Future[None]]] = collections.deque()
        self._unfinished_tasks = 0
        self._finished = Event()
        self._finished.set()

    # What a subclass with another order overrides.

    def _init(self) -> None:
        self._queue: Any = collections.deque()

    def _get(self) -> T:
        return self._queue.popleft()  # type: ignore[no-any-return]  # a subclass's own kind

    def _put(self, item: T) -> None:
        self._queue.append(item)

    @property
    def maxsize(self) -> int:
        """How many items there is room for."""
        return self._maxsize

    def qsize(self) -> int:
        """How many items are in the queue."""
        return len(self._queue)

    def empty(self) -> bool:
        """Whether there is none."""
        return not self._queue

    def full(self) -> bool:
        """Whether there is no more room."""
        return 0 < self._maxsize <= self.qsize()

    def put(self, item: T, timeout: Timeout = None) -> Future[None]:
        """Put an item in, as soon as there is room.

        :raises TimeoutError: by awaiting, when *timeout* has passed.
        """
        future: Future[None] = Future()
        try:
            self.put_nowait(item)
        except QueueFull:
            self._putters.append((item, future))
            _set_timeout(future, timeout)
        else:
            future.set_result(None)
        return future

    def put_nowait(self, item: T) -> None:
        """Put an item in.

        :raises QueueFull: there is no room.
        """
        self._forget_expired()
        if self._getters:
            assert self.empty(), "somebody waits although there is something"
            getter = self._getters.popleft()
            self._enter(item)
            future_set_result_unless_cancelled(getter, self._get())
        elif self.full():
            raise QueueFull
        else:
            self._enter(item)

    def get(self, timeout: Timeout = None) -> Future[T]:
        """Take an item, as soon as there is one.

        :raises TimeoutError: by awaiting, when *timeout* has passed.
        """
        future: Future[T] = Future()
        try:
            future.set_result(self.get_nowait())
        except QueueEmpty:
            self._getters.append(future)
            _set_timeout(future, timeout)
        return future

    def get_nowait(self) -> T:
        """Take an item.

        :raises QueueEmpty: there is none.
        """
        self._forget_expired()
        if self._putters:
            assert self.full(), "somebody waits although there is room"
            item, putter = self._putters.popleft()
            self._enter(item)
            future_set_result_unless_cancelled(putter, None)
            return self._get()
        if self.qsize():
            return self._get()
        raise QueueEmpty

    def task_done(self) -> None:
        """Say that an item that was taken has been dealt with; see `join`.

        :raises ValueError: it was called more often than there were items.
        """
        if self._unfinished_tasks <= 0:
            raise ValueError("task_done() called too many times")
        self._unfinished_tasks -= 1
        if self._unfinished_tasks == 0:
            self._finished.set()

    def join(self, timeout: Timeout = None) -> Awaitable[None]:
        """Wait until every item has been dealt with.

        :raises TimeoutError: by awaiting, when *timeout* has passed.
        """
        return self._finished.wait(timeout)

    def __aiter__(self) -> _QueueIterator[T]:
        return _QueueIterator(self)

    def _enter(self, item: T) -> None:
        self._unfinished_tasks += 1
        self._finished.clear()
        self._put(item)

    def _forget_expired(self) -> None:
        while self._putters and self._putters[0][1].done():
            self._putters.popleft()
        while self._getters and self._getters[0].done():
            self._getters.popleft()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {hex(id(self))} {self._format()}>"

    def __str__(self) -> str:
        return f"<{type(self).__name__} {self._format()}>"

    def _format(self) -> str:
        parts = [f"maxsize={self.maxsize!r}"]
        if getattr(self, "_queue", None):
            parts.append(f"queue={self._queue!r}")
        if self._getters:
            parts.append(f"getters[{len(self._getters)}]")
        if self._putters:
            parts.append(f"putters[{len(self._putters)}]")
        if self._unfinished_tasks:
            parts.append(f"tasks={self._unfinished_tasks}")
        return " ".join(parts)


class PriorityQueue(Queue[T]):
    """The least item first; items are often tuples ``(priority, data)``."""

    def _init(self) -> None:
        self._queue = []

    def _put(self, item: T) -> None:
        heapq.heappush(self._queue, item)

    def _get(self) -> T:
        return heapq.heappop(self._queue)  # type: ignore[no-any-return]  # what was put


class LifoQueue(Queue[T]):
    """Last in, first out."""

    def _init(self) -> None:
        self._queue = []

    def _put(self, item: T) -> None:
        self._queue.append(item)

    def _get(self) -> T:
        return self._queue.pop()  # type: ignore[no-any-return]  # what was put


def _set_timeout(future: Future[Any], timeout: Timeout) -> None:
    if timeout is None:
        return
    io_loop = IOLoop.current()

    def late() -> None:
        if not future.done():
            future.set_exception(TimeoutError())

    handle = io_loop.add_timeout(timeout, late)
    future.add_done_callback(lambda _: io_loop.remove_timeout(handle))
