"""Google's OAuth 2, against a provider made with Authlib."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.auth.loopback_site import Site, serving
from tests.auth.oidc_provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, OIDCProvider
from tests.auth.plain_handler import Browser, PlainHandler, left
from zonda.auth import FlowError, GoogleOAuth2Mixin

SETTINGS: dict[str, Any] = {
    "cookie_secret": "cookie secret",
    "google_oauth": {"key": CLIENT_ID, "secret": CLIENT_SECRET},
}


class Login(PlainHandler, GoogleOAuth2Mixin):
    """A handler for the provider of a test."""


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    provider = OIDCProvider()
    async with serving(provider) as site:
        provider.issuer = site.url
        yield site


@pytest.fixture
def login(site: Site) -> type[Login]:
    names: dict[str, Any] = {
        "_OAUTH_AUTHORIZE_URL": f"{site.url}/authorize",
        "_OAUTH_ACCESS_TOKEN_URL": f"{site.url}/token",
        "_OAUTH_USERINFO_URL": f"{site.url}/userinfo",
        "_OAUTH_ISSUER": site.url,
    }
    return type("LoginHere", (Login,), names)


async def answer(login: type[Login], browser: Browser) -> Login:
    handler = login(browser, REDIRECT_URI, SETTINGS)
    key = handler.get_google_oauth_settings()["key"]
    handler.authorize_redirect(REDIRECT_URI, client_id=key, scope=["openid", "profile"])
    return login(browser, await browser.visit(left(handler)), SETTINGS)


async def test_login_as_the_documentation_of_tornado_shows_it(
    login: type[Login], browser: Browser
) -> None:
    handler = await answer(login, browser)
    access = await handler.get_authenticated_user(
        redirect_uri=REDIRECT_URI, code=handler.get_argument("code") or ""
    )
    user = await handler.oauth2_request(
        handler._OAUTH_USERINFO_URL, access_token=access["access_token"]
    )
    assert user["email"] == "ada@example.com"
    assert access["id_token"]


async def test_credentials_as_arguments_and_callbacks(login: type[Login], browser: Browser) -> None:
    handler = await answer(login, browser)
    code = handler.get_argument("code") or ""
    handler.settings = {"cookie_secret": "cookie secret"}
    assert await handler.get_authenticated_user(REDIRECT_URI, code, CLIENT_ID, CLIENT_SECRET)
    with pytest.raises(KeyError, match="google_oauth"):
        handler.get_google_oauth_settings()

    handler = await answer(login, browser)
    code = handler.get_argument("code") or ""
    seen: list[Any] = []
    await handler.get_authenticated_user(REDIRECT_URI, code, seen.append)
    assert "access_token" in seen[0]


async def test_a_forged_answer(login: type[Login], browser: Browser) -> None:
    handler = login(browser, f"{REDIRECT_URI}?code=abc&state=x", SETTINGS)
    with pytest.raises(FlowError):
        await handler.get_authenticated_user(REDIRECT_URI, "abc")
