"""The front page, the language switch, the JSON interface."""

from __future__ import annotations

from zonda.web import HTTPError

from .site_handler import LANGUAGES, SiteHandler


class Home(SiteHandler):
    """The front page."""

    async def get(self) -> None:
        """Render it."""
        counts = await self.store.counts()
        self.render("home.html", counts=counts)


class Language(SiteHandler):
    """The language switch."""

    def post(self) -> None:
        """Remember the choice."""
        code = self.get_body_argument("code")
        if code not in LANGUAGES:
            raise HTTPError(400, "no language has the code %r", code)
        self.set_cookie("language", str(code), expires_days=365, samesite="Lax", httponly=True)
        self.redirect(self.local_path("next"), status=303)


class MemberAPI(SiteHandler):
    """``/api/members/NAME``."""

    async def get(self, name: str) -> None:
        """A member as JSON."""
        member = await self.store.member_called(name)
        if member is None:
            self.set_status(404)
            self.write({"error": "no such member", "name": name})
            return
        messages = await self.store.message_count(member)
        self.write({"id": member.id, "name": member.name, "messages": messages})


class MessageAPI(SiteHandler):
    """``/api/messages/NUMBER``."""

    async def get(self, number: str) -> None:
        """A message as JSON."""
        message = await self.store.message(int(number[:15]))
        if message is None:
            self.set_status(404)
            self.write({"error": "no such message", "id": int(number[:15])})
            return
        self.write(message.as_dict())


class NotFound(SiteHandler):
    """Every other path."""

    def get(self) -> None:
        """Say so."""
        raise HTTPError(404)

    head = post = get
