"""Python's values in SQLite's five types, and back.

SQLite knows integers, floats, text, bytes and NULL.  Dates and times become ISO 8601 text, which
sorts as the times do; decimal numbers and UUIDs become text; an enumeration becomes its value.
"""

from __future__ import annotations

import datetime
import decimal
import functools
import sqlite3
import uuid
from collections.abc import Callable, Sequence

from .values import adapt

_NATIVE: frozenset[type] = frozenset(
    {int, float, str, bytes, type(None), bool, bytearray, memoryview}
)


def adapted(values: Sequence[object]) -> Sequence[object]:
    """*values* as SQLite can bind them.

    :raises DataError: for a type that it cannot
    """
    return adapt(values, _NATIVE, _convert_out)


def _convert_out(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    return NotImplemented


@functools.cache
def register_converters() -> None:
    """Have columns that are declared as dates come back as dates.

    The names are known to the ``sqlite3`` module, not to a connection; other connections are
    concerned only when they ask for declared types too.
    """
    parse_date, parse_datetime = datetime.date.fromisoformat, datetime.datetime.fromisoformat
    sqlite3.register_converter("DATE", functools.partial(_convert_in, parse_date))
    sqlite3.register_converter("DATETIME", functools.partial(_convert_in, parse_datetime))
    sqlite3.register_converter("TIMESTAMP", functools.partial(_convert_in, parse_datetime))


def _convert_in(parse: Callable[[str], object], stored: bytes) -> object:
    """What was stored as a date; anything else as it is, since SQLite checks no type."""
    text = stored.decode(errors="surrogateescape")
    try:
        return parse(text)
    except ValueError:
        pass
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text
