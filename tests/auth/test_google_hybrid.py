"""OpenID and OAuth in one step."""

from __future__ import annotations

from typing import Any

import pytest

from tests.auth.loopback_site import serving
from tests.auth.openid2_provider import OpenID2Provider
from tests.auth.plain_handler import Browser, PlainHandler, left
from zonda.auth import FlowError, GoogleMixin

SETTINGS = {
    "cookie_secret": "cookie secret",
    "google_consumer_key": "site.example",
    "google_consumer_secret": "secret",
}


class Login(PlainHandler, GoogleMixin):
    """A handler for the provider of a test."""


def login_at(url: str) -> type[Login]:
    names: dict[str, Any] = {
        "_OPENID_ENDPOINT": f"{url}/openid",
        "_OAUTH_ACCESS_TOKEN_URL": f"{url}/access_token",
    }
    return type("LoginHere", (Login,), names)


async def test_identity_and_access_token(browser: Browser) -> None:
    async with serving(OpenID2Provider()) as site:
        login = login_at(site.url)
        first = login(browser, "/login?next=/mail", SETTINGS)
        first.authorize_redirect("http://www.google.com/m8/feeds")
        back = await browser.visit(left(first))
        assert site.requests[0].query["openid.oauth.consumer"] == "site.example"
        users: list[Any] = []
        second = login(browser, back, SETTINGS)
        user = await second.get_authenticated_user(users.append)
        assert user["email"] == "bret@example.com"
        assert user["access_token"] == {"key": "accessToken", "secret": "accessSecret"}
        assert second.get_next_url() == "/mail"
        assert users == [user]
        with pytest.raises(FlowError):
            await login(browser, back, SETTINGS).get_authenticated_user()


async def test_identity_alone(browser: Browser) -> None:
    async with serving(OpenID2Provider()) as site:
        login = login_at(site.url)
        first = login(browser, "/login", SETTINGS)
        first.authenticate_redirect()
        second = login(browser, await browser.visit(left(first)), SETTINGS)
        assert "access_token" not in await second.get_authenticated_user()


async def test_a_request_token_that_is_not_signed_is_ignored(browser: Browser) -> None:
    provider = OpenID2Provider()

    def add(message: dict[str, str]) -> None:
        message["openid.ns.oauth"] = "http://specs.openid.net/extensions/oauth/1.0"
        message["openid.oauth.request_token"] = "requestToken"

    provider.after = add
    async with serving(provider) as site:
        login = login_at(site.url)
        first = login(browser, "/login", SETTINGS)
        first.authenticate_redirect()
        second = login(browser, await browser.visit(left(first)), SETTINGS)
        assert "access_token" not in await second.get_authenticated_user()
