"""A site, as pages take it for granted."""

from __future__ import annotations

from zonda.web import Application, RequestHandler


class FrontHandler(RequestHandler):
    """The front page."""

    def get(self) -> None:
        self.write("Welcome to the shop")


def make_app() -> Application:
    """The site."""
    return Application([("/", FrontHandler)], cookie_secret="of no use to anybody")
