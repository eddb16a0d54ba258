"""utf8, to_unicode and their relatives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth_of
from zonda.escape import (
    native_str,
    recursive_unicode,
    squeeze,
    to_basestring,
    to_unicode,
    utf8,
)


@given(st.text())
def test_text_survives_the_round_trip(text: str) -> None:
    assert to_unicode(utf8(text)) == text


def test_what_is_right_already_is_returned_itself() -> None:
    data, text = b"Zo\xc3\xab" * 2, "Zoë" * 2
    assert utf8(data) is data
    assert to_unicode(text) is text
    assert utf8(None) is None
    assert to_unicode(None) is None


@pytest.mark.parametrize("value", [1, 1.5, ["a"], bytearray(b"a"), object()])
@pytest.mark.parametrize("convert", [utf8, to_unicode])
def test_other_types_are_refused_by_name(convert: object, value: object) -> None:
    assert callable(convert)
    with pytest.raises(TypeError, match=f"got {type(value).__name__}"):
        convert(value)


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        to_unicode(b"\xe9")


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        utf8("\ud800")


def test_the_old_names_are_the_same_function() -> None:
    assert native_str is to_unicode
    assert to_basestring is to_unicode


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        (b"foo", "foo"),
        ("foo", "foo"),
        (7, 7),
        (None, None),
        ([b"a", "b", 1], ["a", "b", 1]),
        ((b"a", [b"b"]), ("a", ["b"])),
        ({b"k": {b"l": (b"v",)}}, {"k": {"l": ("v",)}}),
    ],
)
def test_recursive_unicode(given_value: object, expected: object) -> None:
    result = recursive_unicode(given_value)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sequences     of    whitespace   chars", "sequences of whitespace chars"),
        ("\n\t a \r\n\x00\x1f b \n", "a b"),
        ("", ""),
        (" \n ", ""),
        ("a\xa0\xa0b", "a\xa0\xa0b"),
    ],
)
def test_squeeze(text: str, expected: str) -> None:
    assert squeeze(text) == expected


@pytest.mark.parametrize("unit", [" ", "a ", " \n\t", "a"])
def test_squeeze_is_linear(unit: str) -> None:
    assert growth_of(squeeze, lambda size: unit * size) < LINEAR
