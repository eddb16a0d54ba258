"""The talk's login with FriendFeed, word for word, against a provider made with oauthlib."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import zonda.auth
import zonda.web
from tests.auth.loopback_site import Answer, serving
from tests.auth.oauth1_provider import KEY, SECRET, OAuth1Provider
from tests.integration.talk import translated
from tests.web.site import Site, site
from zonda.auth import FriendFeedMixin, flows
from zonda.httpclient import AsyncHTTPClient
from zonda.web import RequestHandler

FRIENDFEED = """\
class LoginFriendFeed(RequestHandler, tornado.auth.FriendFeedMixin):

    @tornado.web.asynchronous
    def get(self):
        if self.get_argument("oauth_token", None):
            self.get_authenticated_user(self.async_callback(self._on_auth))
            return
        self.authorize_redirect()

    def _on_auth(self, ffuser):
        if not ffuser:
            raise tornado.web.HTTPError(500, "FriendFeed auth failed")
            return

        username = ffuser['username']
"""

# What the slide leaves to the listener.
REST = """\
        self.set_secure_cookie("username", username)
        self.redirect("/")
"""


class Home(RequestHandler):
    """Says who is there."""

    def get(self) -> None:
        self.write(self.get_signed_cookie("username") or b"nobody")


class World:
    """The site, the provider, and the way between them."""

    def __init__(self, site: Site, provider: OAuth1Provider, url: str) -> None:
        self.site, self.provider, self.url = site, provider, url
        provider.store.callback = f"http://127.0.0.1:{site.port}/login/friendfeed"

    async def leave(self) -> str:
        """Click on "log in"; where that sends the browser."""
        received = await self.site.fetch("/login/friendfeed")
        assert received.code == 302, received
        return received.headers["Location"]

    async def agree(self, url: str) -> str:
        """At the provider; the path that it sends the browser back to."""
        response = await AsyncHTTPClient().fetch(url, raise_error=False, follow_redirects=False)
        back = urlsplit(response.headers["Location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == self.provider.store.callback
        return f"{back.path}?{back.query}"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    provider = OAuth1Provider("http://site.example/", id="gmr", name="Gavin M. Roy")
    names: dict[str, Any] = {"zonda": zonda, "RequestHandler": RequestHandler}
    exec(translated(FRIENDFEED) + REST, names)
    handler: type[FriendFeedMixin] = names["LoginFriendFeed"]
    rules = [("/", Home), ("/login/friendfeed", handler)]
    settings = {
        "cookie_secret": "cookie secret",
        "friendfeed_consumer_key": KEY,
        "friendfeed_consumer_secret": SECRET,
    }
    async with serving(provider) as at, site(rules, **settings) as running:
        handler._OAUTH_REQUEST_TOKEN_URL = f"{at.url}/request_token"
        handler._OAUTH_ACCESS_TOKEN_URL = f"{at.url}/access_token"
        handler._OAUTH_AUTHORIZE_URL = f"{at.url}/authorize"
        handler._FRIENDFEED_BASE_URL = f"{at.url}/v2"
        yield World(running, provider, at.url)
        AsyncHTTPClient().close()
        flows._spent.clear()


async def test_it_logs_in(world: World) -> None:
    back = await world.agree(await world.leave())
    received = await world.site.fetch(back)
    assert (received.code, received.headers["Location"]) == (302, "/")
    assert (await world.site.fetch("/")).body == b"gmr"


async def test_nobody_is_given_the_login_of_somebody_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    back = await world.agree(await world.leave())
    world.site.cookies.clear()
    with caplog.at_level(logging.DEBUG):
        received = await world.site.fetch(back)
    # The status is that of the program.
    assert received.code == 500
    assert (await world.site.fetch("/")).body == b"nobody"
    assert parse_qs(urlsplit(back).query)["oauth_token"][0] not in caplog.text
    assert "FriendFeed auth failed" in caplog.text


async def test_a_provider_that_is_broken(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody awaits the redirect of this program: the error page comes all the same."""
    world.provider.instead["/request_token"] = Answer(503)
    received = await world.site.fetch("/login/friendfeed")
    assert received.code == 500
    assert "answered 503" in caplog.text
    assert "Traceback" not in caplog.text
