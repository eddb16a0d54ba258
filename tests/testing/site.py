"""A small site to be tested."""

from __future__ import annotations

from typing import Any

from zonda.web import Application, RequestHandler
from zonda.websocket import WebSocketHandler


class Echo(RequestHandler):
    """Says what it was asked."""

    def prepare(self) -> None:
        request = self.request
        names = sorted(self.request.arguments)
        self.write(
            {
                "method": request.method,
                "protocol": request.protocol,
                "host": request.host,
                "remote_ip": request.remote_ip,
                "kind": request.headers.get("Content-Type"),
                "arguments": {name: self.get_arguments(name) for name in names},
                "files": {
                    name: [(f.filename, f.body.decode()) for f in files]
                    for name, files in request.files.items()
                },
                "body": request.body.decode("latin-1"),
                "mark": request.headers.get("X-Mark"),
            }
        )
        self.finish()


class Counter(RequestHandler):
    """Counts visits in a cookie."""

    def get(self) -> None:
        visits = int(self.get_cookie("visits") or "0") + 1
        self.set_cookie("visits", str(visits))
        self.write(str(visits))


class Member(RequestHandler):
    """Knows who is asking."""

    def get(self) -> None:
        self.write(self.get_signed_cookie("member") or b"nobody")


class Away(RequestHandler):
    """Sends on."""

    def get(self) -> None:
        self.redirect("/echo?from=away")


class Shout(WebSocketHandler):
    """Answers in capitals, with the visits first."""

    def open(self) -> None:
        self.write_message(f"visits {self.get_cookie('visits')}")

    def set_default_headers(self) -> None:
        self.set_cookie("met", "yes")

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message.upper())


def make_app(**settings: Any) -> Application:
    """The site."""
    return Application(
        [
            (r"/echo", Echo),
            (r"/counter", Counter),
            (r"/member", Member),
            (r"/away", Away),
            (r"/shout", Shout),
        ],
        **settings,
    )
