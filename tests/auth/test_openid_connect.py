"""OpenID Connect against a provider made with Authlib, honest and not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.auth.loopback_site import Answer, Site, json_body, serving
from tests.auth.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT_URI,
    Client,
    OIDCProvider,
    make_key,
)
from tests.auth.plain_handler import Browser, PlainHandler, arguments, left
from zonda.auth import (
    LEEWAY,
    AuthError,
    FlowError,
    OpenIDConnectMixin,
    ProviderError,
    RefusedError,
    TokenError,
    issuers,
)


class Login(PlainHandler, OpenIDConnectMixin):
    """A handler for any provider."""


class Setup:
    def __init__(self, browser: Browser, site: Site, provider: OIDCProvider) -> None:
        self.browser, self.site, self.provider = browser, site, provider
        provider.issuer = site.url
        self.settings: dict[str, Any] = {
            "cookie_secret": "cookie secret",
            "openid_connect": {
                "issuer": site.url,
                "key": CLIENT_ID,
                "secret": CLIENT_SECRET,
                "redirect_uri": REDIRECT_URI,
            },
        }

    def handler(self, url: str = REDIRECT_URI) -> Login:
        return Login(self.browser, url, self.settings)

    async def leave(self, **options: Any) -> str:
        """The provider's URL to which the browser is sent."""
        handler = self.handler(f"{REDIRECT_URI}?next=/articles")
        await handler.authorize_redirect(**options)
        return left(handler)

    async def answer(self, **options: Any) -> str:
        """Where the provider sends the browser back to."""
        return await self.browser.visit(await self.leave(**options))

    async def user(self, back: str | None = None) -> dict[str, Any]:
        back = back or await self.answer()
        return await self.handler(back).get_authenticated_user()


@pytest.fixture
async def setup(browser: Browser) -> AsyncIterator[Setup]:
    provider = OIDCProvider()
    async with serving(provider) as site:
        yield Setup(browser, site, provider)


async def test_login(setup: Setup) -> None:
    back = await setup.answer()
    handler = setup.handler(back)
    user = await handler.get_authenticated_user()
    assert user["sub"] == "user-1"
    assert user["iss"] == setup.site.url
    assert user["name"] == "Ada Lovelace"
    assert user["access_token"] and user["id_token"]
    assert "nonce" not in user
    assert handler.get_next_url() == "/articles"
    assert setup.browser.cookies == {}
    code = arguments(back)["code"]
    assert code not in (handler.request.uri or "")


