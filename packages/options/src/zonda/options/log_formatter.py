"""Log records as lines: with colours for a terminal, or as JSON for a program.

What a record says may come from a stranger.  Characters that would control a terminal, and those
that cannot be encoded, are written as their escapes; the lines after the first of a record are
indented, so that none of them passes for a record of its own.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""All control characters but tab and line feed, the line separators of Unicode, surrogates."""

FOREGROUND = "\x1b[3{}m"
NORMAL = "\x1b[0m"

STANDARD_ATTRIBUTES = frozenset(
    {*logging.makeLogRecord({}).__dict__, "message", "asctime", "color", "end_color", "taskName"}
)
"""What every record has; everything else was given as ``extra``."""


def printable(text: str) -> str:
    """The text with its control characters as escapes.

    >>> printable("a\\x1b[2J")
    'a\\\\x1b[2J'
    """
    return CONTROL.sub(lambda match: repr(match[0])[1:-1], text)


def message_of(record: logging.LogRecord) -> str:
    """What a record says, even where its arguments do not fit its message."""
    try:
        return record.getMessage()
    except Exception as error:
        return f"Bad message ({error!r}): {record.msg!r} with {record.args!r}"


def stderr_has_color() -> bool:
    """Whether standard error is a terminal with colours; ``NO_COLOR`` says that it has none."""
    isatty = getattr(sys.stderr, "isatty", None)
    if isatty is None or not isatty():
        return False
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class LogFormatter(logging.Formatter):
    """Lines such as ``[I 110311 14:05:00 app:12] message``, with a colour for the level.

    :param fmt: as of :class:`logging.Formatter`; what is between ``%(color)s`` and
        ``%(end_color)s`` is coloured
    :param datefmt: of ``%(asctime)s``
    :param style: of ``fmt``
    :param color: whether to use colours if standard error is a terminal with colours
    :param colors: level to the number of an ANSI colour, from 0 to 7
    """

    DEFAULT_FORMAT: Final = (
        "%(color)s[%(levelname)1.1s %(asctime)s %(module)s:%(lineno)d]%(end_color)s %(message)s"
    )
    DEFAULT_DATE_FORMAT: Final = "%y%m%d %H:%M:%S"
    DEFAULT_COLORS: Final[Mapping[int, int]] = {
        logging.DEBUG: 4,
        logging.INFO: 2,
        logging.WARNING: 3,
        logging.ERROR: 1,
        logging.CRITICAL: 5,
    }

    def __init__(
        self,
        fmt: str | None = DEFAULT_FORMAT,
        datefmt: str | None = DEFAULT_DATE_FORMAT,
        style: Literal["%", "{", "$"] = "%",
        color: bool = True,
        colors: Mapping[int, int] = DEFAULT_COLORS,
    ) -> None:
        super().__init__(
            fmt or self.DEFAULT_FORMAT, datefmt or self.DEFAULT_DATE_FORMAT, style, validate=False
        )
        self._colors: dict[int, str] = {}
        self._normal = ""
        if color and stderr_has_color():
            self._colors = {level: FOREGROUND.format(code) for level, code in colors.items()}
            self._normal = NORMAL

    def format(self, record: logging.LogRecord) -> str:
        """The lines of a record, without the last line feed."""
        record.message = printable(message_of(record))
        record.asctime = self.formatTime(record, self.datefmt)
        color = self._colors.get(record.levelno, "")
        record.color, record.end_color = color, self._normal if color else ""
        lines = [self.formatMessage(record).rstrip("\n")]
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            lines.append(printable(record.exc_text))
        if record.stack_info:
            lines.append(printable(self.formatStack(record.stack_info)))
        return "\n".join(lines).replace("\n", "\n    ")


class JSONFormatter(logging.Formatter):
    """One JSON object on a line for each record.

    It has ``time`` (UTC, ISO 8601), ``level``, ``logger``, ``message``, ``module``, ``line``,
    ``process``, and where there is one ``exception`` and ``stack``.  What the program gave as
    ``extra`` is there by its own names; a value that is not of JSON is there as a text.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The object of a record."""
        data: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            "module": record.module,
            "line": record.lineno,
            "process": record.process,
        }
        if record.exc_info:
            data["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            data["stack"] = record.stack_info
        extra = {k: v for k, v in record.__dict__.items() if k not in STANDARD_ATTRIBUTES}
        try:
            return json.dumps({**extra, **data}, default=str, allow_nan=False)
        except (RecursionError, TypeError, ValueError):
            return json.dumps({**{str(k): repr(v) for k, v in extra.items()}, **data})
