"""Header lines as the functions in C read them, where there are any, and as Python does."""

from __future__ import annotations

from zonda.http import HeaderBlock, HTTPInputError, parse_request_block
from zonda.httpserver import compiled

Said = dict[str, object]


def _said(block: HeaderBlock) -> Said:
    names = ("raw", "early", "framing", "length", "host", "close", "keep_alive", "plain", "fields")
    return {name: getattr(block, name) for name in names}


def python_reads(raw: bytes, most: int) -> Said | None:
    """All that a block says; None where the lines are refused."""
    try:
        return _said(parse_request_block(raw, most))
    except HTTPInputError:
        return None


def read(raw: bytes, most: int) -> Said | None:
    """What the functions in C make of it; None where they leave it to the Python parser."""
    if not compiled:
        return python_reads(raw, most)
    from zonda.httpserver._native import read_header_lines

    block = read_header_lines(raw, most)
    return None if block is None else _said(block)
