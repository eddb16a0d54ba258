"""Running a whole program: its event loop, the signals that end it, the cleaning up."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from .event_loops import new_event_loop
from .loop import IOLoop

T = TypeVar("T")


def run(
    main: Callable[[], Coroutine[Any, Any, T]] | Coroutine[Any, Any, T],
    *,
    uvloop: bool | None = None,
    debug: bool | None = None,
) -> T:
    """Run the program *main* in a new event loop, clean up after it, and return its result.

    ``SIGINT`` (Ctrl-C) and ``SIGTERM`` cancel *main*, which may tidy up in ``finally`` blocks; then
    ``SIGINT`` ends in ``KeyboardInterrupt`` and ``SIGTERM`` in ``SystemExit`` with status 0: a
    program that stops because it was told to has not failed.  The signal a second time does not
    wait for *main*.  At the end all other tasks are cancelled and the loop's threads joined.

    >>> import asyncio
    >>> from zonda.ioloop import IOLoop, run
    >>> async def main():
    ...     return IOLoop.current().asyncio_loop is asyncio.get_running_loop()
    >>> run(main)
    True

    :param main: a coroutine function without arguments, or a coroutine.
    :param uvloop: True demands uvloop, False refuses it; None leaves it to the environment variable
        ``ZONDA_UVLOOP`` (``1`` or ``0``), and without that takes uvloop where it is installed.
    :param debug: asyncio's debug mode; None leaves it to ``PYTHONASYNCIODEBUG``.
    :raises TypeError: *main* is neither of the two.
    :raises MissingExtraError: uvloop is demanded and not installed.
    :raises RuntimeError: an event loop is running in this thread already.
    """
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("an event loop is running in this thread already: await main instead")
    runner = asyncio.Runner(debug=debug, loop_factory=functools.partial(new_event_loop, uvloop))
    with contextlib.closing(IOLoop(False, asyncio_loop=runner.get_loop())), runner:
        coroutine = main() if callable(main) else main
        if not isinstance(coroutine, Coroutine):
            raise TypeError(f"run takes a coroutine function or a coroutine, not {main!r}")
        termination = _Termination()
        try:
            return runner.run(termination.cancels(coroutine))
        except asyncio.CancelledError:
            if termination.requested:
                raise SystemExit(0) from None
            raise


class _Termination:
    """``SIGTERM`` as the wish to end; a handler that the program has set itself is left alone."""

    def __init__(self) -> None:
        self.requested = False

    async def cancels(self, main: Coroutine[Any, Any, T]) -> T:
        """Await *main* in the current task, which ``SIGTERM`` cancels."""
        if (
            threading.current_thread() is not threading.main_thread()
            or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        ):
            return await main
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        # A loop of asyncio that handles some signal is woken by each, also by one that comes just
        # before it goes to sleep.  (uvloop always is.)
        watches = sys.platform != "win32" and isinstance(loop, asyncio.SelectorEventLoop)
        if watches:
            loop.add_signal_handler(signal.SIGTERM, _wake)
        signal.signal(signal.SIGTERM, lambda *_: self._request(loop, task))
        try:
            return await main
        finally:
            if watches:
                loop.remove_signal_handler(signal.SIGTERM)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _request(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
        if self.requested:
            raise SystemExit(0)
        self.requested = True
        loop.call_soon_threadsafe(task.cancel)


def _wake() -> None:
    """Nothing is left to do: the loop is awake, and the signal's own handler has run."""
