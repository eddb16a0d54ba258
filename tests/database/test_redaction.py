"""No value of a statement is left in a message, cut short or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.database.redaction import without_values


@pytest.mark.parametrize(
    ("message", "values", "expected"),
    [
        ("Duplicate entry 'bob' for key 'email'", ["bob"], "Duplicate entry '...' for key 'email'"),
        ("Duplicate entry '1-bob' for 'k'", [1, "bob"], "Duplicate entry '...' for 'k'"),
        (
            "Incorrect value: 'abcdefghijklmnop...' for 'x'",
            ["abcdefghijklmnopqr"],
            "Incorrect value: '......' for 'x'",
        ),
        ("bad 'it''s'", ["it's"], "bad '...'"),
        ('no table "bob"', ["bob"], 'no table "..."'),
        ("no column 'x'", [], "no column 'x'"),
        ("no column 'x'", [None, 7], "no column 'x'"),
        ("many 'bob'", [("alice",), ("bob",)], "many '...'"),
        ("empty ''", [""], "empty ''"),
    ],
)
def test_values_are_taken_out_of_messages(
    message: str, values: list[object], expected: str
) -> None:
    assert without_values(message, values) == expected


@given(st.text(min_size=4), st.text(alphabet="abc "), st.text(alphabet="abc "))
def test_whole_value_is_never_left(value: str, before: str, after: str) -> None:
    shown = without_values(f"{before} '{value}' {after}", [value])
    assert value not in shown or value in "..." + before + after + " '"
