"""Durations as people write them: ``90``, ``1.5h``, ``1h 30m``, ``2 days``."""

from __future__ import annotations

import re
from datetime import timedelta

UNITS = {
    "w": "weeks",
    "week": "weeks",
    "d": "days",
    "day": "days",
    "h": "hours",
    "hr": "hours",
    "hour": "hours",
    "m": "minutes",
    "min": "minutes",
    "minute": "minutes",
    "s": "seconds",
    "sec": "seconds",
    "second": "seconds",
    "ms": "milliseconds",
    "millisecond": "milliseconds",
    "us": "microseconds",
    "µs": "microseconds",
    "microsecond": "microseconds",
}
"""A unit may also have the "s" of the plural, but for the short ones."""

PART = re.compile(
    r"\s*+([-+]?+(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:e[-+]?[0-9]++)?+)\s*+([^\W\d_]*+)\s*+",
    re.IGNORECASE,
)
"""A number and its unit."""

ALLOWED = "a number with w, d, h, m, s, ms or us, or several of these, as in 1h 30m"


def parse_duration(text: str) -> timedelta:
    """The sum of all parts; a number without a unit is in seconds.

    :raises ValueError: when the text is something else, or too large

    >>> parse_duration("1h 30m")
    datetime.timedelta(seconds=5400)
    """
    total = timedelta()
    position = 0
    while position < len(text) or not text:
        match = PART.match(text, position)
        if match is None:
            raise ValueError(f"it has to be {ALLOWED}")
        number, unit = match.groups()
        total += timedelta(**{_unit(unit): float(number)})
        position = match.end()
    return total


def _unit(name: str) -> str:
    """The argument of :class:`~datetime.timedelta` for a unit."""
    if not name:
        return "seconds"
    lower = name.lower()
    unit = UNITS.get(lower)
    if unit is None and lower.endswith("s") and len(lower) > 2:
        unit = UNITS.get(lower[:-1])
    if unit is None:
        raise ValueError(f"there is no unit {name!r}; it has to be {ALLOWED}")
    return unit
