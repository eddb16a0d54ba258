"""Byte ranges: RFC 9110 section 14."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .dates import parse_date
from .errors import RangeNotSatisfiableError

#: A player or a download manager asks for one range or a few; each costs a part with a header of
#: its own, so RFC 9110 section 14.2 lets a server ignore requests for more.
MAX_RANGES: Final = 16

# Positions with more digits are beyond any representation, whatever they are.
_MAX_DIGITS: Final = 18
_BEYOND: Final = 10**_MAX_DIGITS

_RANGE: Final = re.compile(r"([0-9]*)-([0-9]*)")
_CONTENT_RANGE: Final = re.compile(
    r"bytes[ \t]+(?:([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)|\*/([0-9]{1,18}))",
    re.IGNORECASE,
)


class ContentRange(NamedTuple):
    """What a ``Content-Range`` says: ``content[start:end]`` of *total* bytes.

    :ivar start: the first position, or None in an answer with 416.
    :ivar end: the position behind the last one, or None in an answer with 416.
    :ivar total: the length of the representation, or None if it is not known.
    """

    start: int | None
    end: int | None
    total: int | None


def parse_range_header(header: str, total: int) -> list[tuple[int, int]] | None:
    """The ranges that a ``Range`` header asks for, as ``start`` and ``end`` for slices.

    None means that the header is to be ignored: it is malformed, has another unit, or asks for
    more than `MAX_RANGES`.  Ranges that are not within *total* bytes are left out, and those that
    overlap are joined, so what is sent is never more than the whole.

    >>> parse_range_header("bytes=0-99,-1", 1000), parse_range_header("bytes=9-", 1000)
    ([(0, 100), (999, 1000)], [(9, 1000)])
    >>> parse_range_header("pages=1-2", 1000)

    :raises RangeNotSatisfiableError: none of the ranges is within *total* bytes, or one is no
        range: it ends before it begins, or is one number (section 14.2 lets a server reject it).
    """
    unit, equals, text = header.partition("=")
    if not equals or unit.strip(" \t").lower() != "bytes" or text.count(",") >= MAX_RANGES:
        return None
    ranges: list[tuple[int, int]] = []
    count = 0
    for item in text.split(","):
        item = item.strip(" \t")
        if not item:
            continue
        found = _RANGE.fullmatch(item)
        if found is None or item == "-":
            if item.isascii() and item.isdigit():
                raise RangeNotSatisfiableError(total)
            return None
        first, last = found.groups()
        if first and last and _position(last) < _position(first):
            raise RangeNotSatisfiableError(total)
        count += 1
        start, end = _resolve(first, last, total)
        if start < end:
            ranges.append((start, end))
    if not count:
        return None
    if not ranges:
        raise RangeNotSatisfiableError(total)
    return _join(ranges)


def get_content_range(start: int | None, end: int | None, total: int) -> str:
    """The ``Content-Range`` of ``content[start:end]``, which has *total* bytes as a whole.

    >>> get_content_range(1, 3, 4), get_content_range(None, None, 4)
    ('bytes 1-2/4', 'bytes 0-3/4')
    """
    return f"bytes {start or 0}-{(total if end is None else end) - 1}/{total}"


def get_unsatisfied_range(total: int) -> str:
    """The ``Content-Range`` of an answer with status 416.

    >>> get_unsatisfied_range(4)
    'bytes */4'
    """
    return f"bytes */{total}"


def parse_content_range(header: str) -> ContentRange | None:
    """Read a ``Content-Range`` header; None if it is malformed or has another unit.

    >>> parse_content_range("bytes 1-2/4")
    ContentRange(start=1, end=3, total=4)
    """
    found = _CONTENT_RANGE.fullmatch(header.strip(" \t"))
    if found is None:
        return None
    first, last, length, unsatisfied = found.groups()
    if unsatisfied is not None:
        return ContentRange(None, None, int(unsatisfied))
    start, end = int(first), int(last) + 1
    total = None if length == "*" else int(length)
    if start >= end or (total is not None and end > total):
        return None
    return ContentRange(start, end, total)


def if_range_matches(header: str, etag: str | None, last_modified: str | None) -> bool:
    """Whether an ``If-Range`` header allows to answer with a range: RFC 9110 section 13.1.5.

    :param etag: of the representation, with its quotes; a weak one never matches.
    :param last_modified: its date as it stands in the header; it must be the same.

    >>> if_range_matches('"v1"', '"v1"', None), if_range_matches('W/"v1"', 'W/"v1"', None)
    (True, False)
    """
    header = header.strip(" \t")
    if header[:1] == '"':
        return header == etag
    date = parse_date(header)
    return date is not None and last_modified is not None and date == parse_date(last_modified)


def _position(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _MAX_DIGITS else _BEYOND


def _resolve(first: str, last: str, total: int) -> tuple[int, int]:
    if not first:
        return max(total - _position(last), 0), total
    end = total if not last else min(_position(last) + 1, total)
    return _position(first), end


def _join(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in the order asked for, or joined and in ascending order if any of them overlap."""
    ascending = sorted(ranges)
    joined = [ascending[0]]
    for start, end in ascending[1:]:
        if start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return ranges if len(joined) == len(ranges) else joined
