"""The errors of this package."""

from __future__ import annotations


class AutoreloadError(Exception):
    """The process cannot be restarted, or the command line of the wrapper makes no sense."""
