"""FriendFeed's way of OAuth 1.0, against a provider made with oauthlib."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.auth.loopback_site import Answer, Site, serving
from tests.auth.oauth1_provider import KEY, SECRET, OAuth1Provider
from tests.auth.plain_handler import Browser, PlainHandler, left
from zonda.auth import FriendFeedMixin

SETTINGS = {
    "cookie_secret": "cookie secret",
    "friendfeed_consumer_key": KEY,
    "friendfeed_consumer_secret": SECRET,
}


class Login(PlainHandler, FriendFeedMixin):
    """A handler for the provider of a test."""


@pytest.fixture
async def provider() -> OAuth1Provider:
    return OAuth1Provider("http://site.example/login/friendfeed")


@pytest.fixture
async def site(provider: OAuth1Provider) -> AsyncIterator[Site]:
    async with serving(provider) as site:
        yield site


@pytest.fixture
def login(site: Site) -> type[Login]:
    names: dict[str, Any] = {
        "_OAUTH_REQUEST_TOKEN_URL": f"{site.url}/request_token",
        "_OAUTH_AUTHORIZE_URL": f"{site.url}/authorize",
        "_OAUTH_ACCESS_TOKEN_URL": f"{site.url}/access_token",
        "_FRIENDFEED_BASE_URL": f"{site.url}/v2",
    }
    return type("LoginHere", (Login,), names)


async def test_login_and_requests_with_callbacks(
    login: type[Login], provider: OAuth1Provider, browser: Browser
) -> None:
    first = login(browser, "/login/friendfeed", SETTINGS)
    first.authorize_redirect()
    await first.ended.wait()
    second = login(browser, await browser.visit(left(first)), SETTINGS)
    users: list[Any] = []
    await second.get_authenticated_user(users.append)
    user = users[0]
    assert user["username"] == "bret"
    assert user["asked"] == "/v2/feedinfo/bret"
    assert user["query"]["include"] == "id,name,description"

    answers: list[Any] = []
    await second.friendfeed_request(
        "/entry", answers.append, user["access_token"], {"body": "Testing"}, extra=1
    )
    assert answers == [{"posted": True}]
    assert provider.posted == [{"body": "Testing"}]


async def test_a_user_without_a_name(
    login: type[Login], provider: OAuth1Provider, browser: Browser
) -> None:
    provider.instead["/v2/feedinfo/bret"] = Answer(200, "{}")
    first = login(browser, "/login/friendfeed", SETTINGS)
    await first.authorize_redirect()
    second = login(browser, await browser.visit(left(first)), SETTINGS)
    users: list[Any] = []
    await second.get_authenticated_user(users.append)
    assert users == [None]
