"""Facebook's OAuth 2 and Graph API, against a provider made with Authlib."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.auth.loopback_site import Site, json_body, serving
from tests.auth.oidc_provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, OIDCProvider
from tests.auth.plain_handler import Browser, PlainHandler, left
from zonda.auth import FacebookGraphMixin, FlowError, ProviderError, RefusedError

SETTINGS = {"cookie_secret": "cookie secret"}


class Login(PlainHandler, FacebookGraphMixin):
    """A handler for the provider of a test."""


@pytest.fixture
def provider() -> OIDCProvider:
    provider = OIDCProvider(names_itself=False)
    provider.edit_userinfo = lambda info: info.update(id="4", extra="more")
    return provider


@pytest.fixture
async def site(provider: OIDCProvider) -> AsyncIterator[Site]:
    async with serving(provider) as site:
        provider.issuer = site.url
        yield site


@pytest.fixture
def login(site: Site) -> type[Login]:
    names: dict[str, Any] = {
        "_OAUTH_AUTHORIZE_URL": f"{site.url}/authorize?",
        "_OAUTH_ACCESS_TOKEN_URL": f"{site.url}/token?",
        "_FACEBOOK_BASE_URL": site.url,
    }
    return type("LoginHere", (Login,), names)


async def answer(login: type[Login], browser: Browser) -> Login:
    handler = login(browser, REDIRECT_URI, SETTINGS)
    handler.authorize_redirect(
        redirect_uri=REDIRECT_URI, client_id=CLIENT_ID, extra_params={"scope": "email"}
    )
    return login(browser, await browser.visit(left(handler)), SETTINGS)


async def test_login(login: type[Login], site: Site, browser: Browser) -> None:
    handler = await answer(login, browser)
    code = handler.get_argument("code") or ""
    user = await handler.get_authenticated_user(
        redirect_uri=REDIRECT_URI,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        code=code,
        extra_fields={"extra"},
    )
    assert user is not None
    assert (user["id"], user["name"], user["extra"]) == ("4", "Ada Lovelace", "more")
    assert user["link"] is None
    assert user["session_expires"] == "864000"
    (request,) = site.asked("/me")
    assert request.query["fields"] == "extra,first_name,id,last_name,link,locale,name,picture"
    proof = hmac.new(CLIENT_SECRET.encode(), user["access_token"].encode(), hashlib.sha256)
    assert request.query["appsecret_proof"] == proof.hexdigest()


async def test_callbacks(login: type[Login], provider: OIDCProvider, browser: Browser) -> None:
    handler = await answer(login, browser)
    code = handler.get_argument("code") or ""
    seen: list[Any] = []
    await handler.get_authenticated_user(REDIRECT_URI, CLIENT_ID, CLIENT_SECRET, code, seen.append)
    assert seen[0]["id"] == "4"
    provider.instead["/feed"] = json_body({"id": "4_1"})
    await handler.facebook_request("/feed", seen.append, {"message": "Hi"}, a="1")
    token = seen[0]["access_token"]
    await handler.facebook_request("/feed", access_token=token, callback=seen.append)
    assert seen[1:] == [{"id": "4_1"}] * 2


async def test_requests(login: type[Login], provider: OIDCProvider, browser: Browser) -> None:
    handler = login(browser, "/", SETTINGS)
    with pytest.raises(RefusedError):
        await handler.facebook_request("/me", access_token="wrong")
    with pytest.raises(ProviderError):
        await handler.facebook_request("https://127.0.0.1:1/me", access_token="wrong")


async def test_an_answer_without_a_user(
    login: type[Login], provider: OIDCProvider, browser: Browser
) -> None:
    provider.instead["/me"] = json_body({})
    handler = await answer(login, browser)
    code = handler.get_argument("code") or ""
    with pytest.raises(ProviderError, match="who the user is"):
        await handler.get_authenticated_user(REDIRECT_URI, CLIENT_ID, CLIENT_SECRET, code)


async def test_a_forged_answer(login: type[Login], browser: Browser) -> None:
    handler = login(browser, f"{REDIRECT_URI}?code=abc&state=x", SETTINGS)
    with pytest.raises(FlowError):
        await handler.get_authenticated_user(REDIRECT_URI, CLIENT_ID, CLIENT_SECRET, "abc")
