"""From text to values: one converter for each type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any

from .durations import parse_duration
from .moments import parse_moment

Converter = Callable[[str], object]

Kind = type[Any] | Converter
"""The type of an option: a class, or a function that makes a value from a text."""

BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), False),
}

MAX_RANGE = 1_000_000
"""The numbers that one range may have: ``1:9999999999`` would fill the memory."""


def parse_bool(text: str) -> bool:
    """One of :data:`BOOLEANS`, in any case of letters."""
    value = BOOLEANS.get(text.strip().lower())
    if value is None:
        raise ValueError("it has to be true or false, yes or no, on or off, 1 or 0")
    return value


def parse_int(text: str) -> int:
    """A whole number."""
    try:
        return int(text)
    except ValueError:
        raise ValueError("it has to be a whole number") from None


def parse_float(text: str) -> float:
    """A number."""
    try:
        return float(text)
    except ValueError:
        raise ValueError("it has to be a number") from None


CONVERTERS: Mapping[object, Converter] = {
    bool: parse_bool,
    int: parse_int,
    float: parse_float,
    datetime: parse_moment,
    timedelta: parse_duration,
}

METAVARS: Mapping[object, str] = {
    bool: "",
    int: "INTEGER",
    float: "NUMBER",
    str: "TEXT",
    datetime: "DATE",
    timedelta: "DURATION",
}


def converter(kind: Kind) -> Converter:
    """What makes a value of a type from a text; it raises ValueError for a text that is none.

    :param kind: one of :data:`CONVERTERS`, or any class or function that takes a text
    """
    known = CONVERTERS.get(kind)
    if known is not None:
        return known
    if isinstance(kind, type) and issubclass(kind, Enum):
        return partial(_parse_member, kind)
    return partial(_call, kind)


def _parse_member(kind: type[Enum], text: str) -> Enum:
    """A member by its name or, as text, its value."""
    for member in kind:
        if text in (member.name, str(member.value)):
            return member
    raise ValueError(f"it has to be one of {', '.join(str(member.value) for member in kind)}")


def _call(kind: Kind, text: str) -> object:
    """A value from a type of the program, whose errors may be of other kinds."""
    try:
        return kind(text)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise ValueError(str(error) or "it cannot be understood") from error


def parse_list(kind: Kind, text: str) -> list[object]:
    """Values with commas between them; of whole numbers also ranges, both ends included."""
    if not text:
        return []
    convert = converter(kind)
    values: list[object] = []
    for part in text.split(","):
        if kind is int and ":" in part:
            values.extend(parse_range(part))
        else:
            values.append(convert(part))
    return values


def parse_range(text: str) -> range:
    """``"3:6"`` as 3, 4, 5 and 6."""
    first, _, last = text.partition(":")
    numbers = range(parse_int(first), parse_int(last) + 1)
    if not 1 <= numbers.stop - numbers.start <= MAX_RANGE:
        raise ValueError(f"a range goes upwards, and has at most {MAX_RANGE} numbers")
    return numbers


def metavar(kind: object) -> str:
    """What stands for a value of a type in a help text."""
    if kind in METAVARS:
        return METAVARS[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(member.value) for member in kind)
    return getattr(kind, "__name__", "value").upper()


def name_of(kind: object) -> str:
    """The name of a type in an error."""
    return getattr(kind, "__name__", str(kind))
