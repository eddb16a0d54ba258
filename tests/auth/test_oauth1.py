"""OAuth 1.0 and 1.0a against a provider made with oauthlib."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.auth.loopback_site import Answer, Site, serving
from tests.auth.oauth1_provider import KEY, SECRET, OAuth1Provider
from tests.auth.plain_handler import Browser, PlainHandler, left
from zonda.auth import AuthError, FlowError, OAuthMixin, ProviderError, RefusedError

SETTINGS = {"cookie_secret": "cookie secret"}
CALLBACK = "http://site.example/login"


class Login(PlainHandler, OAuthMixin):
    """A handler for the provider of a test."""

    def _oauth_consumer_token(self) -> dict[str, Any]:
        return {"key": KEY, "secret": SECRET}

    async def _oauth_get_user_future(self, access_token: dict[str, Any]) -> dict[str, Any] | None:
        answer = await self._oauth_request(self.settings["api"], access_token, None, {})  # type: ignore[arg-type]  # of the test
        return answer  # type: ignore[no-any-return]  # of the test


def login_at(site: Site, version: str, **attributes: Any) -> type[Login]:
    names = {
        "_OAUTH_REQUEST_TOKEN_URL": f"{site.url}/request_token",
        "_OAUTH_AUTHORIZE_URL": f"{site.url}/authorize",
        "_OAUTH_ACCESS_TOKEN_URL": f"{site.url}/access_token",
        "_OAUTH_VERSION": version,
        **attributes,
    }
    return type("LoginHere", (Login,), names)


class Setup:
    """A provider, a handler class for it, and a browser."""

    old: ClassVar[bool]

    def __init__(self, browser: Browser, site: Site, provider: OAuth1Provider, old: bool) -> None:
        self.browser = browser
        self.site = site
        self.provider = provider
        self.login = login_at(site, "1.0" if old else "1.0a")
        self.settings = {**SETTINGS, "api": f"{site.url}/me"}

    def handler(self, url: str = "/login") -> Login:
        return self.login(self.browser, url, self.settings)

    async def answer(self, query: str = "") -> str:
        """Go to the provider; where it sends the browser back to."""
        handler = self.handler(f"/login{query}")
        await handler.authorize_redirect(CALLBACK)
        return await self.browser.visit(left(handler))


@pytest.fixture(params=["1.0", "1.0a"])
async def setup(request: pytest.FixtureRequest, browser: Browser) -> AsyncIterator[Setup]:
    old = request.param == "1.0"
    provider = OAuth1Provider(CALLBACK if old else None)
    async with serving(provider) as site:
        yield Setup(browser, site, provider, old)


async def test_login(setup: Setup) -> None:
    back = await setup.answer("?next=/articles")
    handler = setup.handler(back)
    user = await handler.get_authenticated_user()
    assert user["name"] == "Bret"
    assert set(user["access_token"]) >= {"key", "secret", "username"}
    assert handler.get_next_url() == "/articles"
    assert setup.browser.cookies == {}
    # No secret in the URL that is logged.
    assert "oauth_token=..." in (handler.request.uri or "")
    assert parse_qs(urlsplit(back).query)["oauth_token"][0] not in (handler.request.uri or "")


async def test_the_signature_is_in_the_header_not_in_a_url(setup: Setup) -> None:
    await setup.handler(await setup.answer()).get_authenticated_user()
    for path in ("/request_token", "/access_token"):
        (request,) = setup.site.asked(path)
        assert "oauth_signature" in request.headers["Authorization"]
        assert request.query == {}


async def test_a_cookie_holds_the_request_token(setup: Setup) -> None:
    handler = setup.handler("https://site.example/login")
    await handler.authorize_redirect(CALLBACK)
    ((name, attributes),) = handler.set.items()
    assert name.startswith("__Host-")
    assert attributes == {
        "path": "/",
        "max_age": 600,
        "httponly": True,
        "samesite": "Lax",
        "secure": True,
    }


async def test_an_answer_counts_once(setup: Setup) -> None:
    back = await setup.answer()
    cookies = dict(setup.browser.cookies)
    await setup.handler(back).get_authenticated_user()
    with pytest.raises(FlowError, match="unknown state"):
        await setup.handler(back).get_authenticated_user()
    setup.browser.cookies.update(cookies)
    with pytest.raises(FlowError, match="used before"):
        await setup.handler(back).get_authenticated_user()


async def test_an_answer_counts_in_its_own_browser_only(setup: Setup) -> None:
    back = await setup.answer()
    setup.browser.cookies.clear()
    with pytest.raises(FlowError):
        await setup.handler(back).get_authenticated_user()
    # Another login of this browser does not help.
    await setup.answer()
    with pytest.raises(FlowError):
        await setup.handler(back).get_authenticated_user()
    assert setup.site.asked("/access_token") == []


async def test_no_token_at_all(setup: Setup) -> None:
    with pytest.raises(FlowError, match="missing"):
        await setup.handler("/login").get_authenticated_user()


async def test_a_user_who_does_not_agree(setup: Setup) -> None:
    back = await setup.answer()
    token = parse_qs(urlsplit(back).query)["oauth_token"][0]
    with pytest.raises(RefusedError) as raised:
        await setup.handler(f"/login?denied={token}").get_authenticated_user()
    assert raised.value.error == "denied"


@pytest.mark.parametrize(
    ("path", "answer", "error"),
    [
        ("/request_token", Answer(401, "no"), RefusedError),
        ("/request_token", Answer(500, "oops"), ProviderError),
        ("/request_token", Answer(200, "hello"), ProviderError),
        ("/access_token", Answer(401, "no"), RefusedError),
        ("/access_token", Answer(200, ""), ProviderError),
        ("/me", Answer(200, "{}"), AuthError),
        ("/me", Answer(200, "<html>"), ProviderError),
        ("/me", Answer(403, "{}"), RefusedError),
    ],
)
async def test_a_provider_that_fails(
    setup: Setup, path: str, answer: Answer, error: type[AuthError]
) -> None:
    setup.provider.instead[path] = answer
    with pytest.raises(error) as raised:
        await setup.handler(await setup.answer()).get_authenticated_user()
    assert type(raised.value) is error
    assert SECRET not in str(raised.value)


async def test_a_relative_callback(setup: Setup) -> None:
    handler = setup.handler("/login")
    await handler.authorize_redirect("back?here=1", {"scope": "all"})
    back = await setup.browser.visit(left(handler))
    assert back.startswith("http://site.example/back?here=1&oauth_token=")
    assert setup.site.asked("/request_token")[0].query == {"scope": "all"}


async def test_callbacks(setup: Setup) -> None:
    """The style of the talk: what is to be called with the user is given, and nothing awaited."""
    back = await setup.answer()
    users: list[Any] = []
    first, second = setup.handler(back), setup.handler(back)
    await first.get_authenticated_user(users.append)
    assert await second.get_authenticated_user(callback=users.append) is None
    assert users[0]["name"] == "Bret"
    assert users[1] is None


async def test_without_anybody_who_awaits(setup: Setup) -> None:
    setup.provider.instead["/request_token"] = Answer(500)
    handler = setup.handler()
    handler.authorize_redirect(CALLBACK)
    await handler.ended.wait()
    assert isinstance(handler.error, ProviderError)
    assert handler.location is None


async def test_a_callback_where_none_is_taken(setup: Setup) -> None:
    handler = login_at(setup.site, "1.0", _OAUTH_NO_CALLBACKS=True)(
        setup.browser, "/login", setup.settings
    )
    with pytest.raises(ValueError, match="no callback_uri"):
        handler.authorize_redirect(CALLBACK)


async def test_subclasses_with_a_callback(setup: Setup) -> None:
    class Old(setup.login):  # type: ignore[misc,name-defined]  # of the test
        _oauth_get_user_future = OAuthMixin._oauth_get_user_future

        def _oauth_get_user(self, access_token: dict[str, Any], callback: Any) -> None:
            callback({"name": access_token["username"]})
            callback("ignored")

    handler = Old(setup.browser, await setup.answer(), setup.settings)
    assert (await handler.get_authenticated_user())["name"] == "bret"


async def test_subclasses_with_a_callback_and_a_coroutine(setup: Setup) -> None:
    class Old(setup.login):  # type: ignore[misc,name-defined]  # of the test
        _oauth_get_user_future = OAuthMixin._oauth_get_user_future

        async def _oauth_get_user(self, access_token: dict[str, Any], callback: Any) -> None:
            callback({"name": access_token["username"]})

    handler = Old(setup.browser, await setup.answer(), setup.settings)
    assert (await handler.get_authenticated_user())["name"] == "bret"


async def test_what_a_subclass_has_to_define(browser: Browser) -> None:
    class Bare(PlainHandler, OAuthMixin):
        pass

    handler = Bare(browser, "/login", SETTINGS)
    with pytest.raises(NotImplementedError, match="Bare must define _oauth_consumer_token"):
        handler._oauth_request_parameters("http://a/", {"key": "k", "secret": "s"})
    with pytest.raises(NotImplementedError, match="Bare must define _oauth_get_user_future"):
        await handler._oauth_get_user_future({})
    assert OAuthMixin().get_auth_http_client() is OAuthMixin().get_auth_http_client()
    OAuthMixin().get_auth_http_client().close()


async def test_a_verifier_is_needed(browser: Browser) -> None:
    async with serving(provider := OAuth1Provider()) as site:
        setup = Setup(browser, site, provider, old=False)
        back = (await setup.answer()).partition("&oauth_verifier")[0]
        with pytest.raises(FlowError, match="oauth_verifier"):
            await setup.handler(back).get_authenticated_user()


@pytest.mark.parametrize(("confirmed", "fails"), [("true", False), (None, False), ("false", True)])
async def test_whether_the_callback_is_confirmed(
    browser: Browser, confirmed: str | None, fails: bool
) -> None:
    """Some providers of 1.0a leave it out."""
    async with serving(provider := OAuth1Provider()) as site:
        body = "oauth_token=a&oauth_token_secret=b"
        if confirmed is not None:
            body += f"&oauth_callback_confirmed={confirmed}"
        provider.instead["/request_token"] = Answer(200, body)
        handler = login_at(site, "1.0a")(browser, "/login", SETTINGS)
        if fails:
            with pytest.raises(ProviderError, match=r"1\.0a"):
                await handler.authorize_redirect(CALLBACK)
        else:
            await handler.authorize_redirect(CALLBACK)
            assert left(handler) == f"{site.url}/authorize?oauth_token=a"
