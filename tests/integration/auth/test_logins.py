"""Whole logins on the real server with a real client, and attacks on them.

Each attack gets a clear 4xx, the user stays out, and neither the log nor the page has a secret.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.auth.loopback_site import Site, serving
from tests.auth.oidc_provider import CLIENT_SECRET, OIDCProvider, make_key
from tests.auth.test_openid_connect import without_signature
from tests.integration.auth.login_site import LoginSite, login_site
from zonda.auth import issuers
from zonda.http import CookieJar
from zonda.httpclient import AsyncHTTPClient


class World:
    """A site, its provider, and another provider."""

    def __init__(self, login: LoginSite, provider: OIDCProvider, at: Site) -> None:
        self.login, self.provider, self.at = login, provider, at
        #: What must not be seen.
        self.secrets = {CLIENT_SECRET, "the secret of the cookies"}

    def watch(self, url: str) -> dict[str, str]:
        """The arguments of *url*; its secrets are not to be seen anywhere."""
        arguments = {k: v[-1] for k, v in parse_qs(urlsplit(url).query).items()}
        self.secrets |= {arguments[name] for name in ("code", "state") if name in arguments}
        return arguments

    def seen_by_provider(self) -> None:
        """All that went over the wire to the provider is not to be seen either."""
        for request in self.at.requests:
            for name in ("code", "code_verifier", "client_secret", "refresh_token"):
                if name in request.form:
                    self.secrets.add(request.form[name])
        self.secrets |= {token.access_token for token in self.provider.tokens}
        self.secrets |= {
            token.refresh_token for token in self.provider.tokens if token.refresh_token
        }


@pytest.fixture
async def world() -> AsyncIterator[World]:
    provider = OIDCProvider()
    async with serving(provider) as at, login_site() as login:
        login.serve_with(provider, at.url)
        yield World(login, provider, at)
    issuers._issuers.clear()  # the next provider may get the same port


async def test_login_with_openid_connect(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "zonda"):
        assert await world.login.user() == "nobody"
        back = await world.login.answer("/login?next=/%3Fhello")
        world.watch(back)
        came = await world.login.fetch(back)
        assert (came.code, came.headers["Location"]) == (302, "/?hello")
        assert await world.login.user() == "user-1"
    world.seen_by_provider()
    assert not [secret for secret in world.secrets if secret in caplog.text]
    # In one go, as a browser does it, and out again.
    landed = await world.login.fetch("/login?next=/", follow=True)
    assert (landed.code, landed.body) == (200, b"user-1")
    out = await world.login.fetch("/logout", method="POST", body=b"")
    assert out.headers["Location"].startswith(f"{world.at.url}/logout?client_id=")
    assert await world.login.user() == "nobody"


async def test_login_with_oauth2(world: World) -> None:
    landed = await world.login.fetch("/login/plain?next=/", follow=True)
    assert (landed.code, landed.body) == (200, b"somebody")
    back = await world.login.answer("/login/plain")
    assert (await world.login.fetch(back)).code == 302
    assert (await world.login.fetch(back)).code == 403


Attack = Callable[[World], Awaitable[str]]


async def no_state(world: World) -> str:
    query = world.watch(await world.login.answer())
    return f"/login?{urlencode({'code': query['code']})}"


async def wrong_state(world: World) -> str:
    query = world.watch(await world.login.answer())
    return f"/login?{urlencode({**query, 'state': 'x' * 43})}"


async def foreign_state(world: World) -> str:
    """The answer to the attacker's own login, given to the victim."""
    world.provider.user = "attacker"
    async with AsyncHTTPClient(force_instance=True, cookie_jar=CookieJar()) as client:
        attacker = LoginSite(world.login.url, world.login.application, client)
        back = await attacker.answer()
    world.watch(back)
    return back


async def replayed_state(world: World) -> str:
    back = await world.login.answer()
    world.watch(back)
    jar = world.login.client.cookie_jar
    assert jar is not None
    kept = [(c.name, c.value) for c in jar if c.name.startswith("oauth_")]
    assert (await world.login.fetch(back)).code == 302
    jar.clear()
    host = urlsplit(world.login.url).hostname or ""
    for name, value in kept:
        jar.store(f"{name}={value}; Path=/", host=host, path="/", secure=False, now=time.time())
    return back


async def injected_code(world: World) -> str:
    """A code that was stolen from somebody else's login."""
    stolen = world.watch(await world.login.answer())["code"]
    own = world.watch(await world.login.answer())
    return f"/login?{urlencode({**own, 'code': stolen})}"