async def test_everything_is_asked_for_without_being_told_to(setup: Setup) -> None:
    query = arguments(await setup.leave())
    assert query["client_id"] == CLIENT_ID
    assert query["redirect_uri"] == REDIRECT_URI
    assert query["scope"] == "openid profile email"
    assert query["code_challenge_method"] == "S256"
    assert all(len(query[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    (request,) = setup.site.requests
    assert request.path == "/.well-known/openid-configuration"


async def test_credentials_go_in_the_header(setup: Setup) -> None:
    await setup.user()
    (request,) = setup.site.asked("/token")
    assert request.headers["Authorization"].startswith("Basic ")
    assert "client_secret" not in request.form
    assert len(request.form["code_verifier"]) == 43


async def test_credentials_in_the_form_where_the_provider_wants_it(setup: Setup) -> None:
    def edit(metadata: dict[str, Any]) -> None:
        metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]

    setup.provider.edit_metadata = edit
    await setup.user()
    (request,) = setup.site.asked("/token")
    assert request.form["client_secret"] == CLIENT_SECRET
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    "name", ["token_endpoint_auth_methods_supported", "id_token_signing_alg_values_supported"]
)
@pytest.mark.parametrize("value", [None, 7, {}])
async def test_metadata_that_leaves_things_open(setup: Setup, name: str, value: object) -> None:
    def edit(metadata: dict[str, Any]) -> None:
        metadata.pop(name, None)
        if value is not None:
            metadata[name] = value

    setup.provider.edit_metadata = edit
    assert await setup.user()


async def test_without_pkce(setup: Setup) -> None:
    class Simple(Login):
        _OAUTH_PKCE = False

    handler = Simple(setup.browser, REDIRECT_URI, setup.settings)
    await handler.authorize_redirect()
    assert "code_challenge" not in arguments(left(handler))
    back = await setup.browser.visit(left(handler))
    handler = Simple(setup.browser, back, setup.settings)
    assert await handler.get_authenticated_user()


async def test_answers_with_little(setup: Setup) -> None:
    def edit(tokens: dict[str, Any]) -> None:
        del tokens["refresh_token"], tokens["expires_in"]

    setup.provider.edit_tokens = edit
    user = await setup.user()
    assert not {"refresh_token", "expires_in"} & user.keys()


async def test_a_public_client(setup: Setup) -> None:
    setup.provider.client = Client(CLIENT_ID, None, [REDIRECT_URI])
    del setup.settings["openid_connect"]["secret"]
    assert (await setup.user())["sub"] == "user-1"


async def test_arguments_instead_of_settings(setup: Setup) -> None:
    setup.settings["openid_connect"].update(key="other", secret="other", redirect_uri="other")
    back = await setup.answer(redirect_uri=REDIRECT_URI, client_id=CLIENT_ID, scope=["openid"])
    tokens = await setup.handler(back).exchange_code(
        client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=REDIRECT_URI
    )
    assert tokens["scope"] == "openid"
    assert "id_token" in tokens


async def test_no_userinfo_where_it_is_not_wanted(setup: Setup) -> None:
    class Short(Login):
        _OIDC_USERINFO = False

    user = await Short(setup.browser, await setup.answer(), setup.settings).get_authenticated_user()
    assert "name" not in user
    assert setup.site.asked("/userinfo") == []


async def test_metadata_and_keys_are_fetched_once(setup: Setup) -> None:
    for _ in range(3):
        await setup.user()
    assert len(setup.site.asked("/.well-known/openid-configuration")) == 1
    assert len(setup.site.asked("/jwks")) == 1


async def test_metadata_and_keys_are_fetched_anew_in_time(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuers, "METADATA_LIFETIME", -1)
    await setup.user()
    assert len(setup.site.asked("/.well-known/openid-configuration")) > 1


async def test_callback_style(setup: Setup) -> None:
    users: list[Any] = []
    back = await setup.answer()
    await setup.handler(back).get_authenticated_user(callback=users.append)
    await setup.handler(back).get_authenticated_user(callback=users.append)
    assert [user and user["sub"] for user in users] == ["user-1", None]


@pytest.mark.parametrize("algorithm", ["RS256", "PS384", "ES384", "ES512"])
async def test_algorithms(browser: Browser, algorithm: str) -> None:
    provider = OIDCProvider(algorithm=algorithm)
    provider.key = provider.published[0] = make_key("rsa", algorithm)
    async with serving(provider) as site:
        assert (await Setup(browser, site, provider).user())["sub"] == "user-1"


# Attacks on what the browser brings back (AU-01).


async def test_no_state(setup: Setup) -> None:
    for url in (REDIRECT_URI, f"{REDIRECT_URI}?code=abc", f"{REDIRECT_URI}?code=a&state="):
        with pytest.raises(FlowError, match="state is missing") as raised:
            await setup.user(url)
        assert raised.value.status == 403
    assert setup.site.asked("/token") == []


@pytest.mark.parametrize("state", ["x", "x" * 43, "é", "\udcff"])
async def test_a_state_that_nobody_has(setup: Setup, state: str) -> None:
    code = arguments(await setup.answer())["code"]
    query = urlencode({"code": code, "state": state.encode("utf-8", "surrogatepass")})
    with pytest.raises(FlowError, match=r"state"):
        await setup.user(f"{REDIRECT_URI}?{query}")
    assert setup.site.asked("/token") == []


async def test_the_answer_of_another_browser(setup: Setup) -> None:
    """Login CSRF: an attacker gives the victim the answer to the attacker's own login."""
    setup.provider.user = "attacker"
    back = await setup.answer()
    victim = Setup(Browser(setup.browser.client), setup.site, setup.provider)
    await victim.answer()
    with pytest.raises(FlowError, match="unknown state"):
        await victim.user(back)
    assert setup.site.asked("/token") == []


async def test_a_code_of_another_login(setup: Setup) -> None:
    """Code injection: a stolen code in the attacker's own answer; PKCE catches it."""
    stolen = arguments(await setup.answer())["code"]
    attacker = Setup(Browser(setup.browser.client), setup.site, setup.provider)
    own = arguments(await attacker.answer())
    query = urlencode({**own, "code": stolen})
    with pytest.raises(RefusedError) as raised:
        await attacker.user(f"{REDIRECT_URI}?{query}")
    assert raised.value.error == "invalid_grant"
    assert raised.value.status == 403
    assert stolen not in str(raised.value)


async def test_an_answer_counts_once(setup: Setup) -> None:
    back = await setup.answer()
    cookies = dict(setup.browser.cookies)
    await setup.user(back)
    with pytest.raises(FlowError, match="unknown state"):
        await setup.user(back)
    setup.browser.cookies.update(cookies)
    with pytest.raises(FlowError, match="used before"):
        await setup.user(back)
    assert len(setup.site.asked("/token")) == 1


async def test_an_answer_counts_once_for_the_provider_too(setup: Setup) -> None:
    back = await setup.answer()
    cookies = dict(setup.browser.cookies)
    await setup.user(back)
    setup.browser.cookies.update(cookies)
    from zonda.auth import flows

    flows._spent.clear()  # as in another process
    with pytest.raises(RefusedError) as raised:
        await setup.user(back)
    assert raised.value.error == "invalid_grant"


async def test_a_flow_that_took_too_long(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    back = await setup.answer()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    with pytest.raises(FlowError, match="too long ago"):
        await setup.user(back)


async def test_a_cookie_that_was_changed(setup: Setup) -> None:
    back = await setup.answer()
    ((name, value),) = setup.browser.cookies.items()
    setup.browser.cookies[name] = value[:-1] + ("0" if value[-1] != "0" else "1")
    with pytest.raises(FlowError, match="unknown state"):
        await setup.user(back)


@pytest.mark.parametrize(
    ("iss", "fails"), [("https://evil.example", True), (None, True), ("own", False)]
)
async def test_the_issuer_of_the_answer(setup: Setup, iss: str | None, fails: bool) -> None:
    """RFC 9207: mix-up of two providers; one that names itself always has to."""
    query = arguments(await setup.answer())
    del query["iss"]
    if iss:
        query["iss"] = setup.site.url if iss == "own" else iss
    back = f"{REDIRECT_URI}?{urlencode(query)}"
    if not fails:
        assert await setup.user(back)
        return
    with pytest.raises(FlowError, match="another provider"):
        await setup.user(back)
    assert setup.site.asked("/token") == []


async def test_a_provider_that_never_names_itself(setup: Setup) -> None:
    setup.provider.names_itself = False
    assert await setup.user()


async def test_an_answer_at_the_handler_of_another_provider(setup: Setup) -> None:
    """Mix-up: the flow says where it was begun."""
    setup.provider.names_itself = False
    async with serving(other := OIDCProvider(names_itself=False)) as site:
        elsewhere = Setup(setup.browser, site, other)
        back = await setup.answer()
        with pytest.raises(FlowError, match="begun with another provider"):
            await elsewhere.user(back)
        assert site.asked("/token") == []


async def test_a_user_who_does_not_agree(setup: Setup) -> None:
    setup.provider.user = None
    with pytest.raises(RefusedError, match="access_denied") as raised:
        await setup.user()
    assert raised.value.error == "access_denied"
    assert raised.value.description
    # Without a login of this browser it is nothing.
    with pytest.raises(FlowError):
        await setup.user(f"{REDIRECT_URI}?error=access_denied&state=x")


async def test_no_code(setup: Setup) -> None:
    def drop(query: dict[str, Any]) -> None:
        del query["code"]

    setup.provider.edit_answer = drop
    with pytest.raises(FlowError, match="no code"):
        await setup.user()


async def test_the_redirect_uri_is_the_configured_one(setup: Setup) -> None:
    """Whatever Host the request names."""
    handler = setup.handler("https://evil.example/login")
    await handler.authorize_redirect()
    assert arguments(left(handler))["redirect_uri"] == REDIRECT_URI
    back = await setup.answer()
    with pytest.raises(FlowError, match="redirect_uri"):
        await setup.handler(back).get_authenticated_user("https://evil.example/login")


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https:evil", "/\\evil.example", "/a\r\nb", "https://evil.example"]
)
async def test_next_leads_nowhere_else(setup: Setup, wanted: str) -> None:
    """AU-04."""
    ways: list[tuple[str, dict[str, Any]]] = [
        (f"{REDIRECT_URI}?{urlencode({'next': wanted})}", {}),
        (REDIRECT_URI, {"next_url": wanted}),
    ]
    for url, options in ways:
        first = setup.handler(url)
        await first.authorize_redirect(**options)
        second = setup.handler(await setup.browser.visit(left(first)))
        await second.get_authenticated_user()
        assert second.get_next_url() == "/"


# Attacks on tokens (AU-03).


def changed(**changes: Any) -> Callable[[dict[str, Any]], None]:
    def edit(claims: dict[str, Any]) -> None:
        for name, value in changes.items():
            if value is None:
                claims.pop(name, None)
            else:
                claims[name] = value() if callable(value) else value

    return edit


def ago(seconds: float) -> Callable[[], int]:
    return lambda: int(time.time() - seconds)


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (changed(iss="https://evil.example"), "iss"),
        (changed(iss=None), "iss"),
        (changed(aud="another client"), "aud"),
        (changed(aud=None), "aud"),
        (changed(aud=["another client"]), "aud"),
        (changed(aud=[CLIENT_ID, "another client"]), "azp"),
        (changed(azp="another client"), "azp"),
        (changed(exp=ago(LEEWAY + 1)), "expired"),
        (changed(exp=None), "no time exp"),
        (changed(exp="tomorrow"), "no time exp"),
        (changed(exp=True), "no time exp"),
        (changed(exp=float("inf")), "time exp"),
        (changed(exp=float("nan")), "time exp"),
        (changed(exp=10**400), "time exp"),
        (changed(iat=-(10**400)), "time iat"),
        (changed(iat=ago(-LEEWAY - 10)), "future"),
        (changed(iat=None), "no time iat"),
        (changed(nbf=ago(-LEEWAY - 10)), "not valid yet"),
        (changed(nbf="x"), "no time nbf"),
        (changed(sub=None), "sub"),
        (changed(sub=""), "sub"),
        (changed(sub=7), "sub"),
        (changed(sub="x" * 256), "sub"),
        (changed(nonce="another"), "nonce"),
        (changed(nonce=None), "nonce"),
        (changed(nonce=["a"]), "nonce"),
        (changed(at_hash="AAAA"), "at_hash"),
        (changed(at_hash=7), "at_hash"),
    ],
)
async def test_claims_that_are_wrong(
    setup: Setup, edit: Callable[[dict[str, Any]], None], text: str
) -> None:
    setup.provider.edit_claims = edit
    with pytest.raises(TokenError, match=text) as raised:
        await setup.user()
    assert raised.value.status == 403


