"""Dates as people say them: "2 minutes ago", "yesterday at 6:35 pm", "April 28, 2013".

The wording is a message like any other, so a catalogue translates it.  Everything here is a
function of its arguments, the present time among them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .placeholders import fill

if TYPE_CHECKING:
    from .locales import Locale

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

AGO = {
    "seconds": ("1 second ago", "%(seconds)d seconds ago"),
    "minutes": ("1 minute ago", "%(minutes)d minutes ago"),
    "hours": ("1 hour ago", "%(hours)d hours ago"),
}
"""Placeholder to the singular and the plural of how long ago something was."""

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}

TODAY = ("%(time)s", "%(time)s")
YESTERDAY = ("yesterday at %(time)s", "yesterday")
THIS_WEEK = ("%(weekday)s at %(time)s", "%(weekday)s")
THIS_YEAR = ("%(month_name)s %(day)s at %(time)s", "%(month_name)s %(day)s")
FULL = ("%(month_name)s %(day)s, %(year)s at %(time)s", "%(month_name)s %(day)s, %(year)s")
DAY = ("%(weekday)s, %(month_name)s %(day)s", "%(month_name)s %(day)s")
"""Each wording with and without its longer part."""

MESSAGES = (
    *MONTHS,
    *WEEKDAYS,
    *dict.fromkeys((*TODAY, *YESTERDAY, *THIS_WEEK, *THIS_YEAR, *FULL, *DAY)),
)
"""Everything here that a catalogue can translate, but for :data:`AGO`."""

CLOCK_SKEW = timedelta(seconds=60)
"""A date that is less than this in the future is "now": clocks differ."""

ROUND_AT = 50
"""From 50 seconds on minutes are said, from 50 minutes on hours."""

WEEKDAY_DAYS = 5
"""A date of the last days is named by its weekday."""

YEARLESS_DAYS = 334
"""About eleven months: from then on the year is said, as the month could be this year's too."""

TWELVE_HOUR_CLOCK = {"en": ("am", "pm"), "en_US": ("am", "pm")}
ZH_HALVES = ("\u4e0a\u5348", "\u4e0b\u5348")


def as_utc(date: float | datetime) -> datetime:
    """A moment from seconds since 1970, or from a datetime, which is UTC where it has no zone."""
    if isinstance(date, (int, float)):
        return datetime.fromtimestamp(date, UTC)
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date


def format_date(
    locale: Locale,
    date: datetime,
    now: datetime,
    *,
    gmt_offset: int,
    relative: bool,
    shorter: bool,
    full_format: bool,
) -> str:
    """A date as seen from ``now``; both have a zone."""
    if date > now:
        if relative and date - now < CLOCK_SKEW:
            date = now
        else:
            full_format = True
    age = now - date
    if relative and not full_format and age.days == 0:
        return _ago(locale, age.seconds)
    offset = timedelta(minutes=gmt_offset)
    local = date.astimezone(UTC) - offset
    yesterday = now.astimezone(UTC) - offset - timedelta(days=1)
    was_yesterday = relative and local.date() == yesterday.date()
    wording = (FULL if full_format else _wording(age.days, was_yesterday))[shorter]
    values = {
        "month_name": locale.translate(MONTHS[local.month - 1]),
        "weekday": locale.translate(WEEKDAYS[local.weekday()]),
        "day": str(local.day),
        "year": str(local.year),
        "time": clock(locale.code, local),
    }
    return fill(locale.translate(wording), wording, values)


def _ago(locale: Locale, seconds: int) -> str:
    """How long ago something within the last day was."""
    unit = next((unit for unit, size in SECONDS.items() if seconds < ROUND_AT * size), "hours")
    count = round(seconds / SECONDS[unit])
    one, many = AGO[unit]
    return fill(locale.translate(one, many, count), one if count == 1 else many, {unit: count})


def _wording(days: int, was_yesterday: bool) -> tuple[str, str]:
    """How a date in the past is said, the vaguer the longer ago it is."""
    if days == 0:
        return TODAY
    if days == 1 and was_yesterday:
        return YESTERDAY
    if days < WEEKDAY_DAYS:
        return THIS_WEEK
    return THIS_YEAR if days < YEARLESS_DAYS else FULL


def clock(code: str, time: datetime) -> str:
    """The time of day: of 12 hours in American English and mainland Chinese, else of 24."""
    half = time.hour >= 12
    if code in TWELVE_HOUR_CLOCK:
        return f"{time.hour % 12 or 12}:{time.minute:02} {TWELVE_HOUR_CLOCK[code][half]}"
    if code == "zh_CN":
        return f"{ZH_HALVES[half]}{time.hour % 12 or 12}:{time.minute:02}"
    return f"{time.hour}:{time.minute:02}"


def format_day(locale: Locale, date: datetime, gmt_offset: int, dow: bool) -> str:
    """A day without its year: "Monday, January 22"."""
    local = date - timedelta(minutes=gmt_offset)
    wording = DAY[not dow]
    values = {
        "month_name": locale.translate(MONTHS[local.month - 1]),
        "weekday": locale.translate(WEEKDAYS[local.weekday()]),
        "day": str(local.day),
    }
    return fill(locale.translate(wording), wording, values)
