"""A chat whose clients ask, and are answered when there is something new."""

from __future__ import annotations

import tornado.concurrent
import tornado.locks
import tornado.web


class Messages:
    """What was said, and who waits for more."""

    def __init__(self) -> None:
        self.changed = tornado.locks.Condition()
        self.said: list[str] = []

    def add(self, text: str) -> None:
        self.said.append(text)
        self.changed.notify_all()


class NewHandler(tornado.web.RequestHandler):
    def initialize(self, messages: Messages) -> None:
        self.messages = messages

    def post(self) -> None:
        self.messages.add(self.get_argument("text") or "")
        self.set_status(201)


class UpdatesHandler(tornado.web.RequestHandler):
    def initialize(self, messages: Messages) -> None:
        self.messages = messages
        self.waiting: tornado.concurrent.Future[bool] | None = None

    async def post(self) -> None:
        seen = int(self.get_argument("seen") or "0")
        while len(self.messages.said) <= seen:
            self.waiting = self.messages.changed.wait()
            await self.waiting
            if self.request.connection is None:
                return
        self.write({"messages": self.messages.said[seen:]})

    def on_connection_close(self) -> None:
        if self.waiting is not None:
            self.waiting.cancel()


def make_app() -> tornado.web.Application:
    messages = {"messages": Messages()}
    return tornado.web.Application(
        [("/new", NewHandler, messages), ("/updates", UpdatesHandler, messages)]
    )