@pytest.mark.parametrize(
    "edit",
    [
        changed(exp=ago(LEEWAY - 20)),
        changed(iat=ago(-LEEWAY + 20)),
        changed(aud=[CLIENT_ID, "another client"], azp=CLIENT_ID),
        changed(at_hash=None),
        changed(nbf=ago(10)),
    ],
)
async def test_claims_that_are_right(setup: Setup, edit: Callable[[dict[str, Any]], None]) -> None:
    setup.provider.edit_claims = edit
    assert await setup.user()


def replaced(text: str) -> Callable[[dict[str, Any]], None]:
    return lambda tokens: tokens.update(id_token=text)


def without_signature(tokens: dict[str, Any]) -> None:
    """``alg=none``, the oldest trick."""
    import base64

    def encoded(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    _, payload, _ = tokens["id_token"].split(".")
    for_all = {"alg": "none", "typ": "JWT"}
    tokens["id_token"] = f"{encoded(str(for_all).replace(chr(39), chr(34)))}.{payload}."


def cut(tokens: dict[str, Any]) -> None:
    tokens["id_token"] = tokens["id_token"].rpartition(".")[0] + "."


def turned(tokens: dict[str, Any]) -> None:
    head, payload, signature = tokens["id_token"].split(".")
    tokens["id_token"] = f"{head}.{payload}.{signature[::-1]}"


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (without_signature, "alg"),
        (cut, "signature"),
        (turned, "signature"),
        (replaced(""), "no signed token"),
        (replaced("a.b"), "no signed token"),
        (replaced("a.b.c"), "no signed token"),
        (replaced("é.b.c"), "no signed token"),
        (replaced("W10.b.c"), "no signed token"),
        (replaced("x" * 100_000), "no signed token"),
    ],
)
async def test_tokens_that_are_none(
    setup: Setup, edit: Callable[[dict[str, Any]], None], text: str
) -> None:
    setup.provider.edit_tokens = edit
    with pytest.raises(TokenError, match=text):
        await setup.user()


