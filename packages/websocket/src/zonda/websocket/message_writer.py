"""What goes out on a websocket: at once, together with others, or when the peer has read.

While messages of one read are delivered, what is written is gathered and goes to the transport in
one piece: thirty small answers cost one packet.  Of what a task writes, the first message goes at
once and those behind it in the same turn of the loop together.  A transport whose buffers are full
gets nothing: messages wait in a `SendQueue`, and the policy decides who waits with them.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable
from typing import Final

from zonda.iostream import READY, GatheringConnection, Room, StreamClosedError, Sweep
from zonda.iostream import State as TransportState

from .close_codes import CloseCode, close_payload
from .errors import SlowConsumerError, WebSocketClosedError
from .prepared import PreparedMessage
from .protocol import Protocol
from .slow_consumers import MAX_SEND_QUEUE, SendQueue, SlowConsumer, Waiting
from .states import State
from .utf8_check import check_text

# Seconds that the peer may take to answer our close frame.
CLOSE_HANDSHAKE_TIMEOUT: Final = 10.0

_T_OPEN: Final = TransportState.OPEN
_OPEN: Final = State.OPEN


class MessageWriter(GatheringConnection):
    """The writing half of a `~zonda.websocket.WebSocketConnection`."""

    __slots__ = (
        "_close_due",
        "_delivering",
        "_max_send_queue",
        "_policy",
        "_pong_due",
        "_protocol",
        "_queue",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sweep: Sweep,
        protocol: Protocol,
        policy: SlowConsumer = SlowConsumer.WAIT,
        max_send_queue: int = MAX_SEND_QUEUE,
    ) -> None:
        super().__init__(loop, sweep)
        self._protocol = protocol
        self._policy = policy
        self._max_send_queue = max_send_queue
        self._delivering = False
        self._queue: SendQueue | None = None
        self._pong_due: bytes | None = None
        self._close_due: tuple[int | None, str | None] | None = None

    def write_message(self, message: str | bytes, binary: bool) -> Awaitable[None]:
        """Send a message; awaiting the result waits for room as the policy says.

        :raises ValueError: *message* is no text, and to be sent as one.
        :raises WebSocketClosedError: the websocket is closed or closing.
        :raises SlowConsumerError: it was closed just now, since too much waits to be sent.
        """
        if self._writing_paused:
            return self._enqueue(message, binary, len(message))
        if self.state is not _T_OPEN:
            raise self._closed_error()
        frame = self._protocol.message(message, binary)
        if self._gathered is None:
            self.transport.write(frame)
            if not self._delivering:
                self._gather_for_a_turn()
        else:
            self._send(frame)
        return READY if not self._writing_paused else self._room()

    def write_prepared(self, message: PreparedMessage) -> Awaitable[None]:
        """Send a message that others get too; see `write_message`."""
        if self._writing_paused:
            return self._enqueue(message, message.binary, len(message.payload))
        if self.state is not _T_OPEN:
            raise self._closed_error()
        frame = self._protocol.prepared(message)
        if self._gathered is None:
            self.transport.write(frame)
        else:
            self._send(frame)
        return READY if not self._writing_paused else self._room()

    def ping(self, data: bytes) -> None:
        """Send a ping.

        :raises WebSocketClosedError: the websocket is closed or closing.
        :raises ValueError: *data* has more than 125 bytes.
        """
        if self.state is not _T_OPEN:
            raise self._closed_error()
        self._send(self._protocol.ping(data))

    def begin_close(self, code: int | None = None, reason: str | None = None) -> None:
        """Begin the closing handshake; what waits to be sent is sent first.

        Doing it again, or after the peer did, changes nothing.

        :raises ValueError: see `~zonda.websocket.Protocol.close`.
        """
        close_payload(code, reason)
        if self.is_closing:
            return
        if self._queue:
            self._close_due = (code, reason)
        else:
            self._send(self._protocol.close(code, reason))
        self.expire_after(CLOSE_HANDSHAKE_TIMEOUT)

    async def drained(self) -> None:
        """Wait until the peer has room for more.

        :raises WebSocketClosedError: the connection ended.
        """
        try:
            await self.drain()
        except StreamClosedError:
            raise self._closed_error() from None

    def set_nodelay(self, value: bool) -> None:
        """Send small packets at once (asyncio's default), or let the system join them."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, int(value))

    def resume_writing(self) -> None:
        """The peer has read: send what waits."""
        self._writing_paused = False
        if self._pong_due is not None and self._protocol.state is _OPEN:
            self._send(self._protocol.pong(self._pong_due))
        self._pong_due = None
        queue = self._queue
        while queue and not self._writing_paused and self._protocol.state is _OPEN:
            self._write_waiting(queue.take())
        if self._close_due is not None and not queue and self._protocol.state is _OPEN:
            self._send(self._protocol.close(*self._close_due))
        if not self._writing_paused:
            self._queue = None
            super().resume_writing()

    @property
    def is_closing(self) -> bool:
        """Whether nothing can be sent any more."""
        return (
            self.state is not _T_OPEN
            or self._protocol.state is not _OPEN
            or self._close_due is not None
        )

    # Inside.

    def _answer_ping(self, payload: bytes) -> None:
        if self._writing_paused:
            # Only the last ping has to be answered (RFC 6455 section 5.5.3).
            self._pong_due = payload
        elif self._protocol.state is _OPEN and self.state is _T_OPEN:
            self._send(self._protocol.pong(payload))

    def _write_waiting(self, waiting: Waiting) -> None:
        message = waiting.message
        if isinstance(message, PreparedMessage):
            self._send(self._protocol.prepared(message))
        else:
            self._send(self._protocol.message(message, waiting.binary))

    def _enqueue(
        self, message: str | bytes | PreparedMessage, binary: bool, size: int
    ) -> Awaitable[None]:
        if self.is_closing:
            raise self._closed_error()
        if isinstance(message, str) or (isinstance(message, bytes) and not binary):
            check_text(message)  # now, while there is somebody who can be told
        if self._queue is None:
            self._queue = SendQueue(self._max_send_queue)
        drop = self._policy is SlowConsumer.DROP_OLDEST
        if not self._queue.add(Waiting(message, binary, size), drop=drop):
            self._queue = None
            self.begin_close(CloseCode.POLICY_VIOLATION, "too slow")
            raise SlowConsumerError(self._max_send_queue)
        return self._room()

    def _room(self) -> Awaitable[None]:
        return Room(self.drained) if self._policy is SlowConsumer.WAIT else READY

    def _closed_error(self) -> WebSocketClosedError:
        return WebSocketClosedError(self._protocol.close_code, self._protocol.close_reason)
