"""Facebook Connect as it was, against a provider of our own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.auth.loopback_site import Answer, Request, Site, json_body, redirect, serving
from tests.auth.plain_handler import Browser, PlainHandler, left
from zonda.auth import (
    AuthError,
    FacebookMixin,
    FlowError,
    ProviderError,
    RefusedError,
    TokenError,
)

SECRET = "application secret"
SURROGATES = r'{"uid": "\ud800", "session_key": [], "sig": "\udfff"}'
SETTINGS = {"cookie_secret": "c", "facebook_api_key": "api key", "facebook_secret": SECRET}


class Login(PlainHandler, FacebookMixin):
    """A handler for the provider of a test."""


def signature(values: dict[str, Any]) -> str:
    text = "".join(f"{name}={values[name]}" for name in sorted(values)) + SECRET
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Facebook:
    """Everybody is user 4, and has agreed."""

    def __init__(self) -> None:
        self.session: dict[str, Any] = {"uid": 4, "session_key": "abc", "expires": 0}
        self.users: Any = [{"uid": 4, "name": "Mark", "username": "zuck"}]
        self.sign = signature

    def __call__(self, request: Request) -> Answer:
        if request.path == "/login.php":
            session = {**self.session, "sig": self.sign(self.session)}
            query = urlencode({"session": json.dumps(session)})
            return redirect(f"{request.query['next']}&{query}")
        form = dict(request.form)
        if form.pop("sig") != signature(form):
            return json_body({"error_code": 104, "error_msg": "Incorrect signature"})
        if form["method"] == "facebook.users.getInfo":
            return json_body(self.users)
        return json_body({"method": form["method"]})


@pytest.fixture
def facebook() -> Facebook:
    return Facebook()


@pytest.fixture
async def site(facebook: Facebook) -> AsyncIterator[Site]:
    async with serving(facebook) as site:
        yield site


@pytest.fixture
def login(site: Site) -> type[Login]:
    names: dict[str, Any] = {
        "_FACEBOOK_LOGIN_URL": f"{site.url}/login.php",
        "_FACEBOOK_REST_URL": f"{site.url}/restserver.php",
    }
    return type("LoginHere", (Login,), names)


async def test_login_and_requests(login: type[Login], site: Site, browser: Browser) -> None:
    first = login(browser, "/login?next=/feed", SETTINGS)
    first.authorize_redirect(["read_stream", "email"], cancel_uri="/cancelled")
    back = await browser.visit(left(first))
    asked = site.requests[0].query
    assert asked["req_perms"] == "read_stream,email"
    assert asked["cancel_url"] == "http://site.example/cancelled"
    second = login(browser, back, SETTINGS)
    user = await second.get_authenticated_user()
    assert user.items() >= {"uid": 4, "name": "Mark", "session_key": "abc"}.items()
    assert second.get_next_url() == "/feed"
    answers: list[Any] = []
    await second.facebook_request("stream.get", answers.append, session_key="abc")
    assert answers == [{"method": "facebook.stream.get"}]
    with pytest.raises(FlowError):
        await login(browser, back, SETTINGS).get_authenticated_user()


async def test_permissions_as_text_and_own_callback(login: type[Login], browser: Browser) -> None:
    handler = login(browser, "/login", SETTINGS)
    handler.authenticate_redirect("/back", extended_permissions="email")
    assert "req_perms=email" in left(handler)
    assert "next=http%3A%2F%2Fsite.example%2Fback%3Fstate%3D" in left(handler)


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"sign": lambda session: "0" * 32}, TokenError, "not signed"),
        ({"users": []}, ProviderError, "who the user is"),
        ({"users": [{"uid": 5}]}, ProviderError, "who the user is"),
        ({"users": {"error_code": 102, "error_msg": "Session key invalid"}}, RefusedError, "key"),
        ({"session": {"uid": 4}}, TokenError, "whole session"),
    ],
)
async def test_forged_answers(
    login: type[Login],
    facebook: Facebook,
    browser: Browser,
    change: dict[str, Any],
    error: type[AuthError],
    text: str,
) -> None:
    vars(facebook).update(change)
    first = login(browser, "/login", SETTINGS)
    first.authenticate_redirect()
    second = login(browser, await browser.visit(left(first)), SETTINGS)
    with pytest.raises(error, match=text):
        await second.get_authenticated_user()


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", RefusedError),
        ("&session=%7B", TokenError),
        ("&session=7", TokenError),
        (f"&session={quote(SURROGATES)}", TokenError),
    ],
    ids=["none", "no JSON", "no object", "surrogates"],
)
async def test_answers_without_a_session(
    login: type[Login], browser: Browser, query: str, error: type[AuthError]
) -> None:
    first = login(browser, "/login", SETTINGS)
    first.authenticate_redirect()
    back = (await browser.visit(left(first))).partition("&session=")[0]
    with pytest.raises(error):
        await login(browser, back + query, SETTINGS).get_authenticated_user()


def test_the_client_is_the_common_one() -> None:
    import asyncio

    async def main() -> None:
        client = FacebookMixin().get_auth_http_client()
        assert client is FacebookMixin().get_auth_http_client()
        client.close()

    asyncio.run(main())