async def another_issuer(world: World) -> str:
    query = world.watch(await world.login.answer())
    return f"/login?{urlencode({**query, 'iss': 'https://evil.example'})}"


async def no_issuer(world: World) -> str:
    query = world.watch(await world.login.answer())
    del query["iss"]
    return f"/login?{urlencode(query)}"


async def another_provider(world: World) -> str:
    """The answer of one provider at the handler of another."""
    world.login.application.settings["other"] = {
        **world.login.application.settings["openid_connect"],  # type: ignore[dict-item]  # of the test
        "issuer": "http://127.0.0.1:1",
    }
    query = world.watch(await world.login.answer())
    return f"/other?{urlencode(query)}"


async def refused(world: World) -> str:
    world.provider.user = None
    back = await world.login.answer()
    world.watch(back)
    return back


def spoiled(**attributes: Any) -> Attack:
    """The provider's tokens are not what they should be."""

    async def attack(world: World) -> str:
        vars(world.provider).update(attributes)
        back = await world.login.answer()
        world.watch(back)
        return back

    return attack


def claims(**changes: Any) -> Attack:
    return spoiled(edit_claims=lambda found: found.update(changes))


async def substituted(world: World) -> str:
    """The access token of somebody else."""
    kept: list[str] = []
    world.provider.edit_tokens = lambda tokens: kept.append(tokens["access_token"])
    await world.login.fetch(await world.login.answer())
    jar = world.login.client.cookie_jar
    assert jar is not None
    jar.clear()
    world.provider.user = "user-2"
    world.provider.edit_tokens = lambda tokens: tokens.update(access_token=kept[0])
    back = await world.login.answer()
    world.watch(back)
    world.secrets.add(kept[0])
    return back


@pytest.mark.parametrize(
    ("attack", "text"),
    [
        (no_state, "state is missing"),
        (wrong_state, "unknown state"),
        (foreign_state, "unknown state"),
        (replayed_state, "state is spent"),
        (injected_code, "invalid_grant"),
        (another_issuer, "another provider (iss)"),
        (no_issuer, "another provider (iss)"),
        (another_provider, "another provider"),
        (refused, "access_denied"),
        (claims(nonce="another"), "(nonce)"),
        (claims(aud="another"), "(aud)"),
        (claims(iss="https://evil.example"), "(iss)"),
        (claims(exp=1), "(exp)"),
        (claims(iat=4e9), "(iat)"),
        (claims(nbf=4e9), "(nbf)"),
        (claims(at_hash="AAAA"), "(at_hash)"),
        (substituted, "(at_hash)"),
        (spoiled(edit_tokens=without_signature), "(alg)"),
        (spoiled(signer=make_key("key-1")), "signature is wrong"),
        (spoiled(edit_userinfo=lambda info: info.update(sub="admin")), "another user"),
    ],
)
async def test_attacks(
    world: World, attack: Attack, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "zonda"):
        url = await attack(world)
        caplog.clear()
        received = await world.login.fetch(url)
    assert received.code == 403
    assert b"Traceback" not in received.body
    assert text in caplog.text
    assert "Traceback" not in caplog.text
    world.seen_by_provider()
    shown = [s for s in world.secrets if s in caplog.text or s.encode() in received.body]
    assert shown == []
    assert await world.login.user() == "nobody"


async def test_keys_that_change(world: World) -> None:
    for kid in ("key-1", "key-2"):
        world.provider.rotate(kid)
        landed = await world.login.fetch("/login?next=/", follow=True)
        assert landed.body == b"user-1"


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https:evil", "https://evil.example", "/\\evil.example", "/\r\nX: y"],
)
async def test_next_stays_here(world: World, wanted: str) -> None:
    """AU-04."""
    back = await world.login.answer(f"/login?{urlencode({'next': wanted})}")
    received = await world.login.fetch(back)
    assert (received.code, received.headers["Location"]) == (302, "/")
    assert "X" not in received.headers


async def test_the_host_of_the_request_does_not_count(world: World) -> None:
    """AU-01: the redirect_uri is that of the settings."""
    received = await world.login.fetch("/login", headers={"Host": "evil.example"})
    query = parse_qs(urlsplit(received.headers["Location"]).query)
    assert query["redirect_uri"] == [f"{world.login.url}/login"]


async def test_a_provider_that_is_down(world: World) -> None:
    world.login.application.settings["other"] = {
        **world.login.application.settings["openid_connect"],  # type: ignore[dict-item]  # of the test
        "issuer": "http://127.0.0.1:1",
    }
    assert (await world.login.fetch("/other")).code == 500
