"""Status lines, and which answers have a body."""

from __future__ import annotations

import pytest

from zonda.http import HTTPHeaders, HTTPOutputError, ResponseStartLine
from zonda.httpserver.heads import has_body, head_text, status_line


@pytest.mark.parametrize(
    ("code", "reason", "line"),
    [
        (200, None, "HTTP/1.1 200 OK\r\n"),
        (404, "Not Found", "HTTP/1.1 404 Not Found\r\n"),
        (404, "Gone fishing", "HTTP/1.1 404 Gone fishing\r\n"),
        (799, None, "HTTP/1.1 799 Unknown\r\n"),
        (200, "", "HTTP/1.1 200 OK\r\n"),
    ],
)
def test_status_lines(code: int, reason: str | None, line: str) -> None:
    assert status_line(code, reason) == line


@pytest.mark.parametrize(
    ("code", "reason"), [(99, None), (1000, None), (200, "a\r\nb"), (200, "\u20ac"), (200, "a\x00")]
)
def test_what_is_no_status(code: int, reason: str | None) -> None:
    with pytest.raises(HTTPOutputError):
        status_line(code, reason)


@pytest.mark.parametrize(
    ("method", "code", "has"),
    [
        ("GET", 200, True),
        ("HEAD", 200, False),
        ("GET", 204, False),
        ("GET", 304, False),
        ("GET", 101, False),
        ("POST", 500, True),
    ],
)
def test_bodies(method: str, code: int, has: bool) -> None:
    assert has_body(method, code) is has


def test_a_whole_head() -> None:
    headers = HTTPHeaders([("A", "b"), ("C", "d")])
    text = head_text(ResponseStartLine("HTTP/1.1", 201, ""), headers, "E: f\r\n")
    assert text == "HTTP/1.1 201 Created\r\nA: b\r\nC: d\r\nE: f\r\n\r\n"
