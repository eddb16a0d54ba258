"""OAuth 2 with whatever a subclass names, against a provider made with Authlib."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.auth.loopback_site import Answer, Site, json_body, serving
from tests.auth.oidc_provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, OIDCProvider
from tests.auth.plain_handler import Browser, PlainHandler, arguments, left
from zonda.auth import FlowError, OAuth2Mixin, ProviderError, RefusedError

SETTINGS = {"cookie_secret": "cookie secret"}


class Login(PlainHandler, OAuth2Mixin):
    """A handler for the provider of a test."""


class Setup:
    def __init__(self, browser: Browser, site: Site, provider: OIDCProvider) -> None:
        self.browser, self.site, self.provider = browser, site, provider
        provider.issuer = site.url
        names: dict[str, Any] = {
            "_OAUTH_AUTHORIZE_URL": f"{site.url}/authorize",
            "_OAUTH_ACCESS_TOKEN_URL": f"{site.url}/token",
        }
        self.login: type[Login] = type("LoginHere", (Login,), names)

    def handler(self, url: str = REDIRECT_URI) -> Login:
        return self.login(self.browser, url, SETTINGS)

    async def answer(self, **options: Any) -> str:
        first = self.handler()
        first.authorize_redirect(
            **{
                "redirect_uri": REDIRECT_URI,
                "client_id": CLIENT_ID,
                "scope": ["profile"],
                **options,
            }
        )
        return await self.browser.visit(left(first))

    async def tokens(self, back: str) -> dict[str, Any]:
        return await self.handler(back).exchange_code(
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET
        )


@pytest.fixture
async def setup(browser: Browser) -> AsyncIterator[Setup]:
    provider = OIDCProvider()
    async with serving(provider) as site:
        yield Setup(browser, site, provider)


async def test_login(setup: Setup) -> None:
    tokens = await setup.tokens(await setup.answer())
    assert tokens["token_type"] == "Bearer"
    info = await setup.handler().oauth2_request(
        f"{setup.site.url}/userinfo", access_token=tokens["access_token"], fields="name", n=1
    )
    assert info["name"] == "Ada Lovelace"
    (request,) = setup.site.asked("/userinfo")
    assert request.query == {"fields": "name", "n": "1"}
    (request,) = setup.site.asked("/token")
    assert len(request.form["code_verifier"]) == 43
    assert request.form["client_secret"] == CLIENT_SECRET


def test_what_a_plain_redirect_says(browser: Browser) -> None:
    """It is done when it returns, as programs without coroutines need it."""

    class Here(Login):
        _OAUTH_AUTHORIZE_URL = "https://provider.example/authorize?a=1"

    handler = Here.__new__(Here)
    PlainHandler.__init__(handler, browser, "/login", SETTINGS)
    done = handler.authorize_redirect(
        "https://site.example/login",
        "id",
        "never sent",
        extra_params={"approval_prompt": "auto"},
        scope=["profile", "email"],
    )
    assert done is None
    query = arguments(left(handler))
    assert query["a"] == "1"
    assert query["scope"] == "profile email"
    assert query["approval_prompt"] == "auto"
    assert query["response_type"] == "code"
    assert "never sent" not in left(handler)


@pytest.mark.parametrize("changes", [{"state": None}, {"state": "x"}, {"code": None}])
async def test_answers_that_are_refused(setup: Setup, changes: dict[str, str | None]) -> None:
    query = {**arguments(await setup.answer()), **changes}
    given = urlencode({name: value for name, value in query.items() if value is not None})
    with pytest.raises(FlowError):
        await setup.tokens(f"{REDIRECT_URI}?{given}")
    assert setup.site.asked("/token") == []


async def test_an_answer_counts_once(setup: Setup) -> None:
    back = await setup.answer()
    await setup.tokens(back)
    with pytest.raises(FlowError):
        await setup.tokens(back)


async def test_a_code_of_another_login(setup: Setup) -> None:
    stolen = arguments(await setup.answer())["code"]
    own = arguments(await setup.answer())
    with pytest.raises(RefusedError, match="invalid_grant"):
        await setup.tokens(f"{REDIRECT_URI}?{urlencode({**own, 'code': stolen})}")


async def test_a_state_of_ones_own(setup: Setup) -> None:
    """Old programs put something into it; it is bound to the browser all the same."""
    back = await setup.answer(extra_params={"state": "my own state é"})
    assert arguments(back)["state"] == "my own state é"
    other = Setup(Browser(setup.browser.client), setup.site, setup.provider)
    with pytest.raises(FlowError):
        await other.tokens(back)
    assert await setup.tokens(back)
    with pytest.raises(FlowError):
        await setup.tokens(back)
    # Who has one may well ask for tokens without the mixin.
    assert "code_challenge" not in setup.site.asked("/authorize")[0].query
    setup.login._OAUTH_PKCE = True
    # It may always be the same.
    assert await setup.tokens(await setup.answer(extra_params={"state": "my own state é"}))


async def test_the_issuer_where_it_is_known(setup: Setup) -> None:
    setup.login._OAUTH_ISSUER = "https://another.example"
    with pytest.raises(FlowError, match="iss"):
        await setup.tokens(await setup.answer())
    setup.login._OAUTH_ISSUER = setup.site.url
    assert await setup.tokens(await setup.answer())


async def test_a_redirect_uri_that_differs(setup: Setup) -> None:
    back = await setup.answer()
    with pytest.raises(FlowError, match="redirect_uri"):
        await setup.handler(back).exchange_code(redirect_uri="https://site.example/other")


async def test_a_redirect_uri_that_is_registered_only(setup: Setup) -> None:
    back = await setup.answer(redirect_uri=None)
    assert await setup.tokens(back)
    assert "redirect_uri" not in setup.site.asked("/token")[0].form


async def test_without_pkce(setup: Setup) -> None:
    setup.login._OAUTH_PKCE = False
    assert await setup.tokens(await setup.answer())
    assert "code_challenge" not in setup.site.asked("/authorize")[0].query


async def test_pkce_of_ones_own(setup: Setup) -> None:
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
    own = {"code_challenge": challenge, "code_challenge_method": "S256"}
    handler = setup.handler(await setup.answer(extra_params=own))
    assert setup.site.asked("/authorize")[0].query["code_challenge"] == challenge
    assert await handler.exchange_code(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        extra_params={"code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
    )


async def test_an_error_of_the_provider(setup: Setup) -> None:
    setup.provider.user = None
    with pytest.raises(RefusedError) as raised:
        await setup.tokens(await setup.answer())
    assert raised.value.error == "access_denied"


async def test_next(setup: Setup) -> None:
    back = await setup.answer(next_url="/after?a=1")
    handler = setup.handler(back)
    await handler.exchange_code(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert handler.get_next_url() == "/after?a=1"
    handler = setup.handler(await setup.answer())
    await handler.exchange_code(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert handler.get_next_url("/home") == "/home"
    assert setup.handler("/login?next=/here").get_next_url() == "/here"
    assert setup.handler("/login?next=//evil.example").get_next_url() == "/"


async def test_subclasses_that_fetch_tokens_themselves(setup: Setup) -> None:
    back = await setup.answer()
    handler = setup.handler(back)
    url = handler._oauth_request_token_url(
        REDIRECT_URI, CLIENT_ID, CLIENT_SECRET, "the code", {"a": "1"}
    )
    assert url.startswith(f"{setup.site.url}/token?")
    query = arguments(url)
    assert (query["code"], query["client_secret"], query["a"]) == ("the code", CLIENT_SECRET, "1")
    assert len(query["code_verifier"]) == 43
    # The flow was checked, and may be asked for again in this request.
    assert handler._oauth_request_token_url(code="the code")
    with pytest.raises(FlowError):
        setup.handler(f"{REDIRECT_URI}?code=abc")._oauth_request_token_url(code="abc")


async def test_refresh(setup: Setup) -> None:
    tokens = await setup.tokens(await setup.answer())
    fresh = await setup.handler().refresh_access_token(
        tokens["refresh_token"], CLIENT_ID, CLIENT_SECRET, scope="profile"
    )
    assert fresh["access_token"] != tokens["access_token"]
    with pytest.raises(RefusedError, match="invalid_grant"):
        await setup.handler().refresh_access_token("none", CLIENT_ID, CLIENT_SECRET)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ({"access_token": ""}, "access_token"),
        ({"access_token": 7}, "access_token"),
        ({"access_token": "a\r\nX-Evil: 1"}, "access_token"),
        ({"access_token": "\ud800"}, "access_token"),
        ({"access_token": "a", "refresh_token": "\ud800"}, "refresh_token"),
        ({"access_token": "a", "refresh_token": None}, "refresh_token"),
    ],
)
async def test_tokens_that_cannot_be_sent(setup: Setup, answer: object, name: str) -> None:
    setup.provider.instead["/token"] = json_body(answer)
    with pytest.raises(ProviderError, match=f"no {name}"):
        await setup.tokens(await setup.answer())


async def test_requests(setup: Setup) -> None:
    handler = setup.handler()
    url = f"{setup.site.url}/anything"
    setup.provider.instead["/anything"] = json_body([1, 2])
    assert await handler.oauth2_request(url, post_args={"text": "a&b", "n": 1, "raw": b"x"}) == [
        1,
        2,
    ]
    assert setup.site.requests[-1].form == {"text": "a&b", "n": "1", "raw": "x"}
    assert "Authorization" not in setup.site.requests[-1].headers

    setup.login._OAUTH_TOKEN_IN_QUERY = True
    await handler.oauth2_request(url, "token")
    assert setup.site.requests[-1].query == {"access_token": "token"}
    assert "Authorization" not in setup.site.requests[-1].headers


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (
            json_body({"error": {"type": "OAuthException", "message": "No"}}, 400),
            RefusedError,
            "No",
        ),
        (json_body({"error": 7}, 400), RefusedError, "answered 400"),
        (json_body({}, 418), RefusedError, "answered 418"),
        (Answer(502), ProviderError, "answered 502"),
        (Answer(204), ProviderError, "makes no sense"),
        (Answer(200, "x" * (1024 * 1024 + 1)), ProviderError, "ResponseError"),
    ],
)
async def test_requests_that_fail(
    setup: Setup, answer: Answer, error: type[Exception], text: str
) -> None:
    setup.provider.instead["/me"] = answer
    with pytest.raises(error, match=text):
        await setup.handler().oauth2_request(f"{setup.site.url}/me", "secret-token")


async def test_the_client_is_the_common_one() -> None:
    client = OAuth2Mixin().get_auth_http_client()
    assert client is OAuth2Mixin().get_auth_http_client()
    client.close()
