"""A site with a login, on the real server, and a real client with cookies."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Any

from tests.auth.oidc_provider import CLIENT_ID, CLIENT_SECRET, OIDCProvider
from zonda.auth import OAuth2Mixin, OpenIDConnectMixin, flows
from zonda.http import CookieJar
from zonda.httpclient import AsyncHTTPClient, HTTPResponse
from zonda.httpserver import HTTPServer
from zonda.web import Application, RequestHandler


class Home(RequestHandler):
    """Says who is there."""

    def get(self) -> None:
        self.write(self.get_signed_cookie("user") or b"nobody")


class Login(RequestHandler, OpenIDConnectMixin):
    """As the README shows it."""

    async def get(self) -> None:
        if self.get_argument("state", None) or self.get_argument("code", None):
            user = await self.get_authenticated_user()
            self.set_signed_cookie("user", user["sub"])
            self.redirect(self.get_next_url())
        else:
            await self.authorize_redirect()


class PostedLogin(Login):
    """The answer is a form."""

    _OAUTH_SETTINGS_KEY = "posted"

    async def get(self) -> None:
        await self.authorize_redirect(extra_params={"response_mode": "form_post"})

    async def post(self) -> None:
        await super().get()


class OtherLogin(Login):
    """With another provider."""

    _OAUTH_SETTINGS_KEY = "other"


class PlainLogin(RequestHandler, OAuth2Mixin):
    """With OAuth 2 alone."""

    async def get(self) -> None:
        own: Any = self.settings["openid_connect"]
        if self.get_argument("code", None):
            await self.exchange_code(client_id=own["key"], client_secret=own["secret"])
            self.set_signed_cookie("user", "somebody")
            self.redirect(self.get_next_url())
        else:
            self.authorize_redirect(own["redirect_uri"] + "/plain", own["key"], scope=["profile"])


class Logout(RequestHandler, OpenIDConnectMixin):
    """Here and there."""

    async def post(self) -> None:
        self.clear_cookie("user")
        await self.logout_redirect(post_logout_redirect_uri="https://site.example/")


class LoginSite:
    """The site and one browser."""

    def __init__(self, url: str, application: Application, client: AsyncHTTPClient) -> None:
        self.url, self.application, self.client = url, application, client

    def serve_with(self, provider: OIDCProvider, url: str, name: str = "openid_connect") -> None:
        """Log in with *provider* at *url*."""
        provider.issuer = url
        PlainLogin._OAUTH_AUTHORIZE_URL = f"{url}/authorize"
        PlainLogin._OAUTH_ACCESS_TOKEN_URL = f"{url}/token"
        path = "/login" if name == "openid_connect" else f"/{name}"
        provider.client.redirect_uris = [f"{self.url}{path}", f"{self.url}/login/plain"]
        self.application.settings[name] = {
            "issuer": url,
            "key": CLIENT_ID,
            "secret": CLIENT_SECRET,
            "redirect_uri": f"{self.url}{path}",
        }

    async def fetch(self, url: str, *, follow: bool = False, **options: Any) -> HTTPResponse:
        """Go to a path of the site, or to a URL."""
        if url.startswith("/"):
            url = self.url + url
        return await self.client.fetch(
            url, raise_error=False, follow_redirects=follow, max_redirects=10, **options
        )

    async def answer(self, path: str = "/login") -> str:
        """Begin a login; where the provider sends the browser back to."""
        left = await self.fetch(path)
        assert left.code == 302, left.body
        back = await self.fetch(left.headers["Location"])
        assert back.code == 302, back.body
        return back.headers["Location"]

    async def user(self) -> str:
        return (await self.fetch("/")).body.decode()


@contextlib.asynccontextmanager
async def login_site(tls: ssl.SSLContext | None = None) -> AsyncIterator[LoginSite]:
    """A site on a free port."""
    application = Application(
        [
            ("/", Home),
            ("/login", Login),
            ("/login/plain", PlainLogin),
            ("/other", OtherLogin),
            ("/posted", PostedLogin),
            ("/logout", Logout),
        ],
        cookie_secret="the secret of the cookies",
    )
    server = HTTPServer(application, ssl_options=tls)
    [sock] = server.listen(0, "127.0.0.1")
    url = f"{'https' if tls else 'http'}://127.0.0.1:{sock.getsockname()[1]}"
    async with AsyncHTTPClient(force_instance=True, cookie_jar=CookieJar()) as client:
        yield LoginSite(url, application, client)
    AsyncHTTPClient().close()
    server.stop()
    await server.close_all_connections()
    flows._spent.clear()