async def test_a_symmetric_signature_is_not_accepted(setup: Setup) -> None:
    """The provider's public key, or the client's secret, used as a secret of HMAC."""
    setup.provider.signer = make_key("key-1", "HS256")

    def allow(metadata: dict[str, Any]) -> None:
        metadata["id_token_signing_alg_values_supported"] = ["HS256", "none", "ES256"]

    setup.provider.edit_metadata = allow
    setup.provider.edit_header = lambda header: header.update(alg="HS256")
    with pytest.raises(TokenError, match="alg"):
        await setup.user()


async def test_a_key_of_somebody_else(setup: Setup) -> None:
    setup.provider.signer = make_key("key-1")
    with pytest.raises(TokenError, match="signature is wrong"):
        await setup.user()


async def test_a_key_that_nobody_has(setup: Setup) -> None:
    setup.provider.signer = make_key("other")
    setup.provider.edit_header = lambda header: header.update(kid="other")
    for _ in range(3):
        with pytest.raises(TokenError, match="kid"):
            await setup.user()
    # Looked for once more, and not each time.
    assert len(setup.site.asked("/jwks")) == 2


async def test_a_token_without_the_name_of_its_key(setup: Setup) -> None:
    setup.provider.published.insert(0, make_key("another"))
    setup.provider.edit_header = lambda header: header.pop("kid")
    assert await setup.user()


