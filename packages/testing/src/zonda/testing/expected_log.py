"""`ExpectLog`: log lines that a test provokes."""

from __future__ import annotations

import logging
import re
from types import TracebackType
from typing import Self


class ExpectLog(logging.Filter):
    """Hides log lines that are expected, and fails if they do not come.

    >>> log = logging.getLogger("example")
    >>> with ExpectLog(log, "disk .* full"):
    ...     log.warning("disk 3 is full")

    :param logger: a logger or its name; ``""`` is the root, which also gets what others pass on.
    :param regex: what the beginning of a line must match; other lines are logged as ever.
    :param required: whether it is an error if no line matches.
    :param level: of `logging`; lines of other levels do not match, and the logger lets this one
        through meanwhile.
    :raises AssertionError: at the end of the ``with`` block, if *required* and no line matched.
    :ivar matched: how many lines matched.
    :ivar logged_stack: whether one of them had a traceback.
    """

    def __init__(
        self,
        logger: logging.Logger | str,
        regex: str,
        required: bool = True,
        level: int | None = None,
    ) -> None:
        super().__init__()
        self.logger = logging.getLogger(logger) if isinstance(logger, str) else logger
        self.regex = re.compile(regex)
        self.required = required
        self.level = level
        self.matched = 0
        self.logged_stack = False
        self._former_level: int | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record pass unless it is expected."""
        if self.level is not None and record.levelno != self.level:
            return True
        if self.regex.match(record.getMessage()) is None:
            return True
        self.matched += 1
        if record.exc_info:
            self.logged_stack = True
        return False

    def __enter__(self) -> Self:
        logger = self.logger
        if self.level is not None and self.level < logger.getEffectiveLevel():
            self._former_level = logger.level
            logger.setLevel(self.level)
        for place in self._places():
            place.addFilter(self)
        return self

    def __exit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        for place in self._places():
            place.removeFilter(self)
        if self._former_level is not None:
            self.logger.setLevel(self._former_level)
            self._former_level = None
        if typ is None and self.required and not self.matched:
            level = "" if self.level is None else f"{logging.getLevelName(self.level)} "
            raise AssertionError(
                f"no {level}line of the logger {self.logger.name!r} matched {self.regex.pattern!r}"
            )

    def _places(self) -> list[logging.Filterer]:
        """What is passed on to the root goes past its filters, but not past its handlers'."""
        at_root = self.logger is logging.getLogger()
        return [self.logger, *(self.logger.handlers if at_root else ())]
