"""A private event loop in a thread of its own, for programs that have none."""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import os
import threading
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import TypeVar

T = TypeVar("T")

Callback = Callable[[], Coroutine[object, object, None]]


class LoopThread:
    """Runs coroutines for threads that wait for them.

    The thread starts when it is first needed: a server may fork its workers after the application
    was made, and threads do not survive that.

    :param on_startup: run to its end in the loop before anything else.
    :param on_shutdown: run in the loop after everything else.
    """

    def __init__(
        self, on_startup: Callback | None = None, on_shutdown: Callback | None = None
    ) -> None:
        self._on_startup = on_startup
        self._on_shutdown = on_shutdown
        self._lock = threading.Lock()
        self._process = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, coroutine: Coroutine[object, object, T], timeout: float) -> T:
        """Run *coroutine* to its end.

        :param timeout: seconds after which it is cancelled.
        :raises TimeoutError: it took longer.
        """
        waiting = asyncio.run_coroutine_threadsafe(coroutine, self.start())
        try:
            return waiting.result(timeout)
        except concurrent.futures.TimeoutError:
            waiting.cancel()
            raise TimeoutError(f"no result within {timeout:g} seconds") from None

    def call_soon(self, callback: Callable[..., object], *args: object) -> None:
        """Have *callback* called in the loop's thread, if that still runs."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it was closed
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

    def start(self) -> asyncio.AbstractEventLoop:
        """The loop, which runs now if it did not before.

        :raises Exception: what ``on_startup`` raised; the next call tries it again.
        """
        with self._lock:
            if self._loop is None or self._process != os.getpid():
                loop = asyncio.new_event_loop()
                thread = threading.Thread(
                    target=_run, args=(loop, self._on_shutdown), name="zonda-wsgi-loop", daemon=True
                )
                # Without the context variables of whoever needs it first, which a thread may
                # inherit.
                Context().run(thread.start)
                if self._on_startup is not None:
                    _start(self._on_startup, loop, thread)
                self._process = os.getpid()
                self._loop, self._thread = loop, thread
                atexit.register(self.close)
            return self._loop


def _start(on_startup: Callback, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    try:
        asyncio.run_coroutine_threadsafe(on_startup(), loop).result()
    except BaseException:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        raise


def _run(loop: asyncio.AbstractEventLoop, on_shutdown: Callback | None) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        if on_shutdown is not None:
            loop.run_until_complete(on_shutdown())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
