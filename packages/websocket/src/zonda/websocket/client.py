"""`websocket_connect` and the client's end of a websocket."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Self

from zonda.http import HTTPHeaders
from zonda.ioloop import eager

from .connection import WebSocketConnection
from .inbox import Inbox
from .outgoing import Message, as_text_or_bytes

log = logging.getLogger("zonda.application")

MessageCallback = Callable[[str | bytes | None], Awaitable[None] | None]


class WebSocketClientConnection:
    """A websocket to a server; `websocket_connect` makes it.

    It can be iterated over for its messages, and closes at the end of an ``async with``.

    :ivar headers: the headers of the server's answer to the handshake.
    :ivar selected_subprotocol: what the server chose, or None.
    """

    def __init__(
        self,
        headers: HTTPHeaders,
        selected_subprotocol: str | None,
        on_message_callback: MessageCallback | None = None,
    ) -> None:
        self.headers = headers
        self.selected_subprotocol = selected_subprotocol
        self._callback = on_message_callback
        self._inbox = Inbox()
        self._has_heard = False
        self._ended: asyncio.Event = asyncio.Event()
        self._connection: WebSocketConnection

    def attach(self, connection: WebSocketConnection) -> None:
        """Belong to this connection; called by who makes it."""
        self._connection = connection

    @property
    def close_code(self) -> int | None:
        """The code that the server closed with; None before, or if it sent none."""
        return self._connection.close_code

    @property
    def close_reason(self) -> str | None:
        """The reason that the server closed with."""
        return self._connection.close_reason_text

    @property
    def has_heard(self) -> bool:
        """Whether the server has sent a message."""
        return self._has_heard

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._connection.is_closing

    def read_message(
        self, callback: Callable[[asyncio.Future[str | bytes | None]], None] | None = None
    ) -> Awaitable[str | bytes | None]:
        """The next message; None when the websocket has ended.

        With an ``on_message_callback`` that gets the messages, and this one none.

        :param callback: called with the future of the message, for programs without coroutines.
        """
        if callback is None:
            return self._inbox.take()
        future = asyncio.ensure_future(self._inbox.take())
        future.add_done_callback(callback)
        return future

    def write_message(self, message: Message, binary: bool = False) -> Awaitable[None]:
        """Send a message; see `WebSocketHandler.write_message`.

        :raises WebSocketClosedError: the websocket is closed or closing.
        """
        if type(message) is not str and type(message) is not bytes:
            message = as_text_or_bytes(message)
        return self._connection.write_message(message, binary)

    def ping(self, data: str | bytes = b"") -> None:
        """Send a ping with up to 125 bytes.

        :raises WebSocketClosedError: the websocket is closed or closing.
        """
        self._connection.ping(data.encode() if isinstance(data, str) else data)

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Begin to close the websocket; `closed` waits for the end.

        :raises ValueError: *code* or *reason* cannot be sent.
        """
        self._connection.begin_close(code, reason)

    def abort(self) -> None:
        """End the websocket at once, without the closing handshake."""
        self._connection.abort()

    async def closed(self) -> None:
        """Wait until the websocket has ended."""
        await self._ended.wait()

    async def drained(self) -> None:
        """Wait until the server has room for more.

        :raises WebSocketClosedError: the websocket ended.
        """
        await self._connection.drained()

    def set_nodelay(self, value: bool) -> None:
        """Whether small packets are sent at once; they are unless this says no."""
        self._connection.set_nodelay(value)

    # What a subclass may define.

    def on_ping(self, data: bytes) -> Awaitable[None] | None:
        """The server has sent a ping; it is answered already."""
        return None

    def on_pong(self, data: bytes) -> Awaitable[None] | None:
        """The server has answered a ping."""
        return None

    # What the connection calls.

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """A message has arrived."""
        self._has_heard = True
        if self._callback is not None:
            return self._callback(message)
        return self._inbox.put(message)

    def on_end(self) -> None:
        """The websocket has ended."""
        self._inbox.end()
        self._ended.set()
        if self._callback is not None:
            eager.start(self._tell_end(self._callback))

    async def _tell_end(self, callback: MessageCallback) -> None:
        try:
            waiting = callback(None)
            if waiting is not None:
                await waiting
        except Exception:
            self.log_exception(*sys.exc_info())

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """What the callback raised."""
        log.error("Uncaught exception in a websocket's callback", exc_info=value)

    # Iteration and context.

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        """All messages until the websocket ends."""
        return self

    async def __anext__(self) -> str | bytes:
        message = await self._inbox.take()
        if message is None:
            raise StopAsyncIteration
        return message

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close(1000 if value is None else 1011)
        await self.closed()
