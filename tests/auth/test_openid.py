"""OpenID 2.0 against a provider of our own, friends and enemies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.auth.loopback_site import Answer, Request, Site, serving
from tests.auth.openid2_provider import OpenID2Provider
from tests.auth.plain_handler import Browser, PlainHandler, left
from zonda.auth import (
    MAX_ASSERTION_AGE,
    AuthError,
    FlowError,
    OpenIdMixin,
    ProviderError,
    RefusedError,
    TokenError,
)

SETTINGS = {"cookie_secret": "cookie secret"}


class Login(PlainHandler, OpenIdMixin):
    """A handler for the provider of a test."""


class Setup:
    def __init__(self, browser: Browser, site: Site, provider: OpenID2Provider) -> None:
        self.browser, self.site, self.provider = browser, site, provider
        self.login: type[Login] = type(
            "LoginHere", (Login,), {"_OPENID_ENDPOINT": f"{site.url}/openid"}
        )

    def handler(self, url: str = "/login") -> Login:
        return self.login(self.browser, url, SETTINGS)

    async def answer(self, **options: Any) -> str:
        handler = self.handler("/login?next=/articles")
        handler.authenticate_redirect(**options)
        return await self.browser.visit(left(handler))


@pytest.fixture
async def setup(browser: Browser) -> AsyncIterator[Setup]:
    provider = OpenID2Provider()
    async with serving(provider) as site:
        yield Setup(browser, site, provider)


def edited(url: str, **changes: str | None) -> str:
    """*url* with arguments changed; None takes one away."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    for name, value in changes.items():
        name = f"openid.{name}" if name != "state" else name
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return parts._replace(query=urlencode(query)).geturl()


async def test_login(setup: Setup) -> None:
    handler = setup.handler(await setup.answer())
    assert await handler.get_authenticated_user() == {
        "claimed_id": "https://openid.example/bret",
        "name": "Bret Taylor",
        "first_name": "Bret",
        "last_name": "Taylor",
        "email": "bret@example.com",
        "locale": "de-AT",
        "username": "btaylor",
    }
    assert handler.get_next_url() == "/articles"
    assert setup.browser.cookies == {}


@pytest.mark.parametrize(
    ("missing", "name"),
    [("namePerson", "Bret Taylor"), ("namePerson namePerson/first namePerson/last", "bret")],
)
async def test_names_from_what_there_is(setup: Setup, missing: str, name: str) -> None:
    for part in missing.split():
        del setup.provider.attributes[f"http://axschema.org/{part}"]
    user = await setup.handler(await setup.answer()).get_authenticated_user()
    assert user["name"] == name


async def test_attributes_with_several_values_and_with_none(setup: Setup) -> None:
    def edit(message: dict[str, str]) -> None:
        message["openid.ext1.count.email"] = "2"
        message["openid.ext1.value.email.1"] = message.pop("openid.ext1.value.email")
        message["openid.ext1.value.email.2"] = "second@example.com"
        del message["openid.ext1.value.username"]
        message["openid.ext1.value.language"] = ""

    setup.provider.before = edit
    user = await setup.handler(await setup.answer()).get_authenticated_user()
    assert user["email"] == "bret@example.com"
    assert not {"username", "locale"} & user.keys()


async def test_attributes_are_asked_for(setup: Setup) -> None:
    user = await setup.handler(await setup.answer(ax_attrs=["email"])).get_authenticated_user()
    assert set(user) == {"claimed_id", "email", "name"}
    back = await setup.answer(ax_attrs=[])
    assert set(await setup.handler(back).get_authenticated_user()) == {"claimed_id"}
    with pytest.raises(ValueError, match="no attribute 'shoe_size'"):
        setup.handler().authenticate_redirect(ax_attrs=["shoe_size"])


async def test_callback_style(setup: Setup) -> None:
    users: list[Any] = []
    back = await setup.answer(callback_uri="back?a=1")
    assert back.startswith("http://site.example/back?a=1&state=")
    await setup.handler(back).get_authenticated_user(users.append)
    assert await setup.handler(back).get_authenticated_user(callback=users.append) is None
    assert [user and user["email"] for user in users] == ["bret@example.com", None]


async def test_a_client_of_ones_own(setup: Setup) -> None:
    handler = setup.handler(await setup.answer())
    assert await handler.get_authenticated_user(setup.browser.client)
    OpenIdMixin().get_auth_http_client().close()


