"""Dates in header fields: RFC 9110 section 5.6.7."""

from __future__ import annotations

import functools
import re
import time
from datetime import UTC, date, datetime
from typing import Final

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: The names of months in dates.
MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_MONTH_NUMBERS: Final = {name: number for number, name in enumerate(MONTHS, 1)}
_EPOCH: Final = date(1970, 1, 1).toordinal()

_TIME: Final = r"([0-2][0-9]):([0-5][0-9]):([0-6][0-9])"
_IMF_FIXDATE: Final = r"[A-Z][a-z]{2}, ([0-3][0-9]) ([A-Z][a-z]{2}) ([0-9]{4}) " + _TIME + " GMT"
_RFC_850: Final = r"[A-Z][a-z]{5,8}, ([0-3][0-9])-([A-Z][a-z]{2})-([0-9]{2}) " + _TIME + " GMT"
_ASCTIME: Final = r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([0-3 ][0-9]) " + _TIME + " ([0-9]{4})"


def format_timestamp(
    ts: float | tuple[int, ...] | time.struct_time | datetime,
) -> str:
    """The date as it stands in a header.

    :param ts: seconds since the epoch as of :func:`time.time`, a tuple in UTC as of
        :func:`time.gmtime`, or a :class:`~datetime.datetime`, which is in UTC if it is naive.

    >>> format_timestamp(1359312200)
    'Sun, 27 Jan 2013 18:43:20 GMT'

    :raises TypeError: *ts* is something else.
    :raises ValueError: the date cannot be written with four digits for the year.
    """
    if isinstance(ts, int | float):
        seconds: float = ts
    elif isinstance(ts, datetime):
        seconds = _timegm(ts.utctimetuple())
    elif isinstance(ts, tuple):
        seconds = _timegm(ts)
    else:
        raise TypeError(f"no timestamp: {ts!r}")
    try:
        year, month, day, hour, minute, second, weekday = time.gmtime(seconds)[:7]
    except (OverflowError, OSError, ValueError):
        year = 0
    if not 1 <= year <= 9999:
        raise ValueError(f"the date {ts!r} cannot be written in a header")
    return (
        f"{_WEEKDAYS[weekday]}, {day:02} {MONTHS[month - 1]} {year:04} "
        f"{hour:02}:{minute:02}:{second:02} GMT"
    )


def parse_date(text: str) -> datetime | None:
    """The date of a header, in UTC, or None if it is none and so to be ignored.

    All three forms of RFC 9110 are read: IMF-fixdate, RFC 850, asctime.

    >>> parse_date("Sun, 06 Nov 1994 08:49:37 GMT")
    datetime.datetime(1994, 11, 6, 8, 49, 37, tzinfo=datetime.timezone.utc)
    >>> parse_date("tomorrow")
    """
    imf_fixdate, rfc_850, asctime = _forms()
    found = imf_fixdate.fullmatch(text)
    if found is not None:
        day, month, year, hour, minute, second = found.groups()
        return _build(int(year), month, day, hour, minute, second)
    found = rfc_850.fullmatch(text)
    if found is not None:
        day, month, year, hour, minute, second = found.groups()
        return _build(_full_year(int(year)), month, day, hour, minute, second)
    found = asctime.fullmatch(text)
    if found is not None:
        month, day, hour, minute, second, year = found.groups()
        return _build(int(year), month, day, hour, minute, second)
    return None


# Compiled when the first date is read, which takes half a millisecond.
@functools.cache
def _forms() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    return re.compile(_IMF_FIXDATE), re.compile(_RFC_850), re.compile(_ASCTIME)


def _build(year: int, month: str, day: str, hour: str, minute: str, second: str) -> datetime | None:
    # The grammar allows a leap second, which Python's clock does not know.
    seconds = 59 if second == "60" else int(second)
    number = _MONTH_NUMBERS.get(month, 0)
    try:
        return datetime(year, number, int(day), int(hour), int(minute), seconds, tzinfo=UTC)
    except ValueError:
        return None


def _full_year(year: int) -> int:
    """Two digits that seem more than 50 years ahead are the past, says RFC 9110."""
    now = time.gmtime().tm_year
    year += now - now % 100
    return year - 100 if year > now + 50 else year


def _timegm(fields: tuple[int, ...] | time.struct_time) -> int:
    year, month, day, hour, minute, second = fields[:6]
    days = date(year, month, 1).toordinal() - _EPOCH + day - 1
    return ((days * 24 + hour) * 60 + minute) * 60 + second
