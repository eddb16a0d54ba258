"""A guest book for members: passwords, a signed cookie, pages for those who are logged in."""

from __future__ import annotations

import asyncio
import secrets

from zonda.auth import check_password, hash_password, local_path
from zonda.web import Application, RequestHandler, authenticated

from .pages import HERE, Entry, EntryCard


class MemberHandler(RequestHandler):
    """What all pages share: the book, and who is asking."""

    def initialize(self, book: list[Entry], passwords: dict[str, str]) -> None:
        self.book = book
        self.passwords = passwords

    def get_current_user(self) -> str | None:
        name = self.get_signed_cookie("member")
        return name.decode() if name else None


class BookHandler(MemberHandler):
    """Everybody may read, members may write."""

    def get(self) -> None:
        self.render("members.html", entries=self.book)

    @authenticated
    def post(self) -> None:
        text = self.get_body_argument("text")
        if text:
            self.book.append(Entry(str(self.current_user), text[:500]))
        self.redirect("/", status=303)


class LoginHandler(MemberHandler):
    """Name and password; the cookie that follows cannot be forged."""

    def get(self) -> None:
        self.render("login.html", error="")

    async def post(self) -> None:
        name = self.get_body_argument("name", "")
        password = self.get_body_argument("password", "")
        if not await check_password(password, self.passwords.get(name)):
            self.set_status(403)
            self.render("login.html", error="Wrong name or password.")
            return
        self.set_signed_cookie("member", name, httponly=True, samesite="Lax")
        self.redirect(local_path(self.get_query_argument("next", "/")), status=303)


async def make_app() -> Application:
    """The site, with one member: ada, whose password is ``moth``."""
    shared = {"book": [], "passwords": {"ada": await hash_password("moth")}}
    return Application(
        [("/", BookHandler, shared), ("/login", LoginHandler, shared)],
        template_path=str(HERE / "templates"),
        static_path=str(HERE / "static"),
        ui_modules={"EntryCard": EntryCard},
        xsrf_cookies=True,
        cookie_secret=secrets.token_hex(32),
        login_url="/login",
    )


async def main() -> None:
    application = await make_app()
    await application.listen(8888).serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
