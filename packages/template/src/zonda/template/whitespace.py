"""The three ways to treat the whitespace of a template's text."""

from __future__ import annotations

import re

_RUN = re.compile(r"\s+")
_SPACES = re.compile(r"[\t ]+")

# Python's own rule for the names of files whose whitespace does not matter much.
_COMPRESSED_SUFFIXES = (".html", ".js")


def filter_whitespace(mode: str, text: str) -> str:
    """Return *text* with its whitespace treated in one of three modes.

    :param mode: ``"all"`` keeps it; ``"single"`` makes a run of whitespace one space, or one
        newline if there is a newline in it; ``"oneline"`` makes every run one space.
    :raises ValueError: for another mode.

    >>> filter_whitespace("single", "a  b  \\n\\n  c")
    'a b\\nc'
    """
    if mode == "all":
        return text
    if mode == "single":
        return _RUN.sub(lambda run: "\n" if "\n" in run[0] else _SPACES.sub(" ", run[0]), text)
    if mode == "oneline":
        return _RUN.sub(" ", text)
    raise ValueError(f"unknown whitespace mode {mode!r}: it must be 'all', 'single' or 'oneline'")


def default_mode(name: str) -> str:
    """The mode of a template of that name which says nothing about it."""
    return "single" if name.endswith(_COMPRESSED_SUFFIXES) else "all"
