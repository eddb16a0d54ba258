"""The thread that waits for a change worth a restart.

A changed module that does not compile would only end the restarted process, so the error is logged
and the old process stays until every broken file is mended.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

from .notifier import Notifier
from .sources import Sources

logger = logging.getLogger("zonda.autoreload")

Receiver = Callable[[list[str]], None]


class Watcher:
    """Hands the sorted names of the files that changed to a receiver, in its own thread.

    Without a receiver the changes are kept for the one that comes.
    """

    def __init__(self, sources: Sources, seconds: float) -> None:
        self._sources = sources
        self._seconds = seconds
        self._receiver: Receiver | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._pending: set[str] = set()
        self._broken: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="zonda-autoreload", daemon=True)

    def start(self) -> None:
        """Record what the files are now, and watch them from now on."""
        self._sources.add_modules()
        self._thread.start()

    def deliver_to(self, receiver: Receiver) -> None:
        """Hand changes to *receiver*, in place of any other; those that were kept at once."""
        with self._lock:
            self._receiver = receiver
            self._deliver()

    def stop(self) -> None:
        """End the thread and wait for its end.

        It has to be over before the interpreter is: a thread that finds the interpreter gone
        while it is in foreign code takes the process down.
        """
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    @property
    def running(self) -> bool:
        """Whether the thread lives; it does not in a forked child."""
        return self._thread.is_alive()

    def _run(self) -> None:
        _leave_signals_to_the_main_thread()
        notifier = Notifier()
        try:
            while not self._stop.is_set():
                if notifier.wait(self._sources.directories(), self._seconds, self._stop):
                    self._compare()
                self._sources.add_modules()
        finally:
            notifier.close()

    def _compare(self) -> None:
        changed = self._sources.take_changes()
        with self._lock:
            self._pending |= changed
            self._broken = {
                file
                for file in self._broken | changed
                if self._sources.is_module(file) and not _compiles(file, tell=file in changed)
            }
            self._deliver()

    def _deliver(self) -> None:
        if self._receiver is not None and self._pending and not self._broken:
            names = sorted(self._pending)
            self._pending.clear()
            for name in names:
                _forget_compiled(name)
            self._receiver(names)


def _leave_signals_to_the_main_thread() -> None:
    """Refuse in this thread, and in those it starts, what asks the process to do something.

    The system may give a signal to any thread that does not refuse it.  When it is not the main
    one, Ctrl-C does not wake a program that sleeps.
    """
    if sys.platform != "win32":  # pragma: no branch
        signal.pthread_sigmask(
            signal.SIG_BLOCK,
            {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2},
        )


def _compiles(file: str, *, tell: bool) -> bool:
    """Whether *file* is valid Python, or nothing that could be tried; *tell* logs the error."""
    if not file.endswith(".py") or not os.path.exists(file):
        return True
    try:
        with open(file, "rb") as source:
            compile(source.read(), file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: a NUL byte, before Python 3.12
        if tell:
            line = getattr(error, "lineno", None)
            place = file if line is None else f"{file}, line {line}"
            logger.error("%s: %s; waiting for a fix", place, getattr(error, "msg", error))
        return False
    except OSError:
        return True
    return True


def _forget_compiled(file: str) -> None:
    """Delete the bytecode of *file*, which Python would trust too long.

    Python compares the time of the source in whole seconds and its size: of two changes within one
    second the new process would get the first.
    """
    if file.endswith(".py"):
        with contextlib.suppress(OSError, NotImplementedError):
            os.remove(importlib.util.cache_from_source(file))
