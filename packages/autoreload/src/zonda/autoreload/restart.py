"""Replaces the process by a new one, started as this one was.

The new process gets the interpreter, its flags, the program (file, ``-m`` module or ``-c`` command)
and the arguments of the command line, the directory it was started in, and the environment as it is
now.  Descriptors that this process was given at its start stay open (standard streams, sockets of a
service manager); whatever was opened later is closed.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import NoReturn

from .errors import AutoreloadError

logger = logging.getLogger("zonda.autoreload")

_hooks: list[Callable[[], object]] = []

# Where the list of open descriptors cannot be read, this many are looked at.
MOST_DESCRIPTORS = 4096


def add_reload_hook(fn: Callable[[], object]) -> None:
    """Have *fn* called without arguments before the process is replaced.

    Hooks are called in the order in which they were added, on the thread of the event loop (or on
    the one that called :func:`wait`).  An exception of a hook is logged and keeps no other hook and
    no restart from happening.  ``atexit`` functions are not called: the process does not exit.
    Descriptors need no hook, they are closed.
    """
    _hooks.append(fn)


def command() -> list[str]:
    """The command line that starts this program again.

    :raises AutoreloadError: where the interpreter is embedded in another program
    """
    if not sys.executable or not sys.orig_argv:
        raise AutoreloadError(
            "cannot restart: this Python runs inside another program (sys.executable is empty)"
        )
    return [sys.executable, *sys.orig_argv[1:]]


def restart() -> NoReturn:
    """Run the hooks and replace the process.

    :raises AutoreloadError: when that is not possible; the process goes on
    """
    arguments = command()
    for hook in _hooks:
        try:
            hook()
        except Exception:
            logger.exception("Reload hook %r failed", hook)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
    try:
        _replace(arguments)
    except OSError as error:
        raise AutoreloadError(f"cannot restart {arguments[0]}: {error}") from error


def _replace(arguments: list[str]) -> NoReturn:
    if _DIRECTORY is not None:
        os.chdir(_DIRECTORY)
    if sys.platform == "win32":  # pragma: no cover  (exec there returns to the shell at once)
        subprocess.Popen(arguments)
        os._exit(0)
    # A timer outlives exec, and its signal would end the new process, which has no handler yet.
    signal.setitimer(signal.ITIMER_REAL, 0)
    for descriptor in inheritable() - _GIVEN:
        try:
            os.set_inheritable(descriptor, False)
        except OSError:
            continue  # closed by another thread meanwhile
    os.execv(arguments[0], arguments)


def inheritable() -> set[int]:
    """The open descriptors that a new program would get."""
    found = set()
    for descriptor in _descriptors():
        try:
            if os.get_inheritable(descriptor):
                found.add(descriptor)
        except OSError:
            continue  # not open (any more)
    return found


def _descriptors() -> Iterable[int]:
    for directory in ("/proc/self/fd", "/dev/fd"):
        try:
            return [int(name) for name in os.listdir(directory)]
        except OSError:
            continue
    return range(MOST_DESCRIPTORS)


def _start_directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return None


_DIRECTORY = _start_directory()
_GIVEN = inheritable()