async def test_a_type_that_is_not_an_id_token(setup: Setup) -> None:
    setup.provider.edit_header = lambda header: header.update(typ="at+jwt")
    with pytest.raises(TokenError, match="typ"):
        await setup.user()


async def test_rotation_of_keys(setup: Setup) -> None:
    await setup.user()
    setup.provider.rotate("key-2")
    assert await setup.user()
    assert len(setup.site.asked("/jwks")) == 2
    assert len(setup.site.asked("/.well-known/openid-configuration")) == 1


async def test_many_logins_when_the_keys_change(setup: Setup) -> None:
    """Each of them is good, and the keys are fetched once."""
    await setup.user()
    setup.provider.rotate("key-2")
    answers = [await setup.answer() for _ in range(4)]
    users = await asyncio.gather(
        *[setup.handler(back).get_authenticated_user() for back in answers]
    )
    assert [user["sub"] for user in users] == [users[0]["sub"]] * 4
    assert len(setup.site.asked("/jwks")) == 2


async def test_keys_that_cannot_be_fetched_when_they_have_changed(setup: Setup) -> None:
    await setup.user()
    setup.provider.rotate("key-2")
    setup.provider.instead["/jwks"] = Answer(500, "oops")
    answers = [await setup.answer() for _ in range(2)]
    found = await asyncio.gather(
        *[setup.handler(back).get_authenticated_user() for back in answers],
        return_exceptions=True,
    )
    assert all(isinstance(error, ProviderError | TokenError) for error in found)
    assert any(isinstance(error, ProviderError) for error in found)


async def test_nothing_is_said_to_who_has_left_while_keys_are_fetched(setup: Setup) -> None:
    """The test fails if the loop's exception handler is told of the fetch that fails."""
    await setup.user()
    setup.provider.rotate("key-2")
    setup.provider.instead["/jwks"] = Answer(500, "oops")
    handlers = [setup.handler(await setup.answer()) for _ in range(2)]
    leaving, waiting = [asyncio.ensure_future(one.get_authenticated_user()) for one in handlers]
    while len(setup.site.asked("/jwks")) < 2:
        await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises((ProviderError, TokenError)):
        await waiting
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_an_id_token_of_another_login(setup: Setup) -> None:
    """Token substitution: the nonce says which login it was made for."""
    kept: list[str] = []
    setup.provider.edit_tokens = lambda tokens: kept.append(tokens["id_token"])
    await setup.user()
    setup.provider.edit_tokens = lambda tokens: tokens.update(id_token=kept[0])
    with pytest.raises(TokenError, match="nonce"):
        await setup.user()