# AU-02: the one line counts, and nothing that contains it.
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"is_valid:false\n",
        b"is_valid:true_not\n",
        b"is_valid:true \n",
        b"is_valid:true\r\n",
        b"is_valid: true\n",
        b"IS_VALID:true\n",
        b"x_is_valid:true\n",
        b"error:is_valid:true\n",
        b"error:see is_valid:true\nis_valid:false\n",
        b"is_valid:true\nis_valid:false\n",
        b"is_valid:false\nis_valid:true\n",
        b"is_valid:true\nis_valid:true\n",
    ],
)
async def test_only_the_exact_line_confirms(setup: Setup, answer: bytes) -> None:
    setup.provider.confirm = answer
    back = await setup.answer()
    with pytest.raises(TokenError, match="does not confirm"):
        await setup.handler(back).get_authenticated_user()


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"state": None}, FlowError, "missing"),
        ({"state": "other"}, FlowError, "unknown"),
        ({"mode": "cancel"}, RefusedError, "cancel"),
        ({"mode": "setup_needed"}, RefusedError, "setup_needed"),
        ({"mode": "error", "error": "bad\r\nrequest"}, RefusedError, "error: bad request"),
        ({"mode": None}, RefusedError, "no OpenID message"),
        ({"ns": "http://openid.net/signon/1.1"}, TokenError, r"OpenID 2\.0"),
        ({"op_endpoint": "https://evil.example/"}, FlowError, "another provider"),
        ({"return_to": "https://evil.example/"}, FlowError, "another address"),
        ({"claimed_id": "https://openid.example/admin"}, TokenError, "does not confirm"),
        ({"sig": "0" * 64}, TokenError, "does not confirm"),
        ({"sig": None}, TokenError, "does not confirm"),
        ({"signed": "mode"}, TokenError, "does not sign op_endpoint"),
        ({"signed": None}, TokenError, "does not sign"),
        ({"response_nonce": None}, TokenError, "does not sign response_nonce"),
        ({"response_nonce": "yesterday"}, TokenError, "too old"),
    ],
)
async def test_forged_answers(
    setup: Setup, changes: dict[str, str | None], error: type[AuthError], text: str
) -> None:
    back = edited(await setup.answer(), **changes)
    with pytest.raises(error, match=text) as raised:
        await setup.handler(back).get_authenticated_user()
    assert raised.value.status == 403


async def test_an_identity_that_is_not_signed(setup: Setup) -> None:
    def leave_out(message: dict[str, str]) -> None:
        message["openid.signed"] = "op_endpoint,return_to,response_nonce,assoc_handle,identity"

    setup.provider.before = leave_out
    with pytest.raises(TokenError, match="does not sign claimed_id"):
        await setup.handler(await setup.answer()).get_authenticated_user()


async def test_attributes_that_are_not_signed_do_not_count(setup: Setup) -> None:
    """An attacker adds an address to a good assertion of his own."""
    del setup.provider.attributes["http://axschema.org/contact/email"]

    def add(message: dict[str, str]) -> None:
        message["openid.ext1.type.email"] = "http://axschema.org/contact/email"
        message["openid.ext1.value.email"] = "admin@example.com"

    setup.provider.after = add
    user = await setup.handler(await setup.answer()).get_authenticated_user()
    assert "email" not in user

    def sign_the_least(message: dict[str, str]) -> None:
        least = "op_endpoint,return_to,response_nonce,assoc_handle,claimed_id,identity"
        message["openid.signed"] = least

    setup.provider.before = sign_the_least
    user = await setup.handler(await setup.answer()).get_authenticated_user()
    assert set(user) == {"claimed_id"}


@pytest.mark.parametrize("seconds", [-MAX_ASSERTION_AGE - 60, MAX_ASSERTION_AGE + 60])
async def test_old_and_future_assertions(setup: Setup, seconds: int) -> None:
    made = datetime.now(UTC) + timedelta(seconds=seconds)

    def shift(message: dict[str, str]) -> None:
        message["openid.response_nonce"] = f"{made:%Y-%m-%dT%H:%M:%SZ}abc"

    setup.provider.before = shift
    with pytest.raises(TokenError, match="too old, or from the future"):
        await setup.handler(await setup.answer()).get_authenticated_user()


async def test_an_assertion_counts_once(setup: Setup) -> None:
    """Even with a provider that does not care, and the browser's help."""
    back = await setup.answer()
    cookies = dict(setup.browser.cookies)
    await setup.handler(back).get_authenticated_user()
    setup.browser.cookies.update(cookies)
    setup.provider.nonces.clear()
    with pytest.raises(FlowError, match="used before"):
        await setup.handler(back).get_authenticated_user()
    # The same nonce in the answer to another login.
    nonce = parse_qs(urlsplit(back).query)["openid.response_nonce"][0]

    def repeat(message: dict[str, str]) -> None:
        message["openid.response_nonce"] = nonce

    setup.provider.before = repeat
    with pytest.raises(TokenError, match="used before"):
        await setup.handler(await setup.answer()).get_authenticated_user()


async def test_a_provider_that_is_down(setup: Setup) -> None:
    back = await setup.answer()

    def fail(request: Request) -> Answer:
        return Answer(500, setup.provider.confirm)

    setup.site.respond = fail
    with pytest.raises(TokenError, match="does not confirm"):
        await setup.handler(back).get_authenticated_user()


async def test_a_provider_that_is_gone(browser: Browser) -> None:
    async with serving(provider := OpenID2Provider()) as site:
        setup = Setup(browser, site, provider)
        back = await setup.answer()
    with pytest.raises(ProviderError, match="no answer from http://127"):
        await setup.handler(back).get_authenticated_user()
