"""The first line of a message."""

from __future__ import annotations

import pytest

from zonda.http import (
    HTTPInputError,
    RequestStartLine,
    ResponseStartLine,
    parse_request_line,
    parse_request_start_line,
    parse_response_start_line,
    recall_request_line,
)
from zonda.http.start_line import REMEMBERED_LINE_SIZE, REMEMBERED_LINES, split_absolute_form


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        (b"GET / HTTP/1.1", ("GET", "/", "HTTP/1.1")),
        (b"get /a?b=c HTTP/1.0", ("get", "/a?b=c", "HTTP/1.0")),
        (b"OPTIONS * HTTP/1.1", ("OPTIONS", "*", "HTTP/1.1")),
        (b"GET http://a.b/c?d HTTP/1.1", ("GET", "http://a.b/c?d", "HTTP/1.1")),
        ("GET /ä%20 HTTP/1.1".encode(), ("GET", "/%C3%A4%20", "HTTP/1.1")),
        (b"M-SEARCH /~x HTTP/1.1", ("M-SEARCH", "/~x", "HTTP/1.1")),
    ],
)
def test_request_lines(line: bytes, parsed: tuple[str, str, str]) -> None:
    assert parse_request_line(line) == RequestStartLine(*parsed)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET / HTTP/1.10", 400),
        (b"GET / HTTP/1.32", 400),
        (b"GET / HTTP/1.", 400),
        (b"GET / HTTP/11", 400),
        (b"GET / HTTP/01.01", 400),
        (b"GET / HTTP/ 1.1", 400),
        (b"GET / http/1.1", 400),
        (b"GET / HTTP/4294967297.1", 400),
        (b"GET / HTTP/2.0", 505),
        (b"GET / HTTP/0.9", 505),
        (b"GET / HTTP/1.2", 505),
        (b"GET /", 400),
        (b"GET", 400),
        (b"", 400),
        (b" GET / HTTP/1.1", 400),
        (b"GET  / HTTP/1.1", 400),
        (b"GET /  HTTP/1.1", 400),
        (b"GET / HTTP/1.1 ", 400),
        (b"GET\t/\tHTTP/1.1", 400),
        (b"GE(T / HTTP/1.1", 400),
        (b"G\xc3\x84T / HTTP/1.1", 400),
        (b"X" * 33 + b" / HTTP/1.1", 400),
        (b"GET * HTTP/1.1", 400),
        (b"GET foo HTTP/1.1", 400),
        (b"GET ftp://a/b HTTP/1.1", 400),
        (b"GET /a b HTTP/1.1", 400),
        (b"GET /\x00 HTTP/1.1", 400),
        (b"GET /\x7f HTTP/1.1", 400),
        (b"GET /\r HTTP/1.1", 400),
        (b"CONNECT a:443 HTTP/1.1", 405),
    ],
)
def test_lines_that_are_no_request_lines(line: bytes, status: int) -> None:
    with pytest.raises(HTTPInputError) as raised:
        parse_request_line(line)
    assert raised.value.status == status


def test_text_beyond_latin_1_is_no_request_line() -> None:
    with pytest.raises(HTTPInputError, match="Latin-1"):
        parse_request_start_line("GET /\u20ac HTTP/1.1")


def test_a_line_is_remembered() -> None:
    line = b"GET /remembered HTTP/1.1"
    assert recall_request_line(line) is None
    assert parse_request_line(line) is recall_request_line(line)


def test_long_lines_and_old_versions_are_not_remembered() -> None:
    for line in (b"GET /" + b"x" * REMEMBERED_LINE_SIZE + b" HTTP/1.1", b"GET / HTTP/1.0"):
        parse_request_line(line)
        assert recall_request_line(line) is None


def test_the_memory_is_bounded() -> None:
    from zonda.http import start_line

    for number in range(REMEMBERED_LINES * 2):
        parse_request_line(b"GET /%d HTTP/1.1" % number)
        assert len(start_line._remembered) <= REMEMBERED_LINES


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("HTTP/1.1 200 OK", ("HTTP/1.1", 200, "OK")),
        ("HTTP/1.0 404 Not Found", ("HTTP/1.0", 404, "Not Found")),
        ("HTTP/1.1 200 ", ("HTTP/1.1", 200, "")),
        ("HTTP/1.1 200", ("HTTP/1.1", 200, "")),
    ],
)
def test_status_lines(line: str, parsed: tuple[str, int, str]) -> None:
    assert parse_response_start_line(line) == ResponseStartLine(*parsed)


@pytest.mark.parametrize(
    "line",
    [
        *("HTTP/2 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000", "200 OK", "", "HTTP/1.1  200"),
        *("HTTP/1.1 099 Low", "HTTP/1.1 000", "HTTP/1.1 -10"),
    ],
)
def test_lines_that_are_no_status_lines(line: str) -> None:
    with pytest.raises(HTTPInputError):
        parse_response_start_line(line)


@pytest.mark.parametrize(
    ("target", "split"),
    [
        ("http://a.b/c?d", ("a.b", "/c?d")),
        ("HTTPS://a.b:1", ("a.b:1", "/")),
        ("http://a?b", ("a", "/?b")),
        ("/a", None),
        ("http:///a", None),
    ],
)
def test_absolute_form(target: str, split: tuple[str, str] | None) -> None:
    assert split_absolute_form(target) == split
