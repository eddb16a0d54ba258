"""Paths of the file system, worked out without asking it."""

from __future__ import annotations

import os


def absolute(path: str) -> str:
    """`os.path.abspath`, which asks for the working directory even where it is not needed."""
    return os.path.normpath(path) if os.path.isabs(path) else os.path.abspath(path)


def is_below(path: str, root: str) -> bool:
    """Whether *path* is *root* or in it; both are absolute."""
    return path == root or path.startswith(root.rstrip(os.path.sep) + os.path.sep)