async def test_an_access_token_of_another_user(setup: Setup) -> None:
    kept: list[str] = []
    setup.provider.edit_tokens = lambda tokens: kept.append(tokens["access_token"])
    await setup.user()
    setup.provider.user = "user-2"
    setup.provider.edit_tokens = lambda tokens: tokens.update(access_token=kept[0])
    with pytest.raises(TokenError, match="at_hash"):
        await setup.user()
    setup.provider.edit_claims = changed(at_hash=None)
    with pytest.raises(TokenError, match="another user"):
        await setup.user()


@pytest.mark.parametrize("value", ["user-2", None, 1])
async def test_information_about_somebody_else(setup: Setup, value: object) -> None:
    setup.provider.edit_userinfo = lambda info: info.update(sub=value)
    with pytest.raises(TokenError, match="another user"):
        await setup.user()


async def test_the_time_of_the_login_there(setup: Setup) -> None:
    assert await setup.user(await setup.answer(extra_params={"max_age": 60}))
    setup.provider.edit_claims = changed(auth_time=ago(60 + LEEWAY + 1))
    with pytest.raises(TokenError, match="auth_time"):
        await setup.user(await setup.answer(extra_params={"max_age": 60}))
    assert await setup.user()


@pytest.mark.parametrize("max_age", ["soon", -1, 1.5, "nan", ""])
async def test_an_age_that_is_none(setup: Setup, max_age: object) -> None:
    with pytest.raises(ValueError, match="max_age"):
        await setup.leave(extra_params={"max_age": max_age})


# Providers that fail.


@pytest.mark.parametrize(
    ("path", "answer", "error", "text"),
    [
        ("/token", json_body({"error": "invalid_client"}, 401), RefusedError, "invalid_client"),
        ("/token", json_body({"error": "invalid_grant"}, 400), RefusedError, "invalid_grant"),
        ("/token", Answer(500, "oops"), ProviderError, "500"),
        ("/token", Answer(302, "", {"Location": "http://127.0.0.1:1/"}), ProviderError, "302"),
        ("/token", Answer(200, "hello"), ProviderError, "access_token"),
        ("/token", json_body({"access_token": "abc"}), ProviderError, "no id_token"),
        ("/token", json_body([]), ProviderError, "makes no sense"),
        ("/jwks", json_body({"keys": []}), TokenError, "kid"),
        ("/jwks", json_body({"keys": 7}), ProviderError, "no JWK set"),
        ("/jwks", json_body([]), ProviderError, "makes no sense"),
        ("/jwks", Answer(404), RefusedError, "404"),
        ("/userinfo", json_body({"error": "invalid_token"}, 401), RefusedError, "invalid_token"),
        ("/userinfo", Answer(200, "<html>"), ProviderError, "makes no sense"),
    ],
)
async def test_endpoints_that_fail(
    setup: Setup, path: str, answer: Answer, error: type[AuthError], text: str
) -> None:
    setup.provider.instead[path] = answer
    with pytest.raises(error, match=text) as raised:
        await setup.user()
    assert type(raised.value) is error or error is TokenError
    assert CLIENT_SECRET not in str(raised.value)


async def test_own_credentials_that_are_wrong_are_not_the_users_fault(setup: Setup) -> None:
    setup.settings["openid_connect"]["secret"] = "wrong"
    with pytest.raises(RefusedError, match="invalid_client") as raised:
        await setup.user()
    assert raised.value.status == 500


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"issuer": "https://evil.example"}, "calls itself https://evil.example"),
        ({"issuer": None}, "calls itself None"),
        ({"authorization_endpoint": "http://evil.example/"}, "authorization_endpoint"),
        ({"token_endpoint": None}, "token_endpoint"),
        ({"token_endpoint": "https://[evil"}, "token_endpoint"),
        ({"jwks_uri": "file:///etc/keys"}, "jwks_uri"),
        ({"userinfo_endpoint": "http://evil.example/"}, "userinfo_endpoint"),
        ({"end_session_endpoint": 7}, "end_session_endpoint"),
    ],
)
async def test_metadata_that_makes_no_sense(
    setup: Setup, change: dict[str, Any], text: str
) -> None:
    setup.provider.edit_metadata = changed(**change)
    with pytest.raises(ProviderError, match=text):
        await setup.leave()


