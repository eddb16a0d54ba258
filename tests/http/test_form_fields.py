"""Names and values, in all the ways in which they may be given."""

from __future__ import annotations

from typing import Any

import pytest

from zonda.http import field_pairs


@pytest.mark.parametrize(
    ("fields", "pairs"),
    [
        ({}, []),
        ([], []),
        ({"a": "1", "b": b"2", "c": 3, "d": 4.5}, [("a", "1"), ("b", b"2"), ("c", 3), ("d", 4.5)]),
        ({"a": ["1", 2], "b": (), "c": iter("xy")}, [("a", "1"), ("a", 2), ("c", "x"), ("c", "y")]),
        ([("a", "1"), ["a", "2"]], [("a", "1"), ("a", "2")]),
        ((pair for pair in [("a", "1")]), [("a", "1")]),
        ({"": ""}, [("", "")]),
    ],
)
def test_pairs(fields: Any, pairs: list[tuple[str, object]]) -> None:
    assert list(field_pairs(fields)) == pairs


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("a=1", "mapping or a list of pairs, not of <class 'str'>"),
        (b"a=1", "mapping or a list of pairs"),
        (5, "mapping or a list of pairs"),
        (["a"], "pairs of a name and a value"),
        ([("a", "b", "c")], "pairs of a name and a value"),
        ([5], "pairs of a name and a value"),
        ({5: "a"}, "a name in params is a str, not 5"),
        ([(None, "a")], "a name in params is a str"),
        ({"a": None}, "'a' in params is text, bytes or a number, not of <class 'NoneType'>"),
        ({"a": True}, "'a' in params is .* <class 'bool'>"),
        ({"a": [["b"]]}, "'a' in params is .* <class 'list'>"),
        ({"a": {"b": {"c": "d"}}, "e": object()}, "'e' in params"),
        ([("a", ["b"])], "'a' in params"),
    ],
)
def test_what_is_none(fields: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        list(field_pairs(fields, "params"))


def test_a_value_is_not_shown() -> None:
    with pytest.raises(TypeError) as caught:
        list(field_pairs([("password", ["secret"])]))  # type: ignore[list-item]  # on purpose
    assert "secret" not in str(caught.value)
