"""A thread that runs one function after another for the tasks of an event loop.

It is a daemon: a program that forgets to close its database ends all the same.  A function is run
in one go, whatever it does, so that a statement costs one change of threads and not three.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from contextvars import Context
from typing import Any, TypeVar

T = TypeVar("T")

# Seconds after which a function that goes on is interrupted again.
AGAIN = 0.01
Job = tuple["asyncio.Future[Any]", Callable[..., Any], tuple[Any, ...]]


class Worker:
    """Functions are run in the order of the calls of :meth:`run`."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._asked = self._ended = 0
        # Held when one function gives way to the next, which may be none to be interrupted.
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        # Without the context variables of whoever needs it first, which a thread may inherit.
        Context().run(self._thread.start)

    @property
    def busy(self) -> bool:
        """Whether a function that was asked for has not returned."""
        return self._ended < self._asked

    def run(self, function: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        """Have *function* called in the thread; its result, as a future of the running loop.

        A function whose future was cancelled before its turn is not called.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._asked += 1
        self._jobs.put((future, function, arguments))
        return future

    def stop(self) -> None:
        """End the thread when everything that was asked for has been done."""
        self._jobs.put(None)

    def interrupt(self, stop: Callable[[], object]) -> None:
        """Have *stop* called until every function that was asked for so far has returned.

        Once may be too early: a function may not have come to what *stop* ends.
        """
        self._interrupt(stop, self._asked)

    def _interrupt(self, stop: Callable[[], object], last: int) -> None:
        with self._turn:
            if self._ended >= last:
                return
            stop()
        asyncio.get_running_loop().call_later(AGAIN, self._interrupt, stop, last)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, function, arguments = job
            if future.cancelled():
                self._end()
            else:
                self._call(future, function, arguments)
            del job, future, function, arguments  # nothing is kept alive while waiting

    def _call(
        self, future: asyncio.Future[T], function: Callable[..., T], arguments: tuple[Any, ...]
    ) -> None:
        try:
            result = function(*arguments)
        except BaseException as error:
            self._end()
            _tell(future, _failed, error)
        else:
            self._end()
            _tell(future, _done, result)

    def _end(self) -> None:
        """Count a function that has returned, before anybody learns what it returned."""
        with self._turn:
            self._ended += 1


def _tell(future: asyncio.Future[T], deliver: Callable[..., None], value: object) -> None:
    with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
        future.get_loop().call_soon_threadsafe(deliver, future, value)


def _done(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _failed(future: asyncio.Future[T], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
