"""A chat over websockets; who comes late is told what was said last."""

from __future__ import annotations

import contextlib
from typing import ClassVar

import tornado.escape
import tornado.web
import tornado.websocket


class ChatSocketHandler(tornado.websocket.WebSocketHandler):
    waiters: ClassVar[set[ChatSocketHandler]] = set()
    cache: ClassVar[list[dict[str, str]]] = []
    cache_size = 200

    def get_compression_options(self) -> dict[str, object]:
        return {}

    def open(self) -> None:
        self.waiters.add(self)
        for chat in self.cache:
            self.write_message(chat)

    def on_close(self) -> None:
        self.waiters.discard(self)

    def on_message(self, message: str | bytes) -> None:
        chat = {"body": tornado.escape.json_decode(message)["body"]}
        self.cache.append(chat)
        del self.cache[: -self.cache_size]
        for waiter in self.waiters:
            with contextlib.suppress(tornado.websocket.WebSocketClosedError):
                waiter.write_message(chat)


def make_app() -> tornado.web.Application:
    ChatSocketHandler.cache.clear()
    return tornado.web.Application([("/chatsocket", ChatSocketHandler)])
