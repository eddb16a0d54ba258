"""GitHub's OAuth 2, against a provider made with Authlib."""

from __future__ import annotations

from typing import Any

import pytest

from tests.auth.loopback_site import json_body, serving
from tests.auth.oidc_provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, OIDCProvider
from tests.auth.plain_handler import Browser, PlainHandler, left
from zonda.auth import GitHubOAuth2Mixin, ProviderError, RefusedError

SETTINGS: dict[str, Any] = {
    "cookie_secret": "cookie secret",
    "github_oauth": {"key": CLIENT_ID, "secret": CLIENT_SECRET},
}


class Login(PlainHandler, GitHubOAuth2Mixin):
    """A handler for the provider of a test."""


def login_at(url: str) -> type[Login]:
    names: dict[str, Any] = {
        "_OAUTH_AUTHORIZE_URL": f"{url}/authorize",
        "_OAUTH_ACCESS_TOKEN_URL": f"{url}/token",
        "_GITHUB_BASE_URL": url,
    }
    return type("LoginHere", (Login,), names)


async def answer(login: type[Login], browser: Browser) -> Login:
    handler = login(browser, REDIRECT_URI, SETTINGS)
    key = handler.get_github_oauth_settings()["key"]
    handler.authorize_redirect(REDIRECT_URI, key, scope=["profile"])
    return login(browser, await browser.visit(left(handler)), SETTINGS)


async def test_login(browser: Browser) -> None:
    provider = OIDCProvider(names_itself=False)
    provider.edit_userinfo = lambda info: info.update(id=7, login="ada")
    async with serving(provider) as site:
        login = login_at(site.url)
        handler = await answer(login, browser)
        user = await handler.get_authenticated_user()
        assert (user["id"], user["login"]) == (7, "ada")
        # GitHub answers with a form unless it is asked for JSON, and not at all without a name.
        (request,) = site.asked("/token")
        assert request.headers["Accept"] == "application/json"
        assert request.headers["User-Agent"] == "zonda"

        handler = await answer(login, browser)
        seen: list[Any] = []
        await handler.get_authenticated_user(
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, callback=seen.append
        )
        assert seen[0]["id"] == 7

        provider.instead["/user"] = json_body({"message": "?"})
        with pytest.raises(ProviderError, match="who the user is"):
            await (await answer(login, browser)).get_authenticated_user()


async def test_github_says_no_with_status_200(browser: Browser) -> None:
    provider = OIDCProvider(names_itself=False)
    provider.instead["/token"] = json_body(
        {"error": "bad_verification_code", "error_description": "The code is incorrect."}
    )
    async with serving(provider) as site:
        handler = await answer(login_at(site.url), browser)
        with pytest.raises(RefusedError, match="bad_verification_code: The code is incorrect"):
            await handler.get_authenticated_user()
