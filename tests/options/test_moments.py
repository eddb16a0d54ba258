"""Dates and times as people write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.options.moments import parse_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sun Apr 28 05:16:07 2013", datetime(2013, 4, 28, 5, 16, 7)),
        ("2013-04-28 05:16:07", datetime(2013, 4, 28, 5, 16, 7)),
        ("2013-04-28 05:16", datetime(2013, 4, 28, 5, 16)),
        ("2013-04-28T05:16", datetime(2013, 4, 28, 5, 16)),
        ("20130428 05:16:07", datetime(2013, 4, 28, 5, 16, 7)),
        ("20130428 05:16", datetime(2013, 4, 28, 5, 16)),
        ("2013-04-28", datetime(2013, 4, 28)),
        ("20130428", datetime(2013, 4, 28)),
        ("05:16:07", datetime(1900, 1, 1, 5, 16, 7)),
        ("05:16", datetime(1900, 1, 1, 5, 16)),
        (
            "2013-04-28T05:16:07.5+02:00",
            datetime(2013, 4, 28, 5, 16, 7, 500_000, timezone(timedelta(hours=2))),
        ),
    ],
)
def test_parse_moment(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["", "tomorrow", "2013-02-30", "25:00", "28.4.2013", "\0"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 2011-03-11 14:05"):
        parse_moment(text)


@given(st.datetimes())
def test_iso_8601_goes_both_ways(moment: datetime) -> None:
    assert parse_moment(moment.isoformat()) == moment
    assert parse_moment(str(moment)) == moment
