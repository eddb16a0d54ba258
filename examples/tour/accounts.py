"""Sign up, log in, log out."""

from __future__ import annotations

import re

from zonda.auth import check_password, hash_password, needs_rehash
from zonda.database import IntegrityError

from .site_handler import SiteHandler
from .store import Member

NAME = re.compile(r"[A-Za-z0-9_-]{2,24}")
MIN_PASSWORD = 8


class SignUp(SiteHandler):
    """A new account."""

    def get(self) -> None:
        """The form."""
        self.show({})

    async def post(self) -> None:
        """Make the account, or say what is wrong."""
        name = self.get_body_argument("name", "") or ""
        password = self.get_body_argument("password", "", strip=False) or ""
        errors = {}
        if NAME.fullmatch(name) is None:
            errors["name"] = self.locale.translate(
                "2 to 24 letters, digits, hyphens or underscores, please."
            )
        if len(password) < MIN_PASSWORD:
            errors["password"] = self.locale.translate("At least 8 characters, please.")
        if errors:
            self.show(errors)
            return
        try:
            member = await self.store.add_member(name, await hash_password(password))
        except IntegrityError:
            self.show({"name": self.locale.translate("This name is taken.")})
            return
        enter(self, member)

    def show(self, errors: dict[str, str]) -> None:
        """The form, with what is wrong."""
        if errors:
            self.set_status(422)
        name = self.get_body_argument("name", "")
        self.render("signup.html", errors=errors, name=name, next=self.local_path("next"))


class LogIn(SiteHandler):
    """A known account."""

    def get(self) -> None:
        """The form."""
        self.render("login.html", error=None, name="", next=self.local_path("next"))

    async def post(self) -> None:
        """Check name and password."""
        name = self.get_body_argument("name", "") or ""
        password = self.get_body_argument("password", "", strip=False) or ""
        member = await self.store.member_called(name)
        if not await check_password(password, member.password if member else None):
            self.set_status(403)
            error = self.locale.translate("Name or password is wrong.")
            self.render("login.html", error=error, name=name, next=self.local_path("next"))
            return
        assert member is not None
        if needs_rehash(member.password):
            await self.store.set_password(member, await hash_password(password))
        enter(self, member)


class LogOut(SiteHandler):
    """Forget who it was."""

    def post(self) -> None:
        """Only by a form of this site: a link elsewhere must not log anybody out."""
        self.clear_cookie("member")
        self.redirect("/")


def enter(handler: SiteHandler, member: Member) -> None:
    """Remember the member, and go where they wanted."""
    handler.set_signed_cookie("member", str(member.id))
    handler.redirect(handler.local_path("next"), status=303)
