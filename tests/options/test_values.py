"""From text to values."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from zonda.options.values import (
    MAX_RANGE,
    Kind,
    converter,
    metavar,
    name_of,
    parse_list,
    parse_range,
)


class Color(Enum):
    RED = "red"
    BLUE = 2


def host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return host, int(port)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (str, " as it is ", " as it is "),
        (int, "-42", -42),
        (float, "1.5", 1.5),
        (bool, "true", True),
        (bool, "ON", True),
        (bool, "1", True),
        (bool, "No", False),
        (bool, "f", False),
        (Color, "red", Color.RED),
        (Color, "RED", Color.RED),
        (Color, "2", Color.BLUE),
        (Path, "/tmp", Path("/tmp")),
        (Decimal, "1.10", Decimal("1.10")),
        (IPv4Address, "127.0.0.1", IPv4Address("127.0.0.1")),
        (host_and_port, "a:80", ("a", 80)),
    ],
)
def test_a_value(kind: Kind, text: str, value: object) -> None:
    assert converter(kind)(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (int, "x", "whole number"),
        (int, "1.5", "whole number"),
        (int, "9" * 5000, "whole number"),
        (float, "x", "a number"),
        (bool, "fasle", "true or false, yes or no, on or off, 1 or 0"),
        (bool, "", "true or false"),
        (Color, "green", "one of red, 2"),
        (Decimal, "x", "ConversionSyntax|Invalid literal"),  # in C, in Python
        (IPv4Address, "256.0.0.1", "256"),
        (host_and_port, "a", "invalid literal"),
    ],
)
def test_a_text_that_is_no_value(kind: Kind, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        converter(kind)(text)


def test_an_error_without_words_gets_some() -> None:
    def refuse(text: str) -> object:
        raise ValueError

    with pytest.raises(ValueError, match="cannot be understood"):
        converter(refuse)("x")


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        (str, "a,b,c", ["a", "b", "c"]),
        (str, "1:3", ["1:3"]),
        (str, "a,,b", ["a", "", "b"]),
        (str, "", []),
        (int, "1,3,5:7", [1, 3, 5, 6, 7]),
        (int, "-2:0", [-2, -1, 0]),
        (int, "7:7", [7]),
        (bool, "on,off", [True, False]),
        (float, "1,2.5", [1.0, 2.5]),
    ],
)
def test_a_list(kind: Kind, text: str, values: list[object]) -> None:
    assert parse_list(kind, text) == values


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("7:5", "upwards"),
        (f"1:{MAX_RANGE + 1}", f"at most {MAX_RANGE}"),
        ("1:99999999999999999999", "at most"),
        ("1:", "whole number"),
        (":", "whole number"),
        ("1:2:3", "whole number"),
    ],
)
def test_a_range_that_is_none(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_list(int, text)


def test_the_longest_range() -> None:
    assert len(parse_range(f"1:{MAX_RANGE}")) == MAX_RANGE


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (bool, ""),
        (int, "INTEGER"),
        (Color, "red|2"),
        (Path, "PATH"),
        (host_and_port, "HOST_AND_PORT"),
    ],
)
def test_metavar(kind: Kind, text: str) -> None:
    assert metavar(kind) == text


def test_name_of() -> None:
    assert name_of(int) == "int"
    assert name_of(host_and_port) == "host_and_port"
