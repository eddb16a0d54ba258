from __future__ import annotations

import pytest

from zonda.httpclient import HTTPRequest, Options, ResponseError
from zonda.httpclient.redirects import follow_redirect
from zonda.httpclient.target import parse_url

HERE = "http://example.org/a/b?c"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/x", "http://example.org/x"),
        ("x", "http://example.org/a/x"),
        ("../x?y", "http://example.org/x?y"),
        ("?y", "http://example.org/a/b?y"),
        ("//other/x", "http://other/x"),
        ("https://other:8443/#part", "https://other:8443/"),
        (" /x\t", "http://example.org/x"),
        ("/", "http://example.org/"),
        ("./a:b", "http://example.org/a/a:b"),
        ("\\\\other\\x", "http://example.org/a/\\\\other\\x"),
        ("https://other/a/../b", "https://other/a/../b"),
        ("/a b", "http://example.org/a%20b"),
        ("/%41é", "http://example.org/%41%E9"),
        ("/\xc3\xa9", "http://example.org/%C3%A9"),
    ],
)
def test_locations(location: str, url: str) -> None:
    request, target = follow_redirect(HTTPRequest(HERE), Options(), parse_url(HERE), 302, location)
    assert request.url == url
    assert target == parse_url(url)


@pytest.mark.parametrize(
    "location",
    [
        *("http://[", "file:///x", "http://a:b/", "data:,x", "//\xe9/", "ftp://h/", "javascript:x"),
        *("http://", "http:///x", "http:/x", "http:x", "//", "///x", "http:\\\\h\\"),
    ],
)
def test_locations_that_lead_nowhere(location: str) -> None:
    with pytest.raises(ResponseError, match="redirects to"):
        follow_redirect(HTTPRequest(HERE), Options(), parse_url(HERE), 302, location)


@pytest.mark.parametrize(
    "location", ["https://example.org/", "http://example.org:81/", "http://www.example.org/"]
)
def test_another_scheme_port_or_name_is_another_origin(location: str) -> None:
    request = HTTPRequest(HERE, headers={"Authorization": "x", "Host": "h"})
    after, _ = follow_redirect(request, Options(), parse_url(HERE), 302, location)
    assert list(after.headers) == []
    after, _ = follow_redirect(request, Options(), parse_url(HERE), 302, "http://EXAMPLE.org:80/")
    assert after.headers["Authorization"] == "x"


async def produce(write: object) -> None:
    """Not called."""


def test_a_producer_goes_along_with_its_body() -> None:
    request = HTTPRequest(HERE, "POST", body_producer=produce, expect_100_continue=True)
    options = Options()
    options.__dict__.update(request.given())
    kept, _ = follow_redirect(request, options, parse_url(HERE), 307, "/x")
    assert (kept.method, kept.body_producer, kept.expect_100_continue) == ("POST", produce, True)
    dropped, _ = follow_redirect(request, options, parse_url(HERE), 303, "/x")
    assert (dropped.method, dropped.given()) == ("GET", {})
