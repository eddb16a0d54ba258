"""A chat without websockets: who asks for what is new gets an answer when there is something.

``python -m examples.long_polling``, then in two terminals::

    curl "http://127.0.0.1:8888/messages?after=0"
    curl -d text=hello http://127.0.0.1:8888/messages
"""

from __future__ import annotations

import asyncio

from zonda.web import Application, RequestHandler

#: Messages that are kept, and seconds that a client waits before it gets an empty list.
KEPT, PATIENCE = 200, 25.0


class Board:
    """The last messages, and everybody who waits for the next."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, str]] = []
        self.changed = asyncio.Condition()

    async def add(self, text: str) -> int:
        """Keep a message, and wake those who wait."""
        number = self.messages[-1][0] + 1 if self.messages else 1
        async with self.changed:
            self.messages = [*self.messages[1 - KEPT :], (number, text)]
            self.changed.notify_all()
        return number

    def after(self, number: int) -> list[tuple[int, str]]:
        """What came after the message of that number."""
        return [message for message in self.messages if message[0] > number]

    async def wait(self, number: int) -> list[tuple[int, str]]:
        """`after`, as soon as there is something, or nothing after `PATIENCE` seconds."""
        async with self.changed:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self.changed.wait_for(lambda: bool(self.after(number)))
            except TimeoutError:
                return []
        return self.after(number)


class Messages(RequestHandler):
    """The messages."""

    # Who hangs up is not waited for.
    cancel_on_disconnect = True

    def initialize(self, board: Board) -> None:
        """Take the board."""
        self.board = board

    async def get(self) -> None:
        """Wait for what is new."""
        after = self.get_query_argument("after", "0")
        found = await self.board.wait(int(after) if str(after).isdigit() else 0)
        self.write({"messages": [{"id": number, "text": text} for number, text in found]})

    async def post(self) -> None:
        """Say something."""
        self.write({"id": await self.board.add(self.get_body_argument("text")[:500])})


def make_app() -> Application:
    """The chat."""
    return Application([("/messages", Messages, {"board": Board()})])


async def main() -> None:
    await make_app().listen(8888, "127.0.0.1").serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
