"""A websocket on a transport: bytes in, messages to its owner, messages out.

The protocol core says what the bytes mean; this class gives messages to the owner one after the
other, in the callback that brought them if the owner's method does not suspend.  Delivery is held
(`Hold`) while the next message must not come yet; what arrives meanwhile waits, first in the core,
then, since reading is paused, at the peer.

The end: a server closes the transport once both close frames have passed, a client waits for the
server to do it (RFC 6455 section 7.1.1).  After a violation the rest is read and thrown away, so
that the peer sees the close frame and not a reset.  Every waiting for the peer has a deadline.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Coroutine
from types import CoroutineType
from typing import Any, Final, TypeGuard

from zonda.ioloop import eager
from zonda.iostream import READY, CloseReason, Connection, Room, StreamClosedError, Sweep
from zonda.iostream import State as TransportState

from .close_codes import CloseCode, close_payload
from .errors import SlowConsumerError, WebSocketClosedError
from .events import Closed, Event, Failed, Ping, Pong
from .hold import Hold
from .keep_alive import Duty, KeepAlive
from .owner import Owner, Registry
from .prepared import PreparedMessage
from .protocol import Protocol
from .slow_consumers import MAX_SEND_QUEUE, SendQueue, SlowConsumer, Waiting
from .states import Side, State

log = logging.getLogger("zonda.general")

# Seconds that the peer may take to answer our close frame.
CLOSE_HANDSHAKE_TIMEOUT: Final = 10.0

# Seconds that the peer may take to close the transport when the websocket has ended.
LINGER_TIMEOUT: Final = 3.0
# Bytes that a peer may still send after a violation before it is cut off.
LINGER_SIZE: Final = 1024 * 1024

# Messages of one peer that are delivered before others have their turn: one read can bring forty
# thousand small ones.
MESSAGES_PER_TURN: Final = 1000


_NEVER: Final = float("inf")
_NOTHING: Final = Hold.NOTHING
_T_OPEN: Final = TransportState.OPEN
_OPEN: Final = State.OPEN


class WebSocketConnection(Connection):
    """One end of a websocket.

    :param protocol: the core, which knows the side, the limits and the compression.
    :param owner: gets the messages.
    :param keep_alive: when to ping; None for never.
    :param policy: what happens when the peer does not read.
    :param max_send_queue: bytes of messages that may wait for such a peer.
    :param registry: is told of the beginning and the end.
    """

    __slots__ = (
        "_close_due",
        "_end_callbacks",
        "_heard",
        "_hold",
        "_keep_alive",
        "_lingered",
        "_max_send_queue",
        "_on_message",
        "_owner",
        "_policy",
        "_pong_due",
        "_protocol",
        "_queue",
        "_registry",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sweep: Sweep,
        protocol: Protocol,
        owner: Owner,
        *,
        keep_alive: KeepAlive | None = None,
        policy: SlowConsumer = SlowConsumer.WAIT,
        max_send_queue: int = MAX_SEND_QUEUE,
        registry: Registry | None = None,
    ) -> None:
        super().__init__(loop, sweep)
        self._registry = registry
        self._protocol = protocol
        self._owner = owner
        self._on_message = owner.on_message
        self._keep_alive = keep_alive
        self._policy = policy
        self._max_send_queue = max_send_queue
        self._queue: SendQueue | None = None
        self._hold = Hold.OPENING
        self._heard = False
        self._lingered = 0
        self._pong_due: bytes | None = None
        self._end_callbacks: list[Callable[[], None]] | None = None
        self._close_due: tuple[int | None, str | None] | None = None

    # What comes in.

    def opened(self) -> None:
        """The transport is here."""
        self._rest()
        if self._registry is not None:
            self._registry.adopt(self)

    def start(self) -> None:
        """The owner is ready for messages."""
        if self._hold is Hold.OPENING:
            self._go_on()

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer."""
        self._heard = True
        if self._hold is not _NOTHING:
            self._keep_for_later(data)
            return
        event = self._protocol.receive(data)
        if event is not None:
            self._deliver(event)

    def _keep_for_later(self, data: bytes) -> None:
        if self._hold is Hold.ENDED:
            self._lingered += len(data)
            if self._lingered > LINGER_SIZE:
                self.abort()
        else:
            self._protocol.feed(data)
            self.pause_reading()

    def _deliver(self, event: Event | None) -> None:
        """Give this event and those behind it to the owner, until one must be waited for."""
        protocol = self._protocol
        left = MESSAGES_PER_TURN
        try:
            while event is not None:
                kind = type(event)
                if kind is str or kind is bytes:
                    # After our close frame the owner expects no more messages.
                    waiting = self._on_message(event) if protocol.state is _OPEN else None  # type: ignore[arg-type]  # the two kinds of messages
                else:
                    waiting = self._control(event)
                left -= 1
                if waiting is not None:
                    self._wait_for(waiting)
                elif self._writing_paused and self._policy is SlowConsumer.WAIT:
                    self._hold = Hold.WRITING
                if self._hold is not _NOTHING:
                    return
                if not left:
                    self._let_others()
                    return
                event = protocol.next_event()
        except Exception as error:
            self.owner_failed(error)

    def _wait_for(self, waiting: Awaitable[None]) -> None:
        """Hold delivery unless *waiting* is done without suspending."""
        self._hold = Hold.MESSAGE
        started = eager.start(waiting) if _is_coroutine(waiting) else asyncio.ensure_future(waiting)
        if isinstance(started, asyncio.Future) and not started.done():
            started.add_done_callback(self._handled)
        else:
            self._hold = _NOTHING
            self._look_at(started)

    def _handled(self, started: eager.Started[None]) -> None:
        self._look_at(started)
        self._go_on()

    def _look_at(self, started: eager.Started[None]) -> None:
        if started.cancelled():
            self.abort()
            return
        error = started.exception()
        if error is not None:
            self.owner_failed(error)

    def _go_on(self) -> None:
        """What held delivery is over."""
        if self._hold in (Hold.ENDED, Hold.GONE):
            return
        self._hold = _NOTHING
        self._deliver(self._protocol.next_event())
        if self._hold in (_NOTHING, Hold.ENDED):
            if self.state is TransportState.CLOSED:
                self._end()
            else:
                self.resume_reading()

    def _control(self, event: Event) -> Awaitable[None] | None:
        if type(event) is Ping:
            self._answer(event.payload)
            return self._owner.on_ping(event.payload)
        if type(event) is Pong:
            return self._owner.on_pong(event.payload)
        if type(event) is Closed:
            self._closed_by_peer(event)
        elif type(event) is Failed:
            self._failed(event)
        else:
            self._let_others()
        return None

    def _answer(self, payload: bytes) -> None:
        if self._writing_paused:
            # Only the last ping has to be answered (RFC 6455 section 5.5.3).
            self._pong_due = payload
        elif self._protocol.state is _OPEN and self.state is _T_OPEN:
            self.transport.write(self._protocol.pong(payload))

    def owner_failed(self, error: BaseException) -> None:
        """A method of the owner raised: log it, and close with 1011."""
        if not (isinstance(error, WebSocketClosedError) and self.is_closing):
            self._owner.log_exception(type(error), error, error.__traceback__)
        self.begin_close(CloseCode.INTERNAL_ERROR, "")

    # What goes out.

    def write_message(self, message: str | bytes, binary: bool) -> Awaitable[None]:
        """Send a message; awaiting the result waits for room as the policy says.

        :raises WebSocketClosedError: the websocket is closed or closing.
        :raises SlowConsumerError: it was closed just now, since too much waits to be sent.
        """
        if self._writing_paused:
            return self._enqueue(message, binary, len(message))
        if self.state is not _T_OPEN:
            raise self._closed_error()
        self.transport.write(self._protocol.message(message, binary))
        return READY if not self._writing_paused else self._room()

    def write_prepared(self, message: PreparedMessage) -> Awaitable[None]:
        """Send a message that others get too; see `write_message`."""
        if self._writing_paused:
            return self._enqueue(message, message.binary, len(message.payload))
        if self.state is not _T_OPEN:
            raise self._closed_error()
        self.transport.write(self._protocol.prepared(message))
        return READY if not self._writing_paused else self._room()

    def ping(self, data: bytes) -> None:
        """Send a ping.

        :raises WebSocketClosedError: the websocket is closed or closing.
        :raises ValueError: *data* has more than 125 bytes.
        """
        if self.state is not _T_OPEN:
            raise self._closed_error()
        self.transport.write(self._protocol.ping(data))

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
            self.transport.write(self._protocol.close(code, reason))
        self.expire_after(CLOSE_HANDSHAKE_TIMEOUT)
        if self._hold is Hold.OPENING:
            self.loop.call_soon(self.start)

    def end_soon(self) -> None:
        """Close because this side goes away, with code 1001."""
        self.begin_close(CloseCode.GOING_AWAY, "")

    async def drained(self) -> None:
        """Wait until the peer has room for more.

        :raises WebSocketClosedError: the connection ended.
        """
        try:
            await self.drain()
        except StreamClosedError:
            raise self._closed_error() from None

    def resume_writing(self) -> None:
        """The peer has read: send what waits."""
        self._writing_paused = False
        self._heard = True
        if self._pong_due is not None and self._protocol.state is _OPEN:
            self.transport.write(self._protocol.pong(self._pong_due))
        self._pong_due = None
        queue = self._queue
        while queue and not self._writing_paused and self._protocol.state is _OPEN:
            self._write_waiting(queue.take())
        if self._close_due is not None and not queue and self._protocol.state is _OPEN:
            self.transport.write(self._protocol.close(*self._close_due))
        if not self._writing_paused:
            self._queue = None
            super().resume_writing()
            if self._hold is Hold.WRITING:
                self._go_on()

    def _write_waiting(self, waiting: Waiting) -> None:
        message = waiting.message
        if isinstance(message, PreparedMessage):
            self.transport.write(self._protocol.prepared(message))
        else:
            self.transport.write(self._protocol.message(message, waiting.binary))

    def _enqueue(
        self, message: str | bytes | PreparedMessage, binary: bool, size: int
    ) -> Awaitable[None]:
        if self.is_closing:
            raise self._closed_error()
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

    # The end.

    @property
    def is_closing(self) -> bool:
        """Whether nothing can be sent any more."""
        return (
            self.state is not _T_OPEN
            or self._protocol.state is not _OPEN
            or self._close_due is not None
        )

    @property
    def has_closed(self) -> bool:
        """Whether both sides have said that they close."""
        return self._protocol.state is State.CLOSED

    @property
    def close_code(self) -> int | None:
        """The code of the peer's close frame."""
        return self._protocol.close_code

    @property
    def close_reason_text(self) -> str | None:
        """The reason of the peer's close frame."""
        return self._protocol.close_reason

    def set_nodelay(self, value: bool) -> None:
        """Send small packets at once (asyncio's default), or let the system join them."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, int(value))

    def timed_out(self) -> None:
        """The deadline has passed: ping, or end."""
        if self._keep_alive is None or self.is_closing:
            self.abort(CloseReason.TIMEOUT)
            return
        # While the owner lets it wait, the peer cannot be heard.
        waiting = self._hold in (Hold.OPENING, Hold.MESSAGE, Hold.TURN)
        duty = self._keep_alive.due(self._heard or waiting)
        self._heard = False
        if duty is Duty.GIVE_UP:
            self._close_due = None
            self._queue = None
            self.begin_close(CloseCode.INTERNAL_ERROR, "ping timed out")
            self.close(CloseReason.TIMEOUT)
            return
        if duty is Duty.PING:
            self.ping(b"")
        self._rest()

    def closed(self) -> None:
        """The transport has ended."""
        self._writing_paused = False
        if self.close_reason is CloseReason.PEER and self._protocol.has_unread:
            if self._hold is Hold.WRITING:
                self._go_on()
            if self._hold in (Hold.OPENING, Hold.MESSAGE, Hold.TURN):
                # The owner gets what came before the end, and then the end.
                return
        self._end()

    def add_end_callback(self, callback: Callable[[], None]) -> None:
        """Call *callback* when the websocket has ended, after its owner was told."""
        if self._end_callbacks is None:
            self._end_callbacks = []
        self._end_callbacks.append(callback)

    def _end(self) -> None:
        if self._hold is Hold.GONE:
            return
        self._hold = Hold.GONE
        self._protocol.connection_lost()
        self._queue = None
        if self._registry is not None:
            self._registry.release(self)
        self._owner.on_end()
        callbacks, self._end_callbacks = self._end_callbacks, None
        for callback in callbacks or ():
            callback()

    def _rest(self) -> None:
        """Nothing is due but the next ping."""
        keep_alive = self._keep_alive
        if keep_alive is None:
            self.deadline = _NEVER
        else:
            self.expire_after(keep_alive.next_in)

    def _stop(self, last_frame: bytes) -> None:
        """Nothing more is delivered or sent after this; reading goes on up to the peer's end."""
        self._queue = None
        self._hold = Hold.ENDED
        if last_frame and self.state is _T_OPEN:
            self.transport.write(last_frame)
        self.resume_reading()

    def _let_others(self) -> None:
        self._hold = Hold.TURN
        self.loop.call_soon(self._go_on)

    def _closed_by_peer(self, event: Closed) -> None:
        self._stop(event.reply)
        if self._protocol.side is Side.SERVER:
            self.close(CloseReason.PEER)
        else:
            self.expire_after(LINGER_TIMEOUT)

    def _failed(self, event: Failed) -> None:
        log.info("websocket failed: %s", event.reason)
        self._stop(event.reply)
        if self.state is not _T_OPEN:
            return
        if self._protocol.side is Side.SERVER and self.transport.can_write_eof():
            self.transport.write_eof()
        self.expire_after(LINGER_TIMEOUT)

    def _closed_error(self) -> WebSocketClosedError:
        return WebSocketClosedError(self._protocol.close_code, self._protocol.close_reason)


def _is_coroutine(waiting: Awaitable[None]) -> TypeGuard[Coroutine[Any, Any, None]]:
    return type(waiting) is CoroutineType