async def test_a_provider_that_cannot_be_reached(browser: Browser) -> None:
    async with serving(provider := OIDCProvider()) as site:
        setup = Setup(browser, site, provider)
    with pytest.raises(ProviderError, match="no answer from http://127") as raised:
        await setup.leave()
    assert raised.value.status == 500


async def test_settings_that_are_missing(setup: Setup) -> None:
    own = setup.settings["openid_connect"]
    with pytest.raises(ValueError, match="response_type"):
        setup.handler().authorize_redirect(response_type="token")
    del own["redirect_uri"]
    with pytest.raises(ValueError, match="no redirect_uri"):
        setup.handler().authorize_redirect()
    own["issuer"] = "http://provider.example"
    with pytest.raises(ValueError, match="https://"):
        await setup.handler().authorize_redirect(REDIRECT_URI)
    del own["issuer"]
    with pytest.raises(ValueError, match="no issuer"):
        await setup.handler().authorize_redirect(REDIRECT_URI)
    del setup.settings["openid_connect"]
    with pytest.raises(KeyError, match="openid_connect"):
        setup.handler().authorize_redirect()


# Refreshing and logging out.


async def test_refresh_tokens(setup: Setup) -> None:
    user = await setup.user()
    handler = setup.handler()
    setup.provider.edit_claims = changed(nonce=None)
    fresh = await handler.refresh_access_token(user["refresh_token"], subject="user-1")
    assert fresh["access_token"] != user["access_token"]
    with pytest.raises(RefusedError) as raised:
        await handler.refresh_access_token(user["refresh_token"])
    assert raised.value.error == "invalid_grant"
    setup.provider.edit_claims = changed(sub="user-2", nonce=None)
    with pytest.raises(TokenError, match="another user"):
        await handler.refresh_access_token(fresh["refresh_token"], subject="user-1")


async def test_a_refreshed_answer_without_id_token(setup: Setup) -> None:
    user = await setup.user()
    setup.provider.edit_tokens = lambda tokens: tokens.pop("id_token")
    assert await setup.handler().refresh_access_token(user["refresh_token"], scope=["openid"])


async def test_logout(setup: Setup) -> None:
    handler = setup.handler()
    await handler.logout_redirect("the id token", "https://site.example/", {"ui_locales": "de"})
    url = left(handler)
    assert url.startswith(f"{setup.site.url}/logout?")
    assert arguments(url) == {
        "client_id": CLIENT_ID,
        "id_token_hint": "the id token",
        "post_logout_redirect_uri": "https://site.example/",
        "ui_locales": "de",
    }


async def test_logout_where_there_is_none(setup: Setup) -> None:
    setup.provider.edit_metadata = changed(end_session_endpoint=None)
    with pytest.raises(ProviderError, match="end_session_endpoint"):
        await setup.handler().logout_redirect()


EVENT: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, None),
        ({"sub": None, "sid": "session-1"}, None),
        ({"sub": None}, "sub"),
        ({"events": {}}, "events"),
        ({"events": None}, "events"),
        ({"nonce": "abc"}, "nonce"),
        ({"jti": None}, "jti"),
        ({"aud": "another"}, "aud"),
        ({"exp": ago(LEEWAY + 1)}, "expired"),
    ],
)
async def test_logout_that_the_provider_tells(
    setup: Setup, change: dict[str, Any], text: str | None
) -> None:
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": setup.site.url,
        "aud": CLIENT_ID,
        "sub": "user-1",
        "iat": now,
        "exp": now + 60,
        "jti": "1",
        "events": EVENT,
    }
    setup.provider.edit_claims = changed(**change)
    token = setup.provider.sign(claims, typ="logout+jwt")
    if text is None:
        assert (await setup.handler().check_logout_token(token))["jti"] == "1"
    else:
        with pytest.raises(TokenError, match=text):
            await setup.handler().check_logout_token(token)


async def test_an_id_token_is_no_logout_token_and_the_other_way_round(setup: Setup) -> None:
    user = await setup.user()
    with pytest.raises(TokenError, match="events"):
        await setup.handler().check_logout_token(user["id_token"])
    setup.provider.edit_header = lambda header: header.update(typ="logout+jwt")
    with pytest.raises(TokenError, match="typ"):
        await setup.user()
