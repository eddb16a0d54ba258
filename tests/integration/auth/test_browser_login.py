"""A login in Chromium: two sites, a page at the provider, and back."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import NamedTuple

import pytest
import trustme
from playwright.sync_api import Browser, expect

from tests.auth.loopback_site import serving
from tests.auth.oidc_provider import OIDCProvider
from tests.integration.auth.login_site import login_site

# What is tested runs in processes of its own, on whatever loop it chooses.
pytestmark = pytest.mark.own_process


class Sites(NamedTuple):
    """Where they are."""

    login: str
    provider: str


async def _serve(ready: Future[Sites], done: asyncio.Event, name: str, tls: bool) -> None:
    provider = OIDCProvider(asks=True)
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with serving(provider) as at, login_site(context) as login:
        # By another name, so that the browser takes the two for different sites: SameSite counts.
        url = at.url.replace("127.0.0.1", "localhost")
        login.serve_with(provider, url, name)
        ready.set_result(Sites(login.url, url))
        await done.wait()


@contextlib.contextmanager
def _in_thread(name: str = "openid_connect", tls: bool = False) -> Iterator[Sites]:
    ready: Future[Sites] = Future()
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    def run() -> None:
        try:
            loop.run_until_complete(_serve(ready, done, name, tls))
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ready.result(20)
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(20)


@pytest.mark.timeout(120)
def test_login(browser: Browser) -> None:
    with _in_thread() as sites:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{sites.login}/login?next=/%3Fback")
        expect(page.locator("h1")).to_have_text("Log in")
        assert page.url.startswith(f"{sites.provider}/authorize?")
        (cookie,) = context.cookies(sites.login)
        assert cookie["name"].startswith("oauth_")
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")

        page.click("button")
        expect(page.locator("body")).to_have_text("user-1")
        assert page.url == f"{sites.login}/?back"
        assert [c["name"] for c in context.cookies(sites.login)] == ["user"]

        # The answer is in the history: going back to it does no harm, and no good.
        other = browser.new_context().new_page()
        page.goto(f"{sites.login}/login")
        with page.expect_response(lambda response: "/login?code=" in response.url) as answered:
            page.click("button")
        stolen = answered.value.url
        refused = other.goto(stolen)
        assert refused is not None and refused.status == 403
        other.context.close()
        context.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("name", "path", "same_site"),
    [("openid_connect", "login", "Lax"), ("posted", "posted", "None")],
)
def test_login_over_tls(browser: Browser, name: str, path: str, same_site: str) -> None:
    """The cookie is that of the very host; the answer may be a form from another site."""
    with _in_thread(name, tls=True) as sites:
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(f"{sites.login}/{path}?next=/")
        (cookie,) = context.cookies(sites.login)
        assert cookie["name"].startswith("__Host-oauth_")
        assert (cookie["secure"], cookie["sameSite"]) == (True, same_site)
        page.click("button")
        expect(page.locator("body")).to_have_text("user-1")
        assert page.url == f"{sites.login}/"
        assert [c["name"] for c in context.cookies(sites.login)] == ["user"]
        context.close()
