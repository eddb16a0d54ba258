"""The page of an error in debug mode: complete, escaped, without secrets, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.raw_client import Received
from tests.web.site import site
from zonda.web import HTTPError, RequestHandler
from zonda.web.redaction import MASK
from zonda.web.rules import RuleLike

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
SECRET = "very-secret-cookie-key"


class Fail(RequestHandler):
    """Fails."""

    def initialize(self, code: int = 500) -> None:
        self.code = code

    def get(self, name: str = "") -> None:
        shown, password = "<i>shown</i>", self.get_argument("password", "none-given")
        if self.code != 500:
            raise HTTPError(self.code, "not <here>")
        raise RuntimeError(f"<script>{shown}</script> {password}")

    post = get


RULES: list[RuleLike] = [
    (r"/fail/(.*)", Fail, {}, "fail"),
    (r"/refuse", Fail, {"code": 403}),
    ("/list", [("/nested", Fail)]),
]


async def ask(path: str = "/fail/x", accept: str = BROWSER, **settings: Any) -> Received:
    """The answer of a site in debug mode."""
    settings = {"debug": True, "autoreload": False, "cookie_secret": SECRET, **settings}
    async with site(RULES, **settings) as web:
        return await web.fetch(
            path,
            Accept=accept,
            Cookie="session=cookie-value-1; short=ab",
            Authorization="Bearer token-value-1",
            X_Mark="<mark>",
        )


async def test_it_tells_what_happened() -> None:
    received = await ask("/fail/a%2Fb?q=1&q=%3C2")
    text = received.body.decode()
    assert received.code == 500
    assert "<title>RuntimeError at GET /fail/a%2Fb?q=1&amp;q=%3C2</title>" in text
    assert "&lt;script&gt;" in text and "<script" not in text
    assert "<td>['1', '&lt;2']</td>" in text.replace("&#39;", "'").replace("&#x27;", "'")
    assert "<td>&lt;mark&gt;</td>" in text
    assert "raise RuntimeError" in text and "test_debug_page.Fail" in text
    assert "<th>path argument 0</th><td>a/b</td>" in text
    assert "debug=True" in text


async def test_it_keeps_secrets() -> None:
    received = await ask("/fail/x?password=argument-value-1&token=argument-value-2")
    text = received.body.decode()
    for secret in (SECRET, "cookie-value-1", "token-value-1", "argument-value-"):
        assert secret not in text
    assert "<th>cookie_secret</th><td>" + MASK in text
    assert "<th>Authorization</th><td>" + MASK in text


async def test_it_has_its_own_policy_and_is_not_stored() -> None:
    received = await ask()
    assert received.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert received.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in received.headers["Content-Security-Policy"]


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
async def test_others_than_browsers_get_text(accept: str) -> None:
    received = await ask("/fail/x?password=argument-value-1", accept)
    text = received.body.decode()
    assert received.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert "Traceback" in text and MASK in text and "argument-value-1" not in text


@pytest.mark.parametrize("settings", [{"debug": False}, {"serve_traceback": False}])
async def test_without_debug_there_is_nothing(settings: dict[str, Any]) -> None:
    received = await ask(**settings)
    assert received.body == (
        b"<html><title>500: Internal Server Error</title>"
        b"<body>500: Internal Server Error</body></html>"
    )


async def test_a_traceback_without_debug_is_text() -> None:
    received = await ask(debug=False, serve_traceback=True)
    assert received.headers["Content-Type"] == "text/plain; charset=UTF-8"


async def test_a_404_lists_the_rules() -> None:
    text = (await ask("/nowhere")).body.decode()
    assert "HTTPError" in text
    for part in ("/fail/(.*)", "fail</td>", "/refuse", "/list", "    /nested"):
        assert part in text
    refused = await ask("/refuse")
    assert refused.code == 403 and b"/list" not in refused.body


async def test_forms_files_and_bodies() -> None:
    async with site(RULES, debug=True, autoreload=False) as web:
        body = b"name=%3Cada%3E&password=form-value-1"
        kind = "application/x-www-form-urlencoded"
        received = await web.fetch("/fail/", "POST", body, Accept=BROWSER, Content_Type=kind)
        text = received.body.decode()
        assert "&lt;ada&gt;" in text and "form-value-1" not in text
        body = (
            b"--b\r\nContent-Disposition: form-data; name=f; filename=a.txt\r\n\r\nabc\r\n--b--\r\n"
        )
        kind = "multipart/form-data; boundary=b"
        received = await web.fetch("/fail/", "POST", body, Accept=BROWSER, Content_Type=kind)
        assert b"a.txt (3 bytes)" in received.body
        received = await web.fetch("/fail/", "POST", b"\x00raw", Accept=BROWSER)
        assert b"4 bytes" in received.body and b"x00raw" in received.body
        received = await web.fetch("/refuse", "POST", b"x", Accept=BROWSER, Content_Type=kind)
        assert received.code == 400 and b"cannot be read" in received.body
