"""Heads of answers as the functions in C read them, where there are any, and as Python does."""

from __future__ import annotations

from zonda.http import HTTPInputError
from zonda.httpclient import compiled
from zonda.httpclient.response_head import ResponseHead, parse_response_head

Said = dict[str, object]

#: What a connection has read before.
LAST = parse_response_head(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")


def _said(head: ResponseHead) -> Said:
    names = ("raw", "early", "fields", "framing", "length", "host", "close", "keep_alive", "plain")
    found = {f"lines {name}": getattr(head.block, name) for name in names}
    own = {name: getattr(head, name) for name in ("raw", "start_line", "keeps", "whole")}
    return {**found, **own, "order": list(head.block.fields)}


def python_reads(raw: bytes) -> Said | None:
    """All that a head says; None where it is refused."""
    try:
        return _said(parse_response_head(raw, LAST))
    except HTTPInputError:
        return None


def read(raw: bytes) -> Said | None:
    """What the functions in C make of it; None where they leave it to the Python parser."""
    if not compiled:
        return python_reads(raw)
    from zonda.httpclient._native import read_response_head

    head = read_response_head(raw, LAST)
    return None if head is None else _said(head)
