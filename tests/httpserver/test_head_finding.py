"""Where a head ends, and what can be none any more."""

from __future__ import annotations

import pytest

from zonda.http import HTTPInputError, RequestStartLine, parse_request_block
from zonda.httpserver.head_finding import (
    MAX_EMPTY_LINES,
    check_version,
    find_head,
    remove_empty_lines,
)

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_the_end_of_a_head() -> None:
    assert find_head(bytearray(HEAD), 0, 100) == len(HEAD)
    assert find_head(bytearray(HEAD + b"body"), 0, 100) == len(HEAD)
    for size in range(1, len(HEAD)):
        assert find_head(bytearray(HEAD[:size]), 0, 100) == -1
        assert find_head(bytearray(HEAD), size, 100) == len(HEAD)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\n", 400),
        (b"GET / HTTP/1.1\nHost: x\r\nA", 400),
        (b"\x16\x03\x01", 400),
        (b" GET", 400),
        (b"G" * 101, 400),
        (b"GET /" + b"a" * 100, 414),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 100, 431),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 100 + b"\r\n\r\n", 431),
    ],
)
def test_what_can_be_no_head_is_refused_at_once(data: bytes, status: int) -> None:
    with pytest.raises(HTTPInputError) as raised:
        find_head(bytearray(data), 0, 100)
    assert raised.value.status == status


def test_a_head_of_exactly_the_limit_is_one() -> None:
    limit = len(HEAD) - 4
    assert find_head(bytearray(HEAD), 0, limit) == len(HEAD)
    with pytest.raises(HTTPInputError):
        find_head(bytearray(HEAD), 0, limit - 1)


@pytest.mark.parametrize(
    ("data", "lines", "left"),
    [(b"\r\n\r\nGET", 2, b"GET"), (b"\r\n", 1, b""), (b"\r\n\r", 1, b"\r"), (b"\r", 0, b"\r")],
)
def test_empty_lines(data: bytes, lines: int, left: bytes) -> None:
    buffer = bytearray(data)
    assert remove_empty_lines(buffer) == lines
    assert buffer == left


@pytest.mark.parametrize(
    "data", [b"\n", b"\rG", b"\r\n\rG", b"\r\n\n", b"\r\n" * (MAX_EMPTY_LINES + 1)]
)
def test_what_is_no_empty_line(data: bytes) -> None:
    with pytest.raises(HTTPInputError):
        remove_empty_lines(bytearray(data))


@pytest.mark.parametrize(
    ("version", "lines", "text"),
    [
        ("HTTP/1.1", b"A: b\r\n\r\n", "needs a Host"),
        ("HTTP/1.0", b"Transfer-Encoding: chunked\r\n\r\n", "no Transfer-Encoding"),
    ],
)
def test_what_each_version_demands(version: str, lines: bytes, text: str) -> None:
    with pytest.raises(HTTPInputError, match=text):
        check_version(RequestStartLine("GET", "/", version), parse_request_block(lines))
