"""The example of a login, run as its reader runs it, with a provider made with Authlib."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from tests.auth.loopback_site import serving
from tests.auth.oidc_provider import CLIENT_ID, CLIENT_SECRET, OIDCProvider
from tests.integration.program import Program, running
from zonda.http import CookieJar
from zonda.httpclient import AsyncHTTPClient

pytestmark = pytest.mark.deadline(100)


class Visitor:
    """A browser at the example, and the provider."""

    def __init__(self, program: Program, provider: OIDCProvider, client: AsyncHTTPClient) -> None:
        self.home = program.url
        self.provider = provider
        self.client = client
        provider.client.redirect_uris = [f"{self.home}login"]

    async def get(self, path: str) -> str:
        """The page at *path*, wherever that leads."""
        response = await self.client.fetch(self.home + path, raise_error=False, max_redirects=10)
        return response.body.decode()

    async def post(self, path: str, **form: str) -> tuple[int, str]:
        """Send a form; the status, and where it sends the browser."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        response = await self.client.fetch(
            self.home + path,
            raise_error=False,
            follow_redirects=False,
            method="POST",
            body=urlencode(form),
            headers=headers,
        )
        return response.code, response.headers.get("Location") or ""


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    provider = OIDCProvider()
    async with serving(provider) as site, contextlib.AsyncExitStack() as stack:
        provider.issuer = site.url
        program = running(
            *("-m", "examples.login_oidc", "--port=0", f"--issuer={site.url}"),
            *(f"--key={CLIENT_ID}", f"--secret={CLIENT_SECRET}"),
        )
        started = await asyncio.to_thread(program.__enter__)
        stack.callback(program.__exit__, None, None, None)
        client = AsyncHTTPClient(force_instance=True, cookie_jar=CookieJar())
        yield Visitor(started, provider, await stack.enter_async_context(client))


async def test_in_and_out(visitor: Visitor) -> None:
    assert "Nobody is logged in" in await visitor.get("")
    # Through the provider, and back to where the visitor wanted to go.
    assert "ada@example.com" in await visitor.get("private")
    page = await visitor.get("")
    assert "Hello, Ada Lovelace" in page
    token = re.search(r'name="_xsrf" value="([^"]+)"', page)
    assert token is not None
    assert (await visitor.post("logout"))[0] == 403
    status, location = await visitor.post("logout", _xsrf=token[1])
    assert status == 302
    assert location.startswith(f"{visitor.provider.issuer}/logout?client_id=")
    assert "id_token_hint=" in location
    assert "Nobody is logged in" in await visitor.get("")
    assert await visitor.post("logout", _xsrf=token[1]) == (302, "/")
    # An answer that nobody asked for.
    assert "403" in await visitor.get("login?code=abc&state=def")


async def test_the_provider_logs_somebody_out(visitor: Visitor) -> None:
    assert "user-1" in await visitor.get("private")
    now = int(time.time())
    event: dict[str, object] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    claims = {"iss": visitor.provider.issuer, "aud": CLIENT_ID, "sub": "user-1", "jti": "1"}
    times = {"iat": now, "exp": now + 60}
    assert (await visitor.post("logout/told", logout_token="forged"))[0] == 403
    assert "Hello" in await visitor.get("")
    signed = visitor.provider.sign({**claims, **times, "events": event}, typ="logout+jwt")
    assert (await visitor.post("logout/told", logout_token=signed))[0] == 200
    assert "Nobody is logged in" in await visitor.get("")


def test_an_option_is_missing() -> None:
    mistake = pytest.raises(AssertionError, match=r"login_oidc: --issuer is needed")
    with mistake as raised, running("-m", "examples.login_oidc"):
        pass
    assert "Traceback" not in str(raised.value)
