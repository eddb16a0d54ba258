"""Bodies as text and JSON."""

from __future__ import annotations

import gzip
import pickle

import pytest

from tests.httpclient.servers import answer, serving
from zonda.http import HTTPHeaders
from zonda.httpclient import (
    AsyncHTTPClient,
    ContentError,
    HTTPClientError,
    HTTPRequest,
    HTTPResponse,
)


def response(body: bytes, content_type: str | None = None, code: int = 200) -> HTTPResponse:
    headers = HTTPHeaders() if content_type is None else HTTPHeaders({"Content-Type": content_type})
    return HTTPResponse(HTTPRequest("http://me:pw@h/x"), code, headers, body=body)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b"", None, ""),
        ("é".encode(), None, "é"),
        ("é".encode(), "text/html", "é"),
        ("é".encode(), "text/html; charset=", "é"),
        (b"\xef\xbb\xbfa", "text/plain; charset=UTF-8", "a"),
        (b"\xe9", "text/plain; charset=latin-1", "é"),
        (b"\x80", 'Text/Plain; Charset="windows-1252"', "€"),
        ("日本".encode("shift_jis"), "text/plain;charset=Shift_JIS", "日本"),
        ("é".encode("utf-16"), "text/plain; charset=utf-16", "é"),
        (b"a", "nonsense", "a"),
    ],
)
def test_text(body: bytes, content_type: str | None, text: str) -> None:
    assert response(body, content_type).text == text


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (b"ab\xff", None, "is no utf-8: invalid start byte at byte 2, 0xff"),
        (b"\xe9", "text/plain; charset=ascii", "is no ascii: .* byte 0, 0xe9"),
        (b"a", "text/plain; charset=klingon", "charset that is not known: 'klingon'"),
        *[
            (b"a", f"text/plain; charset={name}", "charset that is not known")
            for name in ("hex", "idna", "punycode", "unicode_escape", "undefined", "é", "x" * 99)
        ],
        (b"a", "text/plain; charset=a; charset=b", "Content-Type that cannot be read: .*twice"),
    ],
)
def test_what_is_no_text(body: bytes, content_type: str | None, message: str) -> None:
    answer = response(body, content_type)
    with pytest.raises(ContentError, match=message) as caught:
        _ = answer.text
    assert str(caught.value).startswith("the body of 'http://…@h/x' (200, ")
    with pytest.raises(ContentError, match=message):
        answer.json()


@pytest.mark.parametrize(
    ("body", "value"),
    [(b'{"a": [1, "\xc3\xa9"]}', {"a": [1, "é"]}), (b"null", None), (b"\xef\xbb\xbf1", 1)],
)
def test_json(body: bytes, value: object) -> None:
    assert response(body, "text/whatever").json() == value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", r"\(200, text/html\) is empty, which is no JSON"),
        (b"<html>", r"\(200, text/html\) is no JSON: .* line 1 column 1"),
        (b'{"a":\n oops}', "is no JSON: .* line 2 column 2"),
        (b"[" * 200_000, "is nested too deeply"),
    ],
)
def test_what_is_no_json(body: bytes, message: str) -> None:
    with pytest.raises(ContentError, match=message) as caught:
        response(body, "text/html").json()
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, HTTPClientError)
    assert caught.value.response is not None
    assert (caught.value.code, caught.value.response.body) == (200, body)


def test_an_error_survives_pickling() -> None:
    copy = pickle.loads(pickle.dumps(ContentError(404, "the body is no JSON")))
    assert (type(copy), str(copy), copy.code) == (ContentError, "the body is no JSON", 404)


async def test_answers(client: AsyncHTTPClient) -> None:
    body = gzip.compress('{"é": 1}'.encode("latin-1"))
    headers = {"content_type": "application/json; charset=latin-1", "content_encoding": "gzip"}
    async with serving(answer(body, "404 No", **headers)) as server:
        found = await client.fetch(server.url, raise_error=False)
        assert (found.code, found.text, found.json()) == (404, '{"é": 1}', {"é": 1})
