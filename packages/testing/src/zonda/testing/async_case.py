"""`AsyncTestCase`: a loop for each test."""

from __future__ import annotations

import unittest
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from zonda.ioloop import IOLoop

from .closing import close_loop
from .deadline import finish_in_time
from .timeouts import get_async_test_timeout

T = TypeVar("T")


class AsyncTestCase(unittest.TestCase):
    """A test case whose tests run on an `IOLoop` of their own.

    A test is a coroutine, which gets `get_async_test_timeout` seconds (see `gen_test` for more):

    >>> import asyncio
    >>> class Sleeping(AsyncTestCase):
    ...     async def test_sleep(self) -> None:
    ...         await asyncio.sleep(0)

    or calls `wait` until a callback calls `stop`:

    >>> class Calling(AsyncTestCase):
    ...     def test_callback(self) -> None:
    ...         self.io_loop.add_callback(self.stop, 42)
    ...         self.assertEqual(self.wait(), 42)

    :ivar io_loop: the loop, from `setUp` to `tearDown`; it is the current one of the thread.
    """

    io_loop: IOLoop
    _stopped = False
    _running = False
    _result: object = None
    _former_loop: IOLoop | None = None

    def setUp(self) -> None:
        """Make the loop."""
        super().setUp()
        self._former_loop = IOLoop.current(instance=False)
        self.io_loop = self.get_new_ioloop()
        self.io_loop.make_current()

    def tearDown(self) -> None:
        """Cancel what still runs, and close the loop, unless it is that of others."""
        loop = self.io_loop
        if loop is not self._former_loop:
            try:
                close_loop(loop)
            finally:
                if self._former_loop is not None:
                    self._former_loop.make_current()
        super().tearDown()

    def get_new_ioloop(self) -> IOLoop:
        """The loop for a test: a new one.

        A subclass may return ``IOLoop.current()``, which is then not closed at the end.
        """
        return IOLoop(make_current=False)

    def run_coroutine(self, awaitable: Awaitable[T], timeout: float | None = None) -> T:
        """Run the loop until *awaitable* is done, and return its result.

        :param timeout: seconds; `get_async_test_timeout` by default.
        :raises TimeoutError: it took longer; the message shows where it waits.
        """
        seconds = get_async_test_timeout() if timeout is None else timeout
        return self.io_loop.run_sync(lambda: finish_in_time(awaitable, seconds, self.id()))

    # Callbacks.

    def stop(self, _arg: object = None, **kwargs: object) -> None:
        """Let `wait` return *_arg*, or a dict of *kwargs*; at once, or the next time.

        :raises ValueError: both are given.
        """
        if _arg is not None and kwargs:
            raise ValueError("stop() takes one argument or keyword arguments, not both")
        self._result = kwargs or _arg
        if self._running:
            self.io_loop.stop()
            self._running = False
        self._stopped = True

    def wait(
        self, condition: Callable[[], object] | None = None, timeout: float | None = None
    ) -> Any:
        """Run the loop until `stop` is called, and return what that was given.

        :param condition: after `stop`, go on until this is true.
        :param timeout: seconds after which the test fails; `get_async_test_timeout` by default,
            0 for no limit.
        """
        seconds = get_async_test_timeout() if timeout is None else timeout
        if not self._stopped:
            late: list[float] = []

            def give_up() -> None:
                late.append(seconds)
                self.stop()

            handle = self.io_loop.call_later(seconds, give_up) if seconds else None
            while True:
                self._running = True
                self.io_loop.start()
                if late:
                    self._stopped = False
                    self.fail(f"stop() was not called within {seconds:g} seconds")
                if condition is None or condition():
                    break
            if handle is not None:
                self.io_loop.remove_timeout(handle)
        self._stopped = False
        result, self._result = self._result, None
        return result

    # A part of unittest that subclasses may replace, as its own class for coroutines does.
    def _callTestMethod(self, method: Callable[[], object]) -> None:
        result = method()
        if isinstance(result, Awaitable):
            self.run_coroutine(result)
        elif result is not None:
            raise TypeError(
                f"Return value from test method ignored: {self.id()} returned "
                f"{type(result).__name__}; a test that waits is a coroutine (async def), and a "
                "generator should be decorated with gen_test of tornado.testing"
            )
