"""A websocket on a transport: bytes in, messages to its owner, messages out.

The protocol core says what the bytes mean; this class gives messages to the owner one after the
other, in the callback that brought them if the owner's method does not suspend.  Delivery is held
(`Hold`) while the next message must not come yet; what arrives meanwhile waits, first in the core,
then, since reading is paused, at the peer.

The end: a server closes the transport once both close frames have passed, a client waits for the
server to do it (RFC 6455 section 7.1.1).  After a violation the rest is read and thrown away, so
that the peer sees the close frame and not a reset.  Every waiting for the peer has a deadline.

The owner is called with the context variables of who made it ready, whoever the transport and its
loop belong to.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import copy_context
from types import CoroutineType
from typing import Any, Final, TypeGuard

from zonda.ioloop import eager
from zonda.iostream import READY, CloseReason, Sweep
from zonda.iostream import State as TransportState

from .close_codes import CloseCode
from .errors import WebSocketClosedError
from .events import Closed, Event, Failed, Ping, Pong
from .hold import Hold
from .keep_alive import Duty, KeepAlive
from .message_writer import MessageWriter
from .owner import Owner, Registry
from .protocol import Protocol
from .slow_consumers import MAX_SEND_QUEUE, SlowConsumer
from .states import Side, State

log = logging.getLogger("zonda.general")

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


class WebSocketConnection(MessageWriter):
    """One end of a websocket.

    :param protocol: the core, which knows the side, the limits and the compression.
    :param owner: gets the messages.
    :param keep_alive: when to ping; None for never.
    :param policy: what happens when the peer does not read.
    :param max_send_queue: bytes of messages that may wait for such a peer.
    :param registry: is told of the beginning and the end.
    """

    __slots__ = (
        "_context",
        "_end_callbacks",
        "_heard",
        "_hold",
        "_keep_alive",
        "_lingered",
        "_on_message",
        "_owner",
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
        super().__init__(loop, sweep, protocol, policy, max_send_queue)
        self._registry = registry
        self._owner = owner
        self._on_message = owner.on_message
        self._context = copy_context()
        self._keep_alive = keep_alive
        self._hold = Hold.OPENING
        self._heard = False
        self._lingered = 0
        self._end_callbacks: list[Callable[[], None]] | None = None

    # What comes in.

    def opened(self) -> None:
        """The transport is here."""
        self._rest()
        if self._registry is not None:
            self._registry.adopt(self)

    def start(self) -> None:
        """The owner is ready for messages."""
        if self._hold is Hold.OPENING:
            self._context = copy_context()
            self._context.run(self._go_on)

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer."""
        self._heard = True
        if self._hold is not _NOTHING:
            self._keep_for_later(data)
            return
        protocol = self._protocol
        event = protocol.receive(data)
        if event is not None:
            self._delivering = True
            if protocol.has_unread:
                self._context.run(self._deliver_all, event)
            else:
                self._context.run(self._deliver, event)
            self._delivering = False

    def _keep_for_later(self, data: bytes) -> None:
        if self._hold is Hold.ENDED:
            self._lingered += len(data)
            if self._lingered > LINGER_SIZE:
                self.abort()
        else:
            self._protocol.feed(data)
            self.pause_reading()

    def _deliver(self, event: Event) -> None:
        """Give one event to the owner."""
        try:
            kind = type(event)
            if kind is str or kind is bytes:
                # After our close frame the owner expects no more messages.
                waiting = self._on_message(event) if self._protocol.state is _OPEN else None  # type: ignore[arg-type]  # the two kinds of messages
            else:
                waiting = self._control(event)
            if waiting is not None:
                self._wait_for(waiting)
            elif self._writing_paused and self._policy is SlowConsumer.WAIT:
                self._hold = Hold.WRITING
        except Exception as error:
            self.owner_failed(error)

    def _deliver_all(self, event: Event | None) -> None:
        """Give this event and those behind it to the owner, until one must be waited for.

        What the owner answers meanwhile is written at the end, in one piece.
        """
        left = MESSAGES_PER_TURN
        self._begin_gathering()
        try:
            while event is not None:
                self._deliver(event)
                left = self._deliver_small(left - 1)
                if self._hold is not _NOTHING:
                    break
                if left <= 0:
                    self._let_others()
                    break
                event = self._protocol.next_event()
        finally:
            self._end_gathering()
        if self._writing_paused and self._hold is _NOTHING and self._policy is SlowConsumer.WAIT:
            self._hold = Hold.WRITING

    def _deliver_small(self, left: int) -> int:
        """Give small messages to the owner, up to *left* of them; how many may still come."""
        protocol = self._protocol
        on_message = self._on_message
        try:
            if self._hold is _NOTHING and protocol.state is _OPEN:
                for message in protocol.small_messages():
                    left -= 1
                    waiting = on_message(message)
                    if waiting is not None:
                        self._wait_for(waiting)
                    elif self._writing_paused and self._policy is SlowConsumer.WAIT:
                        self._hold = Hold.WRITING
                    if self._hold is not _NOTHING or protocol.state is not _OPEN or left <= 0:
                        break
        except Exception as error:
            self.owner_failed(error)
        return left

    def _wait_for(self, waiting: Awaitable[None]) -> None:
        """Hold delivery unless *waiting* is done without suspending."""
        if waiting is READY:
            return
        self._hold = Hold.MESSAGE
        started = eager.start(waiting) if _is_coroutine(waiting) else asyncio.ensure_future(waiting)
        if isinstance(started, asyncio.Future) and not started.done():
            started.add_done_callback(self._handled, context=self._context)
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
        self._deliver_all(self._protocol.next_event())
        if self._hold in (_NOTHING, Hold.ENDED):
            if self.state is TransportState.CLOSED:
                self._end()
            else:
                self.resume_reading()

    def _control(self, event: Event) -> Awaitable[None] | None:
        if type(event) is Ping:
            self._answer_ping(event.payload)
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

    def owner_failed(self, error: BaseException) -> None:
        """A method of the owner raised: log it, and close with 1011."""
        if not (isinstance(error, WebSocketClosedError) and self.is_closing):
            self._owner.log_exception(type(error), error, error.__traceback__)
        self.begin_close(CloseCode.INTERNAL_ERROR, "")

    # The end.

    def begin_close(self, code: int | None = None, reason: str | None = None) -> None:
        """See `MessageWriter.begin_close`; an owner that is not ready yet hears of the end too."""
        super().begin_close(code, reason)
        if self._hold is Hold.OPENING:
            self.loop.call_soon(self.start)

    def end_soon(self) -> None:
        """Close because this side goes away, with code 1001."""
        self.begin_close(CloseCode.GOING_AWAY, "")

    def resume_writing(self) -> None:
        """The peer has read: send what waits, and read on."""
        self._heard = True
        super().resume_writing()
        if not self._writing_paused and self._hold is Hold.WRITING:
            self._context.run(self._go_on)

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
        self._context.run(self._transport_ended)

    def _transport_ended(self) -> None:
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
            self._send(last_frame)
        self._send_gathered()
        self.resume_reading()

    def _let_others(self) -> None:
        self._hold = Hold.TURN
        self.loop.call_soon(self._go_on, context=self._context)

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


def _is_coroutine(waiting: Awaitable[None]) -> TypeGuard[Coroutine[Any, Any, None]]:
    return type(waiting) is CoroutineType
