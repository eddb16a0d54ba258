"""What all handlers of the tour have in common: the store, the member, the language."""

from __future__ import annotations

import http
from typing import cast

from zonda import locale
from zonda.web import RequestHandler

from .store import Member, Store

LANGUAGES = {"en_US": "English", "de_DE": "Deutsch"}


class SiteHandler(RequestHandler):
    """The base of the tour's handlers."""

    @property
    def store(self) -> Store:
        """The database."""
        return cast(Store, self.settings["store"])

    async def prepare(self) -> None:
        """Find out who is asking."""
        number = self.get_signed_cookie("member")
        self.current_user = await self.store.member(int(number)) if number else None

    @property
    def member(self) -> Member | None:
        """Who is asking, if logged in."""
        return cast("Member | None", self.current_user)

    def get_user_locale(self) -> locale.Locale | None:
        """The language of the switch, if it was used."""
        code = self.get_cookie("language")
        return locale.get(code) if code in LANGUAGES else None

    def get_template_namespace(self) -> dict[str, object]:
        """Templates know the languages, too."""
        return {**super().get_template_namespace(), "languages": LANGUAGES}

    def set_default_headers(self) -> None:
        """Pages load nothing from elsewhere, and nobody frames them."""
        self.set_header(
            "Content-Security-Policy",
            "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        )
        self.set_header("Referrer-Policy", "same-origin")

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """An error page that looks like the others."""
        if self.settings.get("serve_traceback"):
            super().write_error(status_code, **kwargs)
            return
        reason = http.HTTPStatus(status_code).phrase
        self.render("error.html", status_code=status_code, reason=reason)

    def local_path(self, name: str) -> str:
        """An argument that says where to go next, if that is a path of this site."""
        path = self.get_argument(name, "/") or "/"
        ours = path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
        return path if ours and " " not in path else "/"
