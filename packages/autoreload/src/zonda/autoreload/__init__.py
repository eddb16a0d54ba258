"""Restarts the process when its source changes.

A server names what it uses besides modules, and then calls :func:`start`:

>>> from zonda import autoreload
>>> autoreload.watch("templates")  # a directory with all that is below it
>>> autoreload.add_reload_hook(lambda: print("closing the log"))

:func:`start` watches while the event loop runs.  For a program that ends, the wrapper runs it again
after each change, from a shell::

    python -m zonda.autoreload -m unittest
    python -m zonda.autoreload --until-success tests/run.py

This is for development: one process, no workers.
"""

from .error_sources import watch_error
from .errors import AutoreloadError
from .reloading import start, wait, watch
from .restart import add_reload_hook
from .restart import restart as restart_program
from .wrapper import main

__all__ = [
    "AutoreloadError",
    "add_reload_hook",
    "main",
    "restart_program",
    "start",
    "wait",
    "watch",
    "watch_error",
]
