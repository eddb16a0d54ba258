"""What marks the end of a body that is written."""

from __future__ import annotations

import pytest

from tornado.outgoing_body import OutgoingBody
from zonda.http import HTTPHeaders, HTTPOutputError, RequestStartLine, ResponseStartLine


def headers(length: str | None = None) -> HTTPHeaders:
    return HTTPHeaders({"Content-Length": length} if length else {})


@pytest.mark.parametrize(
    ("method", "version", "code", "length", "expected"),
    [
        ("GET", "HTTP/1.1", 200, None, (True, None)),
        ("GET", "HTTP/1.1", 200, "5", (False, 5)),
        ("GET", "HTTP/1.0", 200, None, (False, None)),
        ("HEAD", "HTTP/1.1", 200, None, (False, None)),
        ("HEAD", "HTTP/1.1", 200, "5", (False, None)),
        ("GET", "HTTP/1.1", 103, None, (False, None)),
        ("GET", "HTTP/1.1", 204, None, (False, None)),
        ("GET", "HTTP/1.1", 304, None, (False, None)),
    ],
)
def test_the_body_of_an_answer(
    method: str, version: str, code: int, length: str | None, expected: tuple[bool, int | None]
) -> None:
    asked = RequestStartLine(method, "/", version)
    body = OutgoingBody.of_answer(ResponseStartLine("HTTP/1.1", code, ""), headers(length), asked)
    assert (body.chunked, body.left) == expected


@pytest.mark.parametrize(("method", "chunked"), [("POST", True), ("PUT", True), ("GET", False)])
def test_the_body_of_a_request(method: str, chunked: bool) -> None:
    line = RequestStartLine(method, "/", "HTTP/1.1")
    assert OutgoingBody.of_request(line, headers()).chunked is chunked
    assert not OutgoingBody.of_request(line, headers("5")).chunked
    coded = HTTPHeaders({"Transfer-Encoding": "chunked"})
    assert not OutgoingBody.of_request(line, coded).chunked


def test_pieces_and_the_end() -> None:
    body = OutgoingBody(chunked=True)
    assert (body.framed(b"hello"), body.framed(b""), body.end()) == (
        b"5\r\nhello\r\n",
        b"",
        b"0\r\n\r\n",
    )
    body = OutgoingBody(left=6)
    assert (body.framed(b"hello"), body.left) == (b"hello", 1)
    with pytest.raises(HTTPOutputError, match="1 bytes less"):
        body.end()
    with pytest.raises(HTTPOutputError, match="more data"):
        body.framed(b"xy")


def test_a_length_is_a_number() -> None:
    with pytest.raises(HTTPOutputError, match="not '-5'"):
        OutgoingBody.of_request(RequestStartLine("GET", "/", "HTTP/1.1"), headers("-5"))
