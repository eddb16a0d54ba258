"""The base of all handlers of the site."""

from __future__ import annotations

from typing import NamedTuple, cast

from zonda import locale
from zonda.database import Database
from zonda.web import RequestHandler

from .cache import Cache
from .resources import Resources
from .sessions import Session

COOKIE = "session"
SESSION_DAYS = 14
LANGUAGES = ("en_US", "de_DE")


class Member(NamedTuple):
    """Who is logged in."""

    id: int
    name: str


class SiteHandler(RequestHandler):
    """A handler that knows its browser.

    Before `prepare` the session and the user are there: `get_current_user` is a coroutine.

    :ivar session: what is known of the browser.
    """

    session: Session

    #: No page of this site takes longer: where a database hangs, browsers get an error page.
    timeout = 30.0

    @property
    def resources(self) -> Resources:
        """What all requests share."""
        return cast(Resources, self.settings["resources"])

    @property
    def db(self) -> Database:
        """The database."""
        return self.resources.db

    @property
    def cache(self) -> Cache:
        """What took long to find out."""
        return self.resources.cache

    @property
    def member(self) -> Member | None:
        """Who is logged in."""
        return cast("Member | None", self.current_user)

    async def get_current_user(self) -> Member | None:
        """The member of the browser's session."""
        number = self.get_signed_cookie(COOKIE, max_age_days=SESSION_DAYS)
        self.session = await self.resources.sessions.load(number.decode() if number else None)
        key = self.session.get("member")
        if key is None:
            return None
        row = await self.db.get("SELECT id, name FROM members WHERE id = %s", key)
        return None if row is None else Member(row.id, row.name)

    async def log_in(self, member: Member) -> None:
        """From now on the browser is that of *member*."""
        await self.session.renew()
        await self.session.set(member=member.id)
        self.keep_session()
        self.current_user = member

    async def log_out(self) -> None:
        """The browser is nobody's."""
        await self.session.end()
        self.keep_session()
        self.current_user = None

    def keep_session(self) -> None:
        """Tell the browser the number of its session; to be called after the session was set."""
        if self.session.number is None:
            self.clear_cookie(COOKIE)
        else:
            secure = self.request.protocol == "https"
            self.set_signed_cookie(
                COOKIE, self.session.number, expires_days=SESSION_DAYS, secure=secure
            )

    def get_user_locale(self) -> locale.Locale | None:
        """The language that was chosen in this session; without one the browser's counts."""
        code = self.session.get("language")
        return locale.get(code) if code in LANGUAGES else None

    def get_template_namespace(self) -> dict[str, object]:
        """What templates know besides the usual."""
        return {**super().get_template_namespace(), "member": self.member, "languages": LANGUAGES}

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """An error page of the site's own, which needs neither database nor Redis."""
        if self.settings.get("serve_traceback"):
            super().write_error(status_code, **kwargs)
        else:
            self.finish(f"<!doctype html><title>{status_code}</title><h1>{status_code}</h1>")
