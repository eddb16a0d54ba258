"""The traceback of what a command runs, without the frames of the command itself."""

from __future__ import annotations

import asyncio
import importlib
import sys
import traceback
from pathlib import Path
from types import TracebackType

# `zonda.web` and its siblings, and what loads modules and runs coroutines for them.
_OURS = tuple(
    str(path)
    for path in (
        *map(Path, sys.modules["zonda"].__path__),
        *(Path(module.__file__).parent for module in (asyncio, importlib) if module.__file__),
    )
)


def print_own_traceback(error: BaseException) -> None:
    """Print what a program raised, from the first line of its own on."""
    start = error.__traceback__
    while start is not None and _is_ours(start):
        start = start.tb_next
    if start is None and not isinstance(error, SyntaxError):
        start = error.__traceback__  # the error is ours
    traceback.print_exception(type(error), error, start)


def _is_ours(frame: TracebackType) -> bool:
    name = frame.tb_frame.f_code.co_filename
    return name.startswith(("<frozen importlib", "uvloop/", *_OURS))
