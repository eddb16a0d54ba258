"""Handlers that need no code."""

from __future__ import annotations

import pytest

from tests.web.site import site
from zonda.http import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from zonda.web import (
    Application,
    ErrorHandler,
    FallbackHandler,
    RedirectHandler,
    RequestHandler,
    RuleLike,
)


@pytest.mark.parametrize(
    ("url", "path", "code", "location"),
    [
        ("/new/{0}", "/old/a", 301, "/new/a"),
        ("/new/{0}", "/old/a?b=c", 301, "/new/a?b=c"),
        ("/{0}", "/old//evil.example", 400, None),
        ("/{0}", "/old/%2Fevil.example", 400, None),
        ("/{0}", "/old/%5Cevil.example", 400, None),
        ("/{0}", "/old/\\evil.example", 400, None),
        ("{0}", "/old///evil.example", 400, None),
        ("{0}", "/old//%5Cevil.example", 400, None),
        ("{0}", "/old/%5C%5Cevil.example", 400, None),
        ("{0}", "/old/https:evil.example", 400, None),
        ("{0}", "/old/javascript:alert", 400, None),
        ("{0}", "/old//new", 301, "/new"),
        ("/{0}", "/old/%0D%0AX:%20y", 400, None),
        ("/{0}", "/old/%09/evil.example", 400, None),
        ("/{0}", "/old/a%20b", 400, None),
        ("https://{0}.example/", "/old/x", 301, "https://x.example/"),
        ("https://x.example/{0}", "/old//a", 301, "https://x.example//a"),
    ],
)
async def test_redirect_handler(url: str, path: str, code: int, location: str | None) -> None:
    async with site([("/old/(.*)", RedirectHandler, {"url": url})]) as web:
        received = await web.fetch(path)
        assert received.code == code
        assert received.headers.get("Location") == location


async def test_a_redirect_that_may_change() -> None:
    async with site([("/", RedirectHandler, {"url": "/x", "permanent": False})]) as web:
        assert (await web.fetch("/", "HEAD")).code == 302


async def test_error_handler() -> None:
    async with site([("/", ErrorHandler, {"status_code": 410})], xsrf_cookies=True) as web:
        for method in ("GET", "POST", "DELETE"):
            received = await web.fetch("/", method, b"")
            assert received.code == 410
            assert b"410: Gone" in received.body


async def test_the_rest_of_the_paths_can_be_left_to_somebody_else() -> None:
    def function(request: HTTPServerRequest) -> None:
        body = request.uri.encode() if request.uri else b""
        headers = HTTPHeaders({"Content-Length": str(len(body))})
        connection = request.connection
        assert connection is not None
        connection.write_headers(ResponseStartLine("HTTP/1.1", 202, "Accepted"), headers, body)
        connection.finish()

    class Inner(RequestHandler):
        def post(self) -> None:
            self.write(b"inner " + self.request.body)

    inner = Application([("/inner", Inner)])
    finished: list[str] = []

    class Noticed(FallbackHandler):
        def on_finish(self) -> None:
            finished.append(self.request.path)

    rules: list[RuleLike] = [
        ("/inner", FallbackHandler, {"fallback": inner}),
        ("/.*", Noticed, {"fallback": function}),
    ]
    async with site(rules) as web:
        received = await web.fetch("/some/where?x")
        assert (received.code, received.body) == (202, b"/some/where?x")
        assert (await web.fetch("/inner", "POST", b"body")).body == b"inner body"
    assert finished == ["/some/where"]
