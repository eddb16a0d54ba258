"""A guest book that shows what others write while they write: a websocket, and a room."""

from __future__ import annotations

import asyncio

from zonda.web import Application, RequestHandler
from zonda.websocket import WebSocketHandler, broadcast

from .pages import HERE


class PageHandler(RequestHandler):
    """The page; its script opens the websocket."""

    def get(self) -> None:
        self.render("live.html")


class BookSocket(WebSocketHandler):
    """One guest; *room* is the set of all of them."""

    def initialize(self, room: set[WebSocketHandler]) -> None:
        self.room = room

    def open(self) -> None:
        self.room.add(self)

    def on_message(self, message: str | bytes) -> None:
        if isinstance(message, str) and message.strip():
            broadcast(self.room, message.strip()[:500])

    def on_close(self) -> None:
        self.room.discard(self)


def make_app() -> Application:
    """The site."""
    room: set[WebSocketHandler] = set()
    return Application(
        [("/", PageHandler), ("/socket", BookSocket, {"room": room})],
        template_path=str(HERE / "templates"),
        static_path=str(HERE / "static"),
    )


async def main() -> None:
    await make_app().listen(8888).serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
