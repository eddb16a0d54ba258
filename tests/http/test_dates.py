"""Dates in header fields."""

from __future__ import annotations

import email.utils
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.http.dates import format_timestamp, parse_date

SECONDS = 784111777
DATE = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "timestamp",
    [
        SECONDS,
        SECONDS + 0.9,
        tuple(time.gmtime(SECONDS)),
        time.gmtime(SECONDS),
        DATE,
        DATE.replace(tzinfo=None),
        DATE.astimezone(timezone(timedelta(hours=-8))),
        (1994, 10, 37, 8, 49, 37, 0, 0, 0),
    ],
)
def test_format_timestamp(
    timestamp: float | tuple[int, ...] | time.struct_time | datetime,
) -> None:
    assert format_timestamp(timestamp) == "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize("timestamp", ["now", None, b"1", [1994]])
def test_what_is_no_timestamp(timestamp: object) -> None:
    with pytest.raises(TypeError, match="no timestamp"):
        format_timestamp(timestamp)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("timestamp", [1e12, -1e12, 1e300, float("inf"), float("nan"), 10**40])
def test_dates_that_cannot_be_written(timestamp: float) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        format_timestamp(timestamp)


@given(st.integers(-62135596800, 253402300799))
def test_formatted_dates_are_those_of_the_standard_library(seconds: int) -> None:
    text = format_timestamp(seconds)
    assert text == email.utils.format_datetime(
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), usegmt=True
    )
    parsed = parse_date(text)
    assert parsed is not None
    assert (parsed - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1) == seconds


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", DATE),
        ("Sunday, 06-Nov-94 08:49:37 GMT", DATE),
        ("Sun Nov  6 08:49:37 1994", DATE),
        ("Sun Nov 16 08:49:37 1994", DATE.replace(day=16)),
        ("Wed, 29 Feb 2012 00:00:00 GMT", datetime(2012, 2, 29, tzinfo=UTC)),
        ("Fri, 30 Jun 1972 23:59:60 GMT", datetime(1972, 6, 30, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_parse_date(text: str, date: datetime) -> None:
    assert parse_date(text) == date


@pytest.mark.parametrize("ahead", [-40, -10, 0, 10, 40])
def test_two_digits_for_a_year_mean_the_nearest_one(ahead: int) -> None:
    year = time.gmtime().tm_year + ahead
    parsed = parse_date(f"Sunday, 06-Nov-{year % 100:02} 08:49:37 GMT")
    assert parsed is not None
    assert parsed.year == year


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "784111777",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 2011 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 199\u0664 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


@given(st.text() | st.text(alphabet="SunMonNovFeb ,:-0123456789GMT"))
def test_any_text_is_a_date_or_none(text: str) -> None:
    date = parse_date(text)
    assert date is None or date.tzinfo is UTC
