"""Telling the developer about broken files: one log record for each file, and the rest loads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LOGGER_NAME = "zonda.general"

MAX_PROBLEMS_NAMED = 5
"""How many problems of one file are written out; a file in a wrong encoding has one in each row."""


class Problem(NamedTuple):
    """Something in a file that cannot be used.

    :ivar line: the number of the line it begins on, from 1, or 0 where it is the whole file
    :ivar reason: what is wrong, and what is allowed
    """

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


def summarize(problems: Sequence[Problem]) -> str:
    """One message about all problems of a file."""
    named = "; ".join(map(str, problems[:MAX_PROBLEMS_NAMED]))
    more = len(problems) - MAX_PROBLEMS_NAMED
    return named + (f"; and {more} more" if more > 0 else "")


def report(path: str, problems: Sequence[Problem]) -> None:
    """Log the problems of a file as one error, if there are any."""
    if problems:
        import logging

        logging.getLogger(LOGGER_NAME).error("%s: %s", path, summarize(problems))
