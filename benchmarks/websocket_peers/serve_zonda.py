"""Zonda: ``/`` echoes, what is said in ``/room`` is sent to everybody there."""

from __future__ import annotations

import asyncio
import os
import sys

if {"pure", "portable"} & set(sys.argv):
    os.environ["ZONDA_PURE"] = "1"
if "portable" in sys.argv:
    sys.modules["websockets.speedups"] = None  # type: ignore[assignment]  # as if not installed

from zonda.ioloop import run
from zonda.web import Application
from zonda.websocket import WebSocketHandler, broadcast

members: set[WebSocketHandler] = set()


class Echo(WebSocketHandler):
    def get_compression_options(self) -> dict[str, object] | None:
        return {"threshold": 0} if "compress" in sys.argv else None

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, isinstance(message, bytes))


class Room(Echo):
    def open(self) -> None:
        members.add(self)

    def on_message(self, message: str | bytes) -> None:
        broadcast(members, message, isinstance(message, bytes))

    def on_close(self) -> None:
        members.discard(self)


async def main() -> None:
    application = Application([("/", Echo), ("/room", Room)], log_function=lambda handler: None)
    application.listen(int(sys.argv[1]), "127.0.0.1")
    await asyncio.Event().wait()


run(main)
