"""The functions that a program calls: watch while the loop runs, or wait when the work is done."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Callable
from typing import NoReturn

from zonda.ioloop import IOLoop

from .errors import AutoreloadError
from .restart import command, restart
from .sources import Path, Sources
from .watcher import Watcher

logger = logging.getLogger("zonda.autoreload")

CHECK_TIME = 500  # milliseconds: soon enough for a module that was imported just now

OnChange = Callable[[list[str]], object]

_sources = Sources()
# By the file or directory, who is told instead of a restart.
_callbacks: dict[str, OnChange] = {}
_lock = threading.Lock()
_watcher: Watcher | None = None
# Set by a change.  The loop that should have restarted the process may have ended by then: what
# start() was told, wait() acts on.
_restart_wanted = threading.Event()


def start(check_time: int = CHECK_TIME) -> None:
    """Watch the source files, and restart the process when one of them changes.

    The files of all imported modules are watched, and what was given to :func:`watch`.  Returns at
    once; the restart happens on the current :class:`~zonda.ioloop.IOLoop`, between two callbacks.
    Calling it again changes nothing, except for the loop when another one is current.

    A changed module with a syntax error does not restart the process: the error is logged, and the
    process goes on until the file is mended.

    :param check_time: milliseconds until newly imported modules are watched too; also how often
        files are compared where the system does not report changes.
    :raises AutoreloadError: where the interpreter is embedded in another program
    :raises ValueError: when *check_time* is not positive
    """
    if check_time <= 0:
        raise ValueError(f"check_time must be a positive number of milliseconds, not {check_time}")
    loop = IOLoop.current()

    def on_change(files: list[str]) -> None:
        told, rest = _sorted_out(files)
        for callback, names in told:
            loop.add_callback(callback, names)
        if rest:
            _wanted(rest)
            loop.add_callback(_restart)

    begin(check_time).deliver_to(on_change)


def wait() -> NoReturn:
    """Block until a source file changes, then restart the process.

    Meant for the end of a program that has done its work, like a run of tests.  What
    ``python -m zonda.autoreload`` does is better where the program itself may not even import.

    :raises AutoreloadError: where the interpreter is embedded in another program
    """
    begin().deliver_to(_wanted)
    # With a timeout: a signal that comes just before the thread blocks would wait for the change.
    while not _restart_wanted.wait(CHECK_TIME / 1000):
        pass
    _restart_wanted.clear()
    restart()


def watch(filename: Path, on_change: OnChange | None = None) -> None:
    """Watch a file besides the modules: a template, a translation, a configuration.

    :param filename: a file, which need not exist yet, or a directory, which stands for all files
        below it, new ones included (but for those of version control, caches and editors).
    :param on_change: instead of a restart, called on the loop of :func:`start` with the sorted
        names of the files that changed; may be a coroutine function.  For files that are read
        anew anyway; a module among them restarts the process all the same.
    """
    _sources.add(filename)
    if on_change is not None:
        with _lock:
            _callbacks[os.path.abspath(os.fspath(filename))] = on_change


def begin(check_time: int = CHECK_TIME) -> Watcher:
    """Record what the files are now, and keep the changes until somebody asks for them.

    There is one watcher in a process, so that no change goes to another one.

    :raises AutoreloadError: where the interpreter is embedded in another program
    """
    global _watcher
    command()  # refuse now what could not be restarted later
    with _lock:
        if _watcher is None or not _watcher.running:
            _watcher = Watcher(_sources, check_time / 1000)
            _watcher.start()
            atexit.register(_watcher.stop)
        else:
            _sources.add_modules()
        return _watcher


def _sorted_out(files: list[str]) -> tuple[list[tuple[OnChange, list[str]]], list[str]]:
    """Who is told of which files, and the files that need a restart."""
    with _lock:
        callbacks = dict(_callbacks)
    told: dict[OnChange, list[str]] = {}
    rest = []
    for file in files:
        above = file
        while above not in callbacks and above != os.path.dirname(above):
            above = os.path.dirname(above)
        if above in callbacks and not _sources.is_module(file):
            told.setdefault(callbacks[above], []).append(file)
        else:
            rest.append(file)
    return list(told.items()), rest


def _restart() -> None:
    _restart_wanted.clear()
    try:
        restart()
    except AutoreloadError as error:
        logger.error("%s", error)


def _wanted(files: list[str]) -> None:
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    logger.info("%s%s modified; restarting", files[0], more)
    _restart_wanted.set()


def _begin_anew() -> None:
    """In a forked child: the thread is not there, and may have left with the locks."""
    global _lock, _watcher
    _lock = threading.Lock()
    _watcher = None
    _sources.forget_thread()


if hasattr(os, "register_at_fork"):  # pragma: no branch  (not on Windows)
    os.register_at_fork(after_in_child=_begin_anew)
