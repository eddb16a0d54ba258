"""A blog: one author with a password, a form with a token, pages from templates and modules."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import tornado.concurrent
import tornado.ioloop
import tornado.template
import tornado.web

PAGES = {
    "base.html": "<html><body>{% block body %}{% end %}</body></html>",
    "home.html": (
        '{% extends "base.html" %}{% block body %}'
        "{% for entry in entries %}{% module Entry(entry) %}{% end %}{% end %}"
    ),
    "entry.html": "<h2>{{ entry['title'] }}</h2>",
    "compose.html": (
        '{% extends "base.html" %}{% block body %}<form method="post">'
        "{% module xsrf_form_html() %}<input name=title></form>{% end %}"
    ),
}
SALT = b"of one author"


class BaseHandler(tornado.web.RequestHandler):
    async def query(self, statement: str, *values: object) -> list[Any]:
        """Ask the database, in a thread."""
        db: sqlite3.Connection = self.application.db  # type: ignore[attr-defined]  # set below

        def ask() -> list[Any]:
            return db.execute(statement, values).fetchall()

        return await tornado.ioloop.IOLoop.current().run_in_executor(None, ask)

    def get_current_user(self) -> Any:
        name = self.get_secure_cookie("author")
        return name.decode() if name else None


class HomeHandler(BaseHandler):
    async def get(self) -> None:
        rows = await self.query("SELECT title FROM entries ORDER BY id DESC LIMIT 5")
        self.render("home.html", entries=[{"title": title} for (title,) in rows])


class ComposeHandler(BaseHandler):
    @tornado.web.authenticated
    def get(self) -> None:
        self.render("compose.html")

    @tornado.web.authenticated
    async def post(self) -> None:
        await self.query("INSERT INTO entries (title) VALUES (?)", self.get_argument("title"))
        self.redirect("/")


class LoginHandler(BaseHandler):
    executor = ThreadPoolExecutor(1)

    @tornado.concurrent.run_on_executor
    def hashed(self, password: str) -> bytes:
        return hashlib.scrypt(password.encode(), salt=SALT, n=2**10, r=8, p=1)

    def get(self) -> None:
        self.render("compose.html")

    async def post(self) -> None:
        known = await self.hashed("correct horse")
        given = await self.hashed(self.get_argument("password") or "")
        if not hmac.compare_digest(known, given):
            raise tornado.web.HTTPError(403)
        self.set_secure_cookie("author", "ada")
        self.redirect(self.get_argument("next", "/") or "/")


class EntryModule(tornado.web.UIModule):
    def render(self, entry: dict[str, str]) -> bytes:
        return self.render_string("entry.html", entry=entry)


def make_app() -> tornado.web.Application:
    application = tornado.web.Application(
        [("/", HomeHandler), ("/compose", ComposeHandler), ("/auth/login", LoginHandler)],
        template_loader=tornado.template.DictLoader(PAGES),
        ui_modules={"Entry": EntryModule},
        xsrf_cookies=True,
        cookie_secret="of this test",
        login_url="/auth/login",
    )
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    db.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, title TEXT)")
    application.db = db  # type: ignore[attr-defined]  # as the demo does
    return application
