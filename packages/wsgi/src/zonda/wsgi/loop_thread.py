"""A private event loop in a thread of its own, for programs that have none."""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import os
import threading
from collections.abc import Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for threads that wait for them.

    The thread starts when it is first needed: a server may fork its workers after the application
    was made, and threads do not survive that.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, coroutine: Coroutine[object, object, T], timeout: float) -> T:
        """Run *coroutine* to its end.

        :param timeout: seconds after which it is cancelled.
        :raises TimeoutError: it took longer.
        """
        waiting = asyncio.run_coroutine_threadsafe(coroutine, self._running())
        try:
            return waiting.result(timeout)
        except concurrent.futures.TimeoutError:
            waiting.cancel()
            raise TimeoutError(f"no result within {timeout:g} seconds") from None

    def call_soon(self, callback: Callable[..., object], *args: object) -> None:
        """Have *callback* called in the loop's thread, if that still runs."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(callback, *args)

    def close(self) -> None:
        """Cancel what runs, and end the thread; it starts again when it is needed again."""
        with self._lock:
            loop, self._loop = self._loop, None
            if loop is None or self._process != os.getpid() or self._thread is None:
                return
            atexit.unregister(self.close)
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._process != os.getpid():
                self._process = os.getpid()
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_run, args=(self._loop,), name="zonda-wsgi-loop", daemon=True
                )
                self._thread.start()
                atexit.register(self.close)
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
