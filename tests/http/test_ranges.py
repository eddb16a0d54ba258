"""Byte ranges."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from zonda.http.errors import RangeNotSatisfiableError
from zonda.http.ranges import (
    MAX_RANGES,
    ContentRange,
    get_content_range,
    get_unsatisfied_range,
    if_range_matches,
    parse_content_range,
    parse_range_header,
)

HUGE = "9" * 400


@pytest.mark.parametrize(
    ("header", "ranges"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=0-499", [(0, 500)]),
        ("bytes=500-", [(500, 1000)]),
        ("bytes=-500", [(500, 1000)]),
        ("bytes=-1", [(999, 1000)]),
        ("bytes=-2000", [(0, 1000)]),
        ("bytes=999-2000", [(999, 1000)]),
        ("bytes=0-" + HUGE, [(0, 1000)]),
        ("bytes=-" + HUGE, [(0, 1000)]),
        ("bytes=" + "0" * 400 + "1-2", [(1, 3)]),
        ("Bytes = 0-1", [(0, 2)]),
        ("bytes= 0-1 ,\t3-4 ,", [(0, 2), (3, 5)]),
        # The order that was asked for stays.
        ("bytes=-1,0-0", [(999, 1000), (0, 1)]),
        # What is not there is left out.
        ("bytes=2000-,0-1,-0", [(0, 2)]),
        # What overlaps is joined, so no byte is sent twice.
        ("bytes=5-9,0-7", [(0, 10)]),
        ("bytes=0-9,2-3,20-", [(0, 10), (20, 1000)]),
        ("bytes=0-,0-,0-,0-", [(0, 1000)]),
        ("bytes=0-4,5-9", [(0, 5), (5, 10)]),
    ],
)
def test_parse_range_header(header: str, ranges: list[tuple[int, int]]) -> None:
    assert parse_range_header(header, 1000) == ranges


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=a-b",
        "bytes=1-2-3",
        "bytes=--1",
        "bytes=+1-2",
        "bytes=1-+2",
        "bytes=0x1-2",
        "bytes=1_0-20",
        "bytes=1 - 2",
        "bytes=\u0661-\u0662",
        "bytes=0-1;2-3",
        "items=0-1",
        "bytes=" + ",".join(["0-0"] * 1000),
        "bytes=" + ",".join([f"{n}-{n}" for n in range(MAX_RANGES + 1)]),
        "bytes=" + "," * 1000,
    ],
)
def test_headers_that_are_ignored(header: str) -> None:
    assert parse_range_header(header, 1000) is None


@pytest.mark.parametrize(
    "header", ["bytes=1", "bytes=5-4", "bytes=0-1,5-4", "bytes=0-1,7", f"bytes={HUGE}-1"]
)
def test_ranges_that_are_none_are_rejected(header: str) -> None:
    with pytest.raises(RangeNotSatisfiableError):
        parse_range_header(header, 1000)


def test_as_many_ranges_as_the_limit() -> None:
    header = "bytes=" + ",".join([f"{2 * n}-{2 * n}" for n in range(MAX_RANGES)])
    ranges = parse_range_header(header, 1000)
    assert ranges is not None
    assert len(ranges) == MAX_RANGES


@pytest.mark.parametrize(
    ("header", "total"),
    [
        ("bytes=1000-", 1000),
        ("bytes=1000-2000", 1000),
        ("bytes=-0", 1000),
        (f"bytes={HUGE}-", 1000),
        (f"bytes={HUGE}-{HUGE}", 1000),
        ("bytes=0-", 0),
        ("bytes=-5", 0),
    ],
)
def test_ranges_that_are_not_there(header: str, total: int) -> None:
    with pytest.raises(RangeNotSatisfiableError, match=f"within {total} bytes") as caught:
        parse_range_header(header, total)
    assert (caught.value.status, caught.value.total) == (416, total)


@given(st.text(alphabet="0123456789-, =bytes") | st.text(), st.integers(0, 10**20))
def test_any_header_is_bounded(text: str, total: int) -> None:
    for header in (text, "bytes=" + text):
        try:
            ranges = parse_range_header(header, total)
        except RangeNotSatisfiableError:
            continue
        if ranges is not None:
            assert 0 < len(ranges) <= MAX_RANGES
            assert all(0 <= start < end <= total for start, end in ranges)
            assert sum(end - start for start, end in ranges) <= total


@given(st.binary(min_size=1, max_size=20), st.integers(0, 30), st.integers(0, 30))
def test_ranges_are_slices(content: bytes, first: int, last: int) -> None:
    try:
        ranges = parse_range_header(f"bytes={first}-{last}", len(content))
    except RangeNotSatisfiableError:
        assert first >= len(content) or first > last
        return
    assert first <= last and ranges is not None
    ((start, end),) = ranges
    assert content[start:end] == content[first : last + 1]


@pytest.mark.parametrize(
    ("start", "end", "total", "header"),
    [
        (None, None, 4, "bytes 0-3/4"),
        (None, 1, 4, "bytes 0-0/4"),
        (1, 3, 4, "bytes 1-2/4"),
        (1, None, 4, "bytes 1-3/4"),
    ],
)
def test_get_content_range(start: int | None, end: int | None, total: int, header: str) -> None:
    assert get_content_range(start, end, total) == header


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        ("bytes 0-3/4", ContentRange(0, 4, 4)),
        ("Bytes\t0-3/*", ContentRange(0, 4, None)),
        (get_unsatisfied_range(4), ContentRange(None, None, 4)),
        ("bytes 3-0/4", None),
        ("bytes 0-4/4", None),
        ("bytes 0-3", None),
        ("bytes */*", None),
        ("items 0-3/4", None),
        ("bytes 0-3/4 x", None),
        (f"bytes 0-{HUGE}/*", None),
        ("", None),
    ],
)
def test_parse_content_range(header: str, parsed: ContentRange | None) -> None:
    assert parse_content_range(header) == parsed


@given(st.integers(0, 10**17), st.integers(1, 10**17))
def test_content_ranges_are_read_back(start: int, length: int) -> None:
    end = start + length
    header = get_content_range(start, end, end + 1)
    assert parse_content_range(header) == ContentRange(start, end, end + 1)


MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("header", "etag", "modified", "matches"),
    [
        ('"v1"', '"v1"', None, True),
        (' "v1" ', '"v1"', None, True),
        ('"v1"', '"v2"', MODIFIED, False),
        ('"v1"', 'W/"v1"', None, False),
        ('W/"v1"', 'W/"v1"', MODIFIED, False),
        ('"v1"', None, MODIFIED, False),
        (MODIFIED, '"v1"', MODIFIED, True),
        ("Sunday, 06-Nov-94 08:49:37 GMT", None, MODIFIED, True),
        ("Sun, 06 Nov 1994 08:49:38 GMT", None, MODIFIED, False),
        (MODIFIED, '"v1"', None, False),
        ("nonsense", '"v1"', MODIFIED, False),
        ("", "", "", False),
    ],
)
def test_if_range(header: str, etag: str | None, modified: str | None, matches: bool) -> None:
    assert if_range_matches(header, etag, modified) is matches


@pytest.mark.parametrize("unit", ["0", "0-", "-", ",", " ", "0-1,", "1"])
def test_parse_range_header_is_linear(unit: str) -> None:
    def run(size: int) -> Callable[[], object]:
        header = "bytes=" + unit * size

        def parse() -> None:
            with contextlib.suppress(RangeNotSatisfiableError):
                parse_range_header(header, 1000)

        return parse

    assert growth(run) < LINEAR
