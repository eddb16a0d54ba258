from __future__ import annotations

from io import BytesIO

import pytest

from zonda.httpclient import HTTPClientError, HTTPRequest, HTTPResponse

REQUEST = HTTPRequest("http://h/")


def test_what_is_not_given() -> None:
    response = HTTPResponse(REQUEST, 404)
    assert (response.reason, response.body, response.effective_url) == (
        "Not Found",
        b"",
        "http://h/",
    )
    assert (len(response.headers), response.time_info) == (0, {})
    assert isinstance(response.error, HTTPClientError)
    assert HTTPResponse(REQUEST, 299).reason == "Unknown"


def test_a_buffer_is_the_body() -> None:
    response = HTTPResponse(REQUEST, 200, buffer=BytesIO(b"abc"))
    assert response.body == response.buffer.read() == b"abc"
    response.rethrow()


def test_an_error_is_rethrown() -> None:
    with pytest.raises(ZeroDivisionError):
        HTTPResponse(REQUEST, 599, error=ZeroDivisionError()).rethrow()


def test_what_it_shows() -> None:
    shown = repr(HTTPResponse(REQUEST, 200, reason="Fine", body=b"abc"))
    assert shown == (
        "HTTPResponse(code=200, reason='Fine', effective_url='http://h/', body=3 bytes)"
    )
