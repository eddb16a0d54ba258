from __future__ import annotations

import time
from array import array
from typing import Any

import pytest

from zonda.httpclient import HTTPRequest, Options, RequestError, RequestOptions
from zonda.httpclient.request import CONTENT_NAMES


def test_what_is_not_given_reads_as_its_default() -> None:
    request = HTTPRequest("http://h/", connect_timeout=1, max_redirects=None)
    assert (request.connect_timeout, request.request_timeout, request.max_redirects) == (1, 20, 5)
    assert request.given() == {"connect_timeout": 1}
    assert abs(request.start_time - time.time()) < 5


def test_options_are_the_same_everywhere() -> None:
    of_this_request = {"if_modified_since", "use_gzip", *CONTENT_NAMES}
    assert set(RequestOptions.__annotations__) - of_this_request == set(Options.__annotations__)


def test_attributes_can_be_changed() -> None:
    request = HTTPRequest("http://h/", body="é")
    assert request.body == "é".encode()
    request.body = None
    request.headers = {"x": "y"}
    request.validate_cert = False
    assert request.headers["X"] == "y"
    assert request.given() == {"validate_cert": False}
    request.headers = None
    assert len(request.headers) == 0


def test_the_headers_of_the_caller_are_not_changed() -> None:
    given = {"x": "y"}
    request = HTTPRequest("http://h/", headers=given, if_modified_since=0)
    assert "If-Modified-Since" in request.headers
    assert given == {"x": "y"}


@pytest.mark.parametrize(("use_gzip", "expected"), [(False, False), (True, True), (None, True)])
def test_the_former_name_of_decompression(use_gzip: bool | None, expected: bool) -> None:
    assert HTTPRequest("http://h/", use_gzip=use_gzip).decompress_response is expected


async def produce(write: object) -> None:
    """Not called."""


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"colour": "red"}, TypeError),
        ({"body": "x", "body_producer": produce}, RequestError),
        ({"auth_mode": "ntlm"}, RequestError),
        ({"proxy_auth_mode": "ntlm"}, RequestError),
        ({"headers": {"a b": "c"}}, RequestError),
        ({"headers": {"a": "\n"}}, RequestError),
        ({"body": 5}, TypeError),
        ({"body": ["a", "b"]}, TypeError),
    ],
)
def test_options_that_are_wrong(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        HTTPRequest("http://h/", **options)


@pytest.mark.parametrize("url", [None, b"http://h/", 5])
def test_urls_of_another_type(url: Any) -> None:
    with pytest.raises(TypeError, match="a URL is a str"):
        HTTPRequest(url)


def test_a_body_that_changes_later_is_what_it_was() -> None:
    body: Any = bytearray(b"abc")
    numbers: Any = memoryview(array("H", [1]))
    request = HTTPRequest("http://h/", "POST", body=body)
    other = HTTPRequest("http://h/", "POST", body=numbers)
    body[:] = b"xyz"
    assert request.body == b"abc"
    assert other.body is not None
    assert len(other.body) == 2
