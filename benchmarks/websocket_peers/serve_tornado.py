# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""Tornado: the same handlers as Zonda's."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvloop

from tornado.web import Application
from tornado.websocket import WebSocketHandler

members: set[Any] = set()


class Echo(WebSocketHandler):
    def get_compression_options(self) -> dict[str, Any] | None:
        return {} if "compress" in sys.argv else None

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, isinstance(message, bytes))


class Room(Echo):
    def open(self) -> None:
        members.add(self)

    def on_message(self, message: str | bytes) -> None:
        for member in members:
            member.write_message(message, isinstance(message, bytes))

    def on_close(self) -> None:
        members.discard(self)


async def main() -> None:
    application = Application(
        [("/", Echo), ("/room", Room)],
        log_function=lambda handler: None,
        websocket_max_message_size=1 << 24,
    )
    application.listen(int(sys.argv[1]), "127.0.0.1")
    await asyncio.Event().wait()


uvloop.run(main())
