"""The pages: none of them mentions Redis, cookies or connections."""

from __future__ import annotations

from typing import Any, cast

from zonda.web import HTTPError, authenticated

from .site_handler import LANGUAGES, Member, SiteHandler

#: Characters of a name, and of a note.
MAX_NAME = 40
MAX_NOTE = 1000


class Home(SiteHandler):
    """How much there is, and one's own notes."""

    async def get(self) -> None:
        """Show them."""
        visits = self.session.get("visits", 0) + 1
        await self.session.set(visits=visits)
        self.keep_session()
        count = await self.cache.get("count", 60, self.count)
        self.render("home.html", visits=visits, count=count, notes=await self.notes())

    async def count(self) -> int:
        """How many notes all members have."""
        row = await self.db.get("SELECT count(*) AS count FROM notes")
        return 0 if row is None else int(row.count)

    async def notes(self) -> list[Any]:
        """The notes of the member who asks."""
        if self.member is None:
            return []
        sql = "SELECT text FROM notes WHERE member = %s ORDER BY id DESC LIMIT 100"
        return list(await self.db.query(sql, self.member.id))


class Notes(SiteHandler):
    """A new note."""

    @authenticated
    async def post(self) -> None:
        """Keep it."""
        text = self.get_body_argument("text")
        if not 1 <= len(text) <= MAX_NOTE:
            raise HTTPError(422, "a note of %d characters", len(text))
        member = cast(Member, self.member)
        await self.db.insert("INSERT INTO notes (member, text) VALUES (%s, %s)", member.id, text)
        await self.cache.forget("count")
        self.redirect(self.reverse_url("home"))


class LogIn(SiteHandler):
    """By name alone: passwords are in the tour's example."""

    def get(self) -> None:
        """The form."""
        self.render("login.html")

    async def post(self) -> None:
        """Log in, as a new member if need be."""
        name = self.get_body_argument("name")
        if not 1 <= len(name) <= MAX_NAME:
            raise HTTPError(422, "a name of %d characters", len(name))
        await self.db.execute(
            "INSERT INTO members (name) VALUES (%s) ON CONFLICT (name) DO NOTHING", name
        )
        row = await self.db.get("SELECT id, name FROM members WHERE name = %s", name)
        assert row is not None
        await self.log_in(Member(row.id, row.name))
        self.redirect(self.reverse_url("home"))


class LogOut(SiteHandler):
    """The end of a session."""

    async def post(self) -> None:
        """Log out."""
        await self.log_out()
        self.redirect(self.reverse_url("home"))


class Language(SiteHandler):
    """The language for this session."""

    async def post(self) -> None:
        """Switch."""
        code = self.get_body_argument("code")
        if code not in LANGUAGES:
            raise HTTPError(400, "no language %r", code)
        await self.session.set(language=code)
        self.keep_session()
        self.redirect(self.reverse_url("home"))
