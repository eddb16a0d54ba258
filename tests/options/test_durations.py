"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.options.durations import UNITS, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("45", timedelta(seconds=45)),
        ("0", timedelta(0)),
        ("45s", timedelta(seconds=45)),
        ("1.5h", timedelta(hours=1.5)),
        (".5 min", timedelta(seconds=30)),
        ("1e3ms", timedelta(seconds=1)),
        ("1h 30m", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        (" 2 Days  ", timedelta(days=2)),
        ("1 week 1 day", timedelta(days=8)),
        ("3 hrs 2 minutes 1 second", timedelta(hours=3, minutes=2, seconds=1)),
        ("5us 5µs", timedelta(microseconds=10)),
        ("-5m", timedelta(minutes=-5)),
        ("1h -10m", timedelta(minutes=50)),
        ("2W", timedelta(weeks=2)),
    ],
)
def test_parse_duration(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has to be a number with"),
        ("   ", "has to be a number with"),
        ("soon", "has to be a number with"),
        ("1h later", "has to be a number with"),
        ("5 fortnights", "no unit 'fortnights'"),
        ("5 ss", "no unit 'ss'"),
        ("1h,30m", "has to be a number with"),
    ],
)
def test_anything_else_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_duration(text)


@pytest.mark.parametrize("text", ["1e300d", "99999999999 weeks"])
def test_more_than_a_duration_can_be(text: str) -> None:
    with pytest.raises(OverflowError):
        parse_duration(text)


@given(
    st.lists(st.tuples(st.integers(-1000, 1000), st.sampled_from(sorted(UNITS))), min_size=1),
    st.sampled_from(["", " "]),
)
def test_the_parts_add_up(parts: list[tuple[int, str]], space: str) -> None:
    text = " ".join(f"{number}{space}{unit}" for number, unit in parts)
    total = sum((timedelta(**{UNITS[unit]: number}) for number, unit in parts), timedelta())
    assert parse_duration(text) == total


@given(st.text("0123456789.e+- hms", max_size=60))
def test_any_text_is_a_duration_or_an_error(text: str) -> None:
    try:
        assert isinstance(parse_duration(text), timedelta)
    except (ValueError, OverflowError) as error:
        assert str(error)
