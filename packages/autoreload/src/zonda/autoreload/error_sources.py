"""Where an error may be mended."""

from __future__ import annotations

import os
import sys
import traceback

from .reloading import watch


def watch_error(error: BaseException) -> None:
    """Watch the files where *error* may be mended: they need not be files of modules (any more).

    Before :func:`wait`, in a program that cannot go on.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SyntaxError) and cause.filename:
            watch(cause.filename)
        if isinstance(cause, ModuleNotFoundError) and cause.name:
            place = cause.name.replace(".", os.sep)
            for directory in sys.path:
                watch(os.path.join(directory, f"{place}.py"))
                watch(os.path.join(directory, place, "__init__.py"))
        for frame, _ in traceback.walk_tb(cause.__traceback__):
            if os.path.isfile(frame.f_code.co_filename):
                watch(frame.f_code.co_filename)
        cause = cause.__cause__ or cause.__context__
