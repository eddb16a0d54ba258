"""Messages for a reader that asks for them: the other way to receive beside ``on_message``."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from typing import Final

from .errors import WebSocketError

# Messages that are read ahead of their reader, so that pings behind them are answered in time.
MAX_INBOX: Final = 16


class Inbox:
    """Holds a few messages; when it is full the next waits until half of them are taken.

    :ivar ended: whether no more messages will come.
    """

    __slots__ = ("_messages", "_reader", "_room", "ended")

    def __init__(self) -> None:
        self._messages: deque[str | bytes] = deque()
        self._reader: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self.ended = False

    def put(self, message: str | bytes) -> Awaitable[None] | None:
        """Add a message; the result, if any, is done when there is room for another."""
        self._messages.append(message)
        reader = self._reader
        if reader is not None and not reader.done():
            reader.set_result(None)
        if len(self._messages) < MAX_INBOX:
            return None
        self._room = asyncio.get_running_loop().create_future()
        return self._room

    def end(self) -> None:
        """No more messages will come."""
        self.ended = True
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def take(self) -> str | bytes | None:
        """The next message; None after the last one.

        :raises WebSocketError: somebody else is waiting for it already.
        """
        while not self._messages:
            if self.ended:
                return None
            if self._reader is not None:
                raise WebSocketError("a message is being waited for by another reader already")
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        message = self._messages.popleft()
        if self._room is not None and len(self._messages) <= MAX_INBOX // 2:
            if not self._room.done():
                self._room.set_result(None)
            self._room = None
        return message
