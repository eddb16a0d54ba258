"""Pages that know who is there, and those that find out."""

from __future__ import annotations

import json
from typing import cast

from zonda.auth import OpenIDConnectMixin
from zonda.escape import xhtml_escape
from zonda.web import RequestHandler, authenticated

from .sessions import Sessions

#: Days that a browser is remembered.
SESSION_DAYS = 7


class Page(RequestHandler):
    """What all pages have: a user, or none."""

    @property
    def sessions(self) -> Sessions:
        """Who is logged in."""
        return cast(Sessions, self.settings["sessions"])

    def get_current_user(self) -> dict[str, str] | None:
        """The user of this browser's session."""
        number = self.get_signed_cookie("session", max_age_days=SESSION_DAYS)
        return None if number is None else self.sessions.find(number.decode())

    def write_page(self, text: str) -> None:
        """A page around *text*, which is HTML."""
        self.write(f"<!doctype html><title>Login</title><main>{text}</main>")


class Home(Page):
    """For everybody."""

    def get(self) -> None:
        """Say who is there."""
        user = self.get_current_user()
        if user is None:
            self.write_page('<p>Nobody is logged in.</p><a href="/private">Log in</a>')
            return
        self.write_page(
            f"<p>Hello, {xhtml_escape(user['name'])}.</p>"
            f'<form method="post" action="/logout">{self.xsrf_form_html()}'
            "<button>Log out</button></form>"
        )


class Private(Page):
    """For users only; others are sent to the login, and come back."""

    @authenticated
    def get(self) -> None:
        """Tell what the provider told."""
        self.write_page(f"<pre>{xhtml_escape(json.dumps(self.current_user, indent=2))}</pre>")


class Login(Page, OpenIDConnectMixin):
    """To the provider and back."""

    async def get(self) -> None:
        """Leave, or arrive."""
        if self.get_argument("state", None) is None:
            await self.authorize_redirect()
            return
        claims = await self.get_authenticated_user()
        user = {
            "sub": claims["sub"],
            "name": claims.get("name") or claims["sub"],
            "email": claims.get("email") or "",
        }
        number = self.sessions.add(user, claims["id_token"])
        self.set_signed_cookie(
            "session",
            number,
            expires_days=SESSION_DAYS,
            secure=self.request.protocol == "https",
        )
        self.redirect(self.get_next_url())


class Logout(Page, OpenIDConnectMixin):
    """Here, and at the provider."""

    async def post(self) -> None:
        """Forget the session, then let the provider do the same."""
        number = self.get_signed_cookie("session", max_age_days=SESSION_DAYS)
        session = None if number is None else self.sessions.remove(number.decode())
        self.clear_cookie("session")
        home = cast(str, self.settings["home"])
        if session is None:
            self.redirect("/")
        else:
            await self.logout_redirect(session.id_token, post_logout_redirect_uri=home)


class BackChannelLogout(Page, OpenIDConnectMixin):
    """The provider tells that somebody has logged out there, or was locked out."""

    def check_xsrf_cookie(self) -> None:
        """The provider has no form of ours; its token is signed."""

    async def post(self) -> None:
        """End all sessions of the user."""
        claims = await self.check_logout_token(self.get_body_argument("logout_token") or "")
        self.sessions.remove_user(claims.get("sub", ""))
        self.set_header("Cache-Control", "no-store")
