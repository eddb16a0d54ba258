"""Dates as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from zonda.locale import CSVLocale, Locale, get
from zonda.locale.dates import as_utc, clock, format_date

NOW = datetime(2013, 4, 28, 18, 35, tzinfo=UTC)
"""A Sunday."""


def said(
    date: datetime,
    locale: Locale | None = None,
    *,
    now: datetime = NOW,
    gmt_offset: int = 0,
    relative: bool = True,
    shorter: bool = False,
    full_format: bool = False,
) -> str:
    return format_date(
        locale or get("en_US"),
        date,
        now,
        gmt_offset=gmt_offset,
        relative=relative,
        shorter=shorter,
        full_format=full_format,
    )


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(0), "0 seconds ago"),
        (timedelta(seconds=1), "1 second ago"),
        (timedelta(seconds=49), "49 seconds ago"),
        (timedelta(seconds=50), "1 minute ago"),
        (timedelta(minutes=2), "2 minutes ago"),
        (timedelta(minutes=49), "49 minutes ago"),
        (timedelta(minutes=50), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "yesterday at 6:35 pm"),
        (timedelta(days=1, hours=20), "Friday at 10:35 pm"),
        (timedelta(days=4), "Wednesday at 6:35 pm"),
        (timedelta(days=5), "April 23 at 6:35 pm"),
        (timedelta(days=333), "May 30 at 6:35 pm"),
        (timedelta(days=334), "May 29, 2012 at 6:35 pm"),
        (timedelta(seconds=-59), "0 seconds ago"),
        (timedelta(seconds=-60), "April 28, 2013 at 6:36 pm"),
        (timedelta(days=-1), "April 29, 2013 at 6:35 pm"),
    ],
)
def test_the_longer_ago_the_vaguer(age: timedelta, text: str) -> None:
    assert said(NOW - age) == text


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(days=1), "yesterday"),
        (timedelta(days=2), "Friday"),
        (timedelta(days=300), "July 2"),
        (timedelta(days=500), "December 15, 2011"),
    ],
)
def test_shorter_leaves_out_the_time(age: timedelta, text: str) -> None:
    assert said(NOW - age, shorter=True) == text


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(hours=2), "4:35 pm"),
        (timedelta(days=1), "Saturday at 6:35 pm"),
        (timedelta(seconds=-30), "April 28, 2013 at 6:35 pm"),
    ],
)
def test_dates_that_are_not_relative(age: timedelta, text: str) -> None:
    assert said(NOW - age, relative=False) == text


def test_the_full_format_always_has_the_year() -> None:
    assert said(NOW, full_format=True) == "April 28, 2013 at 6:35 pm"
    assert said(NOW, full_format=True, shorter=True) == "April 28, 2013"


def test_the_offset_is_minutes_behind_utc() -> None:
    assert said(NOW, full_format=True, gmt_offset=-120) == "April 28, 2013 at 8:35 pm"
    assert said(NOW, full_format=True, gmt_offset=19 * 60) == "April 27, 2013 at 11:35 pm"


def test_yesterday_is_the_reader_s_yesterday() -> None:
    late = datetime(2013, 4, 28, 1, 0, tzinfo=UTC)
    date = late - timedelta(days=1, minutes=30)
    assert said(date, now=late) == "yesterday at 12:30 am"
    assert said(date, now=late, gmt_offset=60) == "Friday at 11:30 pm"


def test_a_date_in_another_zone_is_the_same_moment() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert said(NOW.astimezone(tokyo), full_format=True) == "April 28, 2013 at 6:35 pm"


def test_seconds_and_dates_without_a_zone_are_utc() -> None:
    assert as_utc(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert as_utc(1.5) == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert as_utc(datetime(1970, 1, 1)) == datetime(1970, 1, 1, tzinfo=UTC)
    assert as_utc(NOW) is NOW


@pytest.mark.parametrize(
    ("code", "hour", "text"),
    [
        ("en", 0, "12:05 am"),
        ("en_US", 12, "12:05 pm"),
        ("en_GB", 13, "13:05"),
        ("de_DE", 0, "0:05"),
        ("zh_CN", 9, "\u4e0a\u53489:05"),
        ("zh_CN", 21, "\u4e0b\u53489:05"),
    ],
)
def test_clock(code: str, hour: int, text: str) -> None:
    assert clock(code, datetime(2013, 1, 1, hour, 5)) == text


GERMAN = CSVLocale(
    "de_DE",
    {
        "unknown": {
            "April": "April",
            "Sunday": "Sonntag",
            "%(month_name)s %(day)s, %(year)s at %(time)s": (
                "%(day)s. %(month_name)s %(year)s um %(time)s"
            ),
            "%(weekday)s, %(month_name)s %(day)s": "%(weekday)s, %(day)s. %(month_name)s",
            "yesterday at %(time)s": "gestern um %(uhrzeit)s",
        },
        "singular": {"1 minute ago": "vor %(minutes)d Minute"},
        "plural": {"%(minutes)d minutes ago": "vor %(minutes)d Minuten"},
    },
)


def test_the_wording_is_translated() -> None:
    assert said(NOW, GERMAN, full_format=True) == "28. April 2013 um 18:35"
    assert said(NOW - timedelta(minutes=1), GERMAN) == "vor 1 Minute"
    assert said(NOW - timedelta(minutes=3), GERMAN) == "vor 3 Minuten"


def test_a_wording_that_cannot_be_filled_in_is_not_used() -> None:
    assert said(NOW - timedelta(days=1), GERMAN) == "yesterday at 18:35"


def test_format_day() -> None:
    english = get("en_US")
    date = datetime(2013, 4, 28, 18, 35)
    assert english.format_day(date) == "Sunday, April 28"
    assert english.format_day(date, dow=False) == "April 28"
    assert english.format_day(date, gmt_offset=-360) == "Monday, April 29"
    assert GERMAN.format_day(date) == "Sonntag, 28. April"


def test_format_date_looks_at_the_clock() -> None:
    english = get("en_US")
    now = datetime.now(UTC)
    assert english.format_date(now - timedelta(minutes=2)) == "2 minutes ago"
    assert english.format_date((now - timedelta(minutes=2)).replace(tzinfo=None)) == "2 minutes ago"
    assert english.format_date((now - timedelta(minutes=2)).timestamp()) == "2 minutes ago"
    assert english.format_date(NOW, full_format=True) == "April 28, 2013 at 6:35 pm"
