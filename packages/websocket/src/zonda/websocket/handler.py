"""`WebSocketHandler`: the server's end of a websocket.

The request that opens it goes the way of every request: `initialize`, `prepare`, with cookies,
arguments and user.  Then come `check_origin`, `get_compression_options`, `select_subprotocol` and,
once the client has its answer, `open`, any number of `on_message`, and `on_close`.
"""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, SupportsIndex, cast

from zonda.web import HandlerStateError, RequestHandler

from . import server_upgrade
from .connection import WebSocketConnection
from .errors import WebSocketClosedError, WebSocketError
from .inbox import Inbox
from .limits import MAX_MESSAGE_SIZE
from .outgoing import Message, as_text_or_bytes
from .slow_consumers import MAX_SEND_QUEUE, SlowConsumer

if TYPE_CHECKING:
    from .compression import CompressionOptions


class WebSocketHandler(RequestHandler):
    """Talks to one client.

    >>> class Echo(WebSocketHandler):
    ...     def on_message(self, message: str | bytes) -> None:
    ...         self.write_message(message, binary=isinstance(message, bytes))

    A subclass defines `on_message`; or it defines `open` as a coroutine and takes the messages
    there, with ``async for message in self`` or `read_message`.  Messages come one after the other:
    the next is not read before a coroutine has dealt with the one before.

    :ivar ws_connection: the connection, from before `open` until after `on_close`, else None.
    :ivar close_code: in `on_close`, the code that the client closed with, or None.
    :ivar close_reason: likewise, its reason.
    """

    _auto_finish = False

    ws_connection: WebSocketConnection | None = None
    close_code: int | None = None
    close_reason: str | None = None
    _selected_subprotocol: str | None = None
    _inbox: Inbox | None = None
    _opened = False

    def get(self, *args: str, **kwargs: str) -> None:
        """Answer the opening handshake and go on as a websocket."""
        server_upgrade.answer(self, args, kwargs)

    # What has no meaning once the websocket is open; `write` and the like refuse it themselves.

    def set_status(self, status_code: int, reason: str | None = None) -> None:
        """See `~zonda.web.RequestHandler.set_status`.

        :raises HandlerStateError: the websocket is open.
        """
        self._check_not_open()
        super().set_status(status_code, reason)

    def set_header(
        self, name: str, value: str | bytes | int | SupportsIndex | datetime.datetime
    ) -> None:
        """See `~zonda.web.RequestHandler.set_header`.

        :raises HandlerStateError: the websocket is open.
        """
        self._check_not_open()
        super().set_header(name, value)

    def _check_not_open(self) -> None:
        if self._headers_written:
            raise HandlerStateError("the websocket is open: its handshake has been answered")

    # What a subclass may define.

    def _open(self, *args: object, **kwargs: object) -> Awaitable[None] | None:
        """The websocket is open; the arguments are the groups of the route.

        Messages come when it has returned, or, from a coroutine, when it asks for one.
        """
        return None

    open: Callable[..., Awaitable[None] | None] = _open

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """A message has arrived: a text as `str`, a binary one as `bytes`.

        Unless this is overridden, messages wait for `read_message`.
        """
        if self._inbox is None:
            self._inbox = Inbox()
        return self._inbox.put(message)

    def on_ping(self, data: bytes) -> Awaitable[None] | None:
        """The client has sent a ping; it is answered already."""
        return None

    def on_pong(self, data: bytes) -> Awaitable[None] | None:
        """The client has answered a ping."""
        return None

    def on_close(self) -> Awaitable[None] | None:
        """The websocket has ended, for whatever reason; called once if `open` was called."""
        return None

    def check_origin(self, origin: str) -> bool:
        """Whether a page of another origin may open this websocket; by default it may not.

        Called only where the page is not of the request's own scheme, host and port.  A client
        that is no browser sends no origin, and is not asked about.

        :param origin: such as ``https://example.org``, or ``null``.
        """
        return False

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Choose one of the subprotocols that the client offers, or None.

        :param subprotocols: in the order of the client's preference; may be empty.
        """
        return None

    def get_compression_options(self) -> Mapping[str, object] | CompressionOptions | None:
        """How to compress messages; None, the default, for not at all.

        A mapping, which may be empty, has names of `CompressionOptions`.
        """
        return None

    @property
    def ping_interval(self) -> float | None:
        """Seconds between pings; 0 or None for none.

        The setting ``websocket_ping_interval``, else 0.
        """
        return cast("float | None", self.settings.get("websocket_ping_interval"))

    @property
    def ping_timeout(self) -> float | None:
        """Seconds to wait for a sign of life after a ping, at most `ping_interval`.

        The setting ``websocket_ping_timeout``; None is as long as the interval, 0 for ever.
        """
        return cast("float | None", self.settings.get("websocket_ping_timeout"))

    @property
    def max_message_size(self) -> int:
        """Bytes that a message of the client may have; a larger one closes with code 1009.

        The setting ``websocket_max_message_size``, else 16 MiB.
        """
        return cast(int, self.settings.get("websocket_max_message_size", MAX_MESSAGE_SIZE))

    @property
    def slow_consumer(self) -> SlowConsumer:
        """What to do if the client does not read; the setting ``websocket_slow_consumer``."""
        return SlowConsumer(self.settings.get("websocket_slow_consumer", SlowConsumer.WAIT))

    @property
    def max_send_queue(self) -> int:
        """Bytes of messages that may wait for a client that does not read.

        The setting ``websocket_max_send_queue``, else 4 MiB.
        """
        return cast(int, self.settings.get("websocket_max_send_queue", MAX_SEND_QUEUE))

    # What a subclass may call.

    @property
    def selected_subprotocol(self) -> str | None:
        """What `select_subprotocol` chose."""
        return self._selected_subprotocol

    def write_message(self, message: Message, binary: bool = False) -> Awaitable[None]:
        """Send a message.

        :param message: text, or bytes, or a mapping, which is sent as JSON.
        :param binary: send it as a binary message; without, bytes must be UTF-8.
        :return: awaiting it waits while the client reads too slowly; it need not be awaited.
        :raises WebSocketClosedError: the websocket is closed or closing.
        :raises ValueError: bytes that are sent as text are not UTF-8.
        :raises TypeError: *message* is something else.
        """
        connection = self.ws_connection
        if connection is None:
            raise WebSocketClosedError(self.close_code, self.close_reason)
        if type(message) is not str and type(message) is not bytes:
            message = as_text_or_bytes(message)
        return connection.write_message(message, binary)

    def ping(self, data: str | bytes = b"") -> None:
        """Send a ping; the answer comes to `on_pong`.

        :param data: up to 125 bytes that come back with the answer.
        :raises WebSocketClosedError: the websocket is closed or closing.
        """
        if self.ws_connection is None:
            raise WebSocketClosedError(self.close_code, self.close_reason)
        self.ws_connection.ping(data.encode() if isinstance(data, str) else data)

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the websocket; `on_close` is called when that is done.

        :param code: 1000 to 1003, 1007 to 1014 or 3000 to 4999; None for an empty close.
        :param reason: up to 123 bytes of UTF-8.
        :raises ValueError: *code* or *reason* cannot be sent.
        """
        if self.ws_connection is not None:
            self.ws_connection.begin_close(code, reason)

    async def read_message(self) -> str | bytes | None:
        """The next message; None when the websocket has ended.

        :raises WebSocketError: the handler has an `on_message`, which gets the messages.
        """
        if type(self).on_message is not WebSocketHandler.on_message:
            raise WebSocketError("messages go to on_message, which this handler defines")
        if self._inbox is None:
            self._inbox = Inbox()
        if self.ws_connection is None:
            self._inbox.end()
        else:
            self.ws_connection.start()
        return await self._inbox.take()

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        """All messages until the websocket ends."""
        return _Messages(self)

    async def drained(self) -> None:
        """Wait until the client has room for more.

        :raises WebSocketClosedError: the websocket ended.
        """
        if self.ws_connection is None:
            raise WebSocketClosedError(self.close_code, self.close_reason)
        await self.ws_connection.drained()

    def set_nodelay(self, value: bool) -> None:
        """Whether small packets are sent at once; they are unless this says no."""
        if self.ws_connection is None:
            raise WebSocketClosedError(self.close_code, self.close_reason)
        self.ws_connection.set_nodelay(value)

    # What the connection calls.

    def on_end(self) -> None:
        """The connection has ended; part of `~zonda.websocket.connection.Owner`."""
        connection = self.ws_connection
        if connection is not None:
            self.close_code = connection.close_code
            self.close_reason = connection.close_reason_text
            self.ws_connection = None
        if self._inbox is not None:
            self._inbox.end()
        self.on_connection_close()

    def on_connection_close(self) -> None:
        """Called when the connection ended, before or after it became a websocket."""
        server_upgrade.end(self)


class _Messages:
    """What ``async for message in handler`` iterates over."""

    def __init__(self, handler: WebSocketHandler) -> None:
        self._handler = handler

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        return self

    async def __anext__(self) -> str | bytes:
        message = await self._handler.read_message()
        if message is None:
            raise StopAsyncIteration
        return message
