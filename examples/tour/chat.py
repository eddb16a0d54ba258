"""The chat: a page, and a websocket that keeps it live."""

from __future__ import annotations

import json
from typing import cast

from zonda.web import authenticated
from zonda.websocket import Rooms, WebSocketHandler

from .site_handler import SiteHandler
from .store import Message

ROOM = "chat"
HISTORY = 50
MAX_TEXT = 500


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
    def rooms(self) -> Rooms:
        """Who listens, here and in other processes."""
        return cast(Rooms, self.settings["rooms"])

    async def open(self) -> None:
        """Join, and get what was said since the page was made."""
        if self.member is None:
            self.close(4401, "log in first")
            return
        after = self.get_query_argument("after", "0") or "0"
        # First join, then ask: the page puts messages in order, and knows those that come twice.
        await self.rooms.join(ROOM, self)
        for message in await self.store.since(int(after[:15]) if after.isdigit() else 0, HISTORY):
            await self.write_message(self.shown(message))

    async def on_message(self, message: str | bytes) -> None:
        """Keep a message and tell everybody."""
        if self.member is None:
            return
        text = read_text(message)
        if text is None:
            self.close(1007, "send a JSON object with a text")
            return
        if text:
            said = await self.store.add_message(self.member, text)
            await self.rooms.publish(ROOM, self.shown(said))

    def shown(self, message: Message) -> dict[str, object]:
        """What the page of everybody shows."""
        html = self.render_string("modules/message.html", message=message)
        return {"id": message.id, "html": html.decode("utf-8")}


def read_text(message: str | bytes) -> str | None:
    """The text in what a browser sent; None if it is nothing that a chat sends."""
    try:
        data = json.loads(message)
    except ValueError:
        return None
    text = data.get("text") if isinstance(data, dict) else None
    return text.strip()[:MAX_TEXT] if isinstance(text, str) else None
