"""A handler that talks in rooms, for tests in one process and in several."""

from __future__ import annotations

from zonda.websocket import Rooms, WebSocketHandler


class Chat(WebSocketHandler):
    """Joins the rooms of its path and says there what it hears."""

    def initialize(self, rooms: Rooms) -> None:
        self.rooms = rooms

    async def open(self, *args: str, **kwargs: str) -> None:
        for room in args[0].split("+"):
            await self.rooms.join(room, self)
        self.write_message("welcome")

    async def on_message(self, message: str | bytes) -> None:
        room, _, text = str(message).partition(" ")
        if text == "leave":
            await self.rooms.leave(room, self)
            self.write_message("left")
        else:
            await self.rooms.publish(room, text)
