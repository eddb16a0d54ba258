"""Values on their way to a driver: each of a type that the driver binds, or a clear error."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence

from .errors import DataError


def adapt(
    values: Sequence[object], native: frozenset[type], convert: Callable[[object], object]
) -> Sequence[object]:
    """*values*, with those that are not of a *native* type converted.

    An enumeration becomes its value, and a subclass of a native type passes for it.  *convert*
    returns ``NotImplemented`` for what it does not know.

    :raises DataError: for a type that nobody knows; it names the type, not the value
    """
    for value in values:
        if type(value) not in native:
            return [
                each if type(each) in native else _adapt(each, number, native, convert)
                for number, each in enumerate(values, 1)
            ]
    return values


def _adapt(
    value: object, number: int, native: frozenset[type], convert: Callable[[object], object]
) -> object:
    if isinstance(value, enum.Enum):
        value = value.value
        if type(value) in native:
            return value
    converted = convert(value)
    if converted is not NotImplemented:
        return converted
    if isinstance(value, (str, bytes, int, float)):
        return _plain(value)
    raise DataError(f"parameter {number}: a {type(value).__name__} cannot be a parameter here")


def _plain(value: str | bytes | int | float) -> object:
    """The value without its subclass."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        return bytes(value)
    return int(value) if isinstance(value, int) else float(value)
