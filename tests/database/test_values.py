"""Values of other types than the driver's are converted, or refused by the name of their type."""

from __future__ import annotations

import enum

import pytest

from zonda.database import DataError
from zonda.database.values import adapt


class Colour(enum.Enum):
    RED = "red"
    BOTH = frozenset({1})


class Level(enum.IntEnum):
    HIGH = 3


class Safe(str):
    pass


class Raw(bytes):
    pass


class Ratio(float):
    pass


NATIVE: frozenset[type] = frozenset({str, int, bytes, float})


def convert(value: object) -> object:
    return "set" if isinstance(value, frozenset) else NotImplemented


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (Colour.RED, "red"),
        (Colour.BOTH, "set"),
        (Level.HIGH, 3),
        (Safe("s"), "s"),
        (Raw(b"r"), b"r"),
        (Ratio(0.5), 0.5),
        (frozenset(), "set"),
    ],
)
def test_known_values(value: object, sent: object) -> None:
    found = adapt(["x", value], NATIVE, convert)
    assert found == ["x", sent]
    assert type(found[1]) is type(sent)


def test_native_values_are_not_touched() -> None:
    values = (1, "a")
    assert adapt(values, NATIVE, convert) is values


def test_unknown_value_is_refused_without_being_shown() -> None:
    with pytest.raises(DataError, match=r"^parameter 2: a list cannot be a parameter here$"):
        adapt([1, ["secret"]], NATIVE, convert)
