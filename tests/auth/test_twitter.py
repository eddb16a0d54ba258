"""Twitter's way of OAuth 1.0a, against a provider made with oauthlib."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.auth.loopback_site import Answer, Site, serving
from tests.auth.oauth1_provider import KEY, SECRET, OAuth1Provider
from tests.auth.plain_handler import Browser, PlainHandler, left
from zonda.auth import AuthError, RefusedError, TwitterMixin

SETTINGS = {
    "cookie_secret": "cookie secret",
    "twitter_consumer_key": KEY,
    "twitter_consumer_secret": SECRET,
}


class Login(PlainHandler, TwitterMixin):
    """A handler for the provider of a test."""


@pytest.fixture
async def provider() -> OAuth1Provider:
    return OAuth1Provider()


@pytest.fixture
async def site(provider: OAuth1Provider) -> AsyncIterator[Site]:
    async with serving(provider) as site:
        yield site


@pytest.fixture
def login(site: Site) -> type[Login]:
    names: dict[str, Any] = {
        "_OAUTH_REQUEST_TOKEN_URL": f"{site.url}/request_token",
        "_OAUTH_AUTHORIZE_URL": f"{site.url}/authorize",
        "_OAUTH_AUTHENTICATE_URL": f"{site.url}/authenticate",
        "_OAUTH_ACCESS_TOKEN_URL": f"{site.url}/access_token",
        "_TWITTER_BASE_URL": f"{site.url}/1.1",
    }
    return type("LoginHere", (Login,), names)


@pytest.mark.parametrize("way", ["authorize_redirect", "authenticate_redirect"])
async def test_login_and_requests(
    login: type[Login], site: Site, provider: OAuth1Provider, browser: Browser, way: str
) -> None:
    first = login(browser, "/login", SETTINGS)
    await getattr(first, way)("/login")
    back = await browser.visit(left(first))
    assert site.asked(f"/{way.removesuffix('_redirect')}")
    second = login(browser, back, SETTINGS)
    user = await second.get_authenticated_user()
    assert (user["username"], user["asked"]) == ("bret", "/1.1/account/verify_credentials.json")

    token = user["access_token"]
    found = await second.twitter_request("/statuses/show", token, id=7, text="a b&c=d é")
    assert found["query"].items() >= {"id": "7", "text": "a b&c=d é"}.items()
    said = {"status": "Hello, world & all"}
    seen: list[Any] = []
    await second.twitter_request(
        "/statuses/update", access_token=token, post_args=said, callback=seen.append
    )
    assert seen == [{"posted": True}]
    assert provider.posted == [said]
    found = await second.twitter_request(f"{site.url}/other", access_token=token)
    assert found["asked"] == "/other"

    with pytest.raises(RefusedError, match="bad_signature"):
        await second.twitter_request("/statuses/show", {**token, "secret": "wrong"})
    with pytest.raises(RefusedError):
        await second.twitter_request("/statuses/show")
    assert await second.twitter_request("/statuses/show", seen.append) is None
    assert seen[-1] is None


async def test_an_answer_without_a_user(
    login: type[Login], provider: OAuth1Provider, browser: Browser
) -> None:
    provider.instead["/1.1/account/verify_credentials.json"] = Answer(200, "[1]")
    first = login(browser, "/login", SETTINGS)
    await first.authorize_redirect("/login")
    second = login(browser, await browser.visit(left(first)), SETTINGS)
    with pytest.raises(AuthError, match="who the user is"):
        await second.get_authenticated_user()


async def test_settings_are_needed(login: type[Login], browser: Browser) -> None:
    handler = login(browser, "/login", {"cookie_secret": "x"})
    with pytest.raises(KeyError, match="twitter_consumer_key"):
        await handler.authorize_redirect("/login")
