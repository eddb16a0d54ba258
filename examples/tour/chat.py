"""The chat: a page, and a websocket that keeps it live."""

from __future__ import annotations

import json
from typing import cast

from zonda.web import authenticated
from zonda.websocket import WebSocketClosedError, WebSocketHandler

from .site_handler import SiteHandler
from .store import Message

HISTORY = 50
MAX_TEXT = 500


class Room:
    """Everybody who listens."""

    def __init__(self) -> None:
        self.sockets: set[ChatSocket] = set()

    def tell(self, message: Message) -> None:
        """Send a message to everybody."""
        for socket in tuple(self.sockets):
            socket.show(message)


class ChatPage(SiteHandler):
    """The page, with what was said before."""

    @authenticated
    async def get(self) -> None:
        """Render it."""
        self.render("chat.html", messages=await self.store.latest(HISTORY))


class ChatSocket(SiteHandler, WebSocketHandler):
    """The live part: takes ``{"text": ...}``, sends ``{"id": ..., "html": ...}``."""

    max_message_size = 16 * 1024

    @property
    def room(self) -> Room:
        """Everybody who listens."""
        return cast(Room, self.settings["room"])

    async def open(self) -> None:
        """Join, and get what was said since the page was made."""
        if self.member is None:
            self.close(4401, "log in first")
            return
        after = self.get_query_argument("after", "0") or "0"
        # First join, then ask: the page puts messages in order, and knows those that come twice.
        self.room.sockets.add(self)
        for message in await self.store.since(int(after[:15]) if after.isdigit() else 0, HISTORY):
            self.show(message)

    async def on_message(self, message: str | bytes) -> None:
        """Keep a message and tell everybody."""
        if self.member is None:
            return
        text = read_text(message)
        if text is None:
            self.close(1007, "send a JSON object with a text")
            return
        if text:
            self.room.tell(await self.store.add_message(self.member, text))

    def on_close(self) -> None:
        """Leave."""
        self.room.sockets.discard(self)

    def show(self, message: Message) -> None:
        """Send a message to this one."""
        html = self.render_string("modules/message.html", message=message)
        try:
            self.write_message(json.dumps({"id": message.id, "html": html.decode("utf-8")}))
        except WebSocketClosedError:
            self.room.sockets.discard(self)


def read_text(message: str | bytes) -> str | None:
    """The text in what a browser sent; None if it is nothing that a chat sends."""
    try:
        data = json.loads(message)
    except ValueError:
        return None
    text = data.get("text") if isinstance(data, dict) else None
    return text.strip()[:MAX_TEXT] if isinstance(text, str) else None
