"""Dates and times as people write them."""

from __future__ import annotations

from datetime import datetime

FORMATS = (
    "%a %b %d %H:%M:%S %Y",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d %H:%M",
    "%H:%M:%S",
    "%H:%M",
)
"""What is understood beside ISO 8601.  A time of day alone is one of 1 January 1900."""

ALLOWED = "a date and time such as 2011-03-11 14:05, 2011-03-11T14:05:00+01:00 or 20110311"


def parse_moment(text: str) -> datetime:
    """A date, a time, or both; with a time zone where the text has one.

    :raises ValueError: when the text is something else

    >>> parse_moment("2011-03-11 14:05")
    datetime.datetime(2011, 3, 11, 14, 5)
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for format in FORMATS:
        try:
            return datetime.strptime(text, format)
        except ValueError:
            continue
    raise ValueError(f"it has to be {ALLOWED}")
