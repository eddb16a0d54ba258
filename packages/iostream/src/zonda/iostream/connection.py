"""The protocol side of a transport: what every Zonda connection has in common.

A `Connection` is an asyncio protocol (duck-typed: asyncio and uvloop ask for methods, not for a
base class, and a class without an interpreted base can be compiled).  It keeps the rules:

* ``NEW → OPEN → (CLOSING) → CLOSED``, or ``OPEN → DETACHED`` when the transport is given away.
* The reason of the end is kept once, the first one: `CloseReason`.
* Writing respects the transport's flow control: `drain` waits while the peer does not read.
* Everything that may take for ever has a deadline, watched by the `Sweep` of its server.

A subclass implements `data_received` and, where it wants to know, `opened`, `closed`,
`eof_received` and `timed_out`.
"""

from __future__ import annotations

import asyncio
import enum
from typing import cast

from .errors import StreamClosedError
from .sweep import NEVER, Sweep

# Seconds that a closing connection may take to hand its last bytes to the peer.
CLOSE_TIMEOUT = 30.0


class State(enum.Enum):
    """Where a connection is in its life."""

    NEW = "new"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    DETACHED = "detached"


class CloseReason(enum.Enum):
    """Why a connection ended."""

    PEER = "the peer closed the connection"
    ERROR = "the transport failed"
    LOCAL = "closed on this side"
    TIMEOUT = "a deadline passed"


class Connection:
    """One end of a transport.

    :param loop: the event loop that runs the transport.
    :param sweep: watches the deadline; shared by the connections of one server or client.
    """

    __slots__ = (
        "__weakref__",
        "_drain_waiters",
        "_reading_paused",
        "_writing_paused",
        "close_reason",
        "deadline",
        "error",
        "loop",
        "state",
        "sweep",
        "transport",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, sweep: Sweep) -> None:
        self.loop = loop
        self.sweep = sweep
        self.transport: asyncio.Transport = cast(asyncio.Transport, None)
        self.state = State.NEW
        self.close_reason: CloseReason | None = None
        self.error: BaseException | None = None
        self.deadline = NEVER
        self._writing_paused = False
        self._reading_paused = False
        self._drain_waiters: list[asyncio.Future[None]] = []

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The transport is ready; called once."""
        self.transport = cast(asyncio.Transport, transport)
        self.state = State.OPEN
        self.sweep.add(self)
        self.opened()

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer; the subclass decides what they mean."""
        raise NotImplementedError

    def eof_received(self) -> bool | None:
        """The peer sends no more; a true result keeps our side open for writing."""
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone; called once."""
        if self.state is State.DETACHED:
            return
        if self.close_reason is None:
            self.close_reason = CloseReason.PEER if exc is None else CloseReason.ERROR
        if self.error is None:
            self.error = exc
        self.state = State.CLOSED
        self.deadline = NEVER
        self.sweep.discard(self)
        self._wake_writers()
        self.closed()

    def pause_writing(self) -> None:
        """The transport's write buffer is above its high-water mark."""
        self._writing_paused = True

    def resume_writing(self) -> None:
        """The transport's write buffer is below its low-water mark again."""
        self._writing_paused = False
        self._wake_writers()

    # What a subclass may want to know.

    def opened(self) -> None:
        """Called when the transport is there."""

    def closed(self) -> None:
        """Called once when the connection has ended; see ``close_reason`` and ``error``."""

    def timed_out(self) -> None:
        """Called by the sweep after the deadline; ends the connection at once."""
        self.abort(CloseReason.TIMEOUT)

    # What its owner calls.

    @property
    def is_open(self) -> bool:
        """Whether bytes can still be written."""
        return self.state is State.OPEN

    @property
    def writing_paused(self) -> bool:
        """Whether the peer reads more slowly than we write."""
        return self._writing_paused

    async def drain(self) -> None:
        """Wait until the peer has taken enough for more to be written.

        :raises StreamClosedError: the connection ended.
        """
        if self.state is State.CLOSED:
            raise StreamClosedError(self.error)
        if self._writing_paused:
            waiter: asyncio.Future[None] = self.loop.create_future()
            self._drain_waiters.append(waiter)
            try:
                await waiter
            finally:
                self._drain_waiters = [w for w in self._drain_waiters if w is not waiter]

    def pause_reading(self) -> None:
        """Ask for no more bytes; doing it twice is harmless."""
        if not self._reading_paused and self.state is State.OPEN:
            self._reading_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Ask for bytes again; doing it twice is harmless."""
        if self._reading_paused and self.state is State.OPEN:
            self._reading_paused = False
            self.transport.resume_reading()

    def expire_after(self, seconds: float) -> None:
        """Call `timed_out` unless something else happens within *seconds*."""
        self.deadline = self.sweep.now + seconds + self.sweep.interval

    def close(self, reason: CloseReason = CloseReason.LOCAL) -> None:
        """End the connection after what was written has been sent; *reason* is kept if first."""
        if self.state is not State.OPEN:
            return
        self.state = State.CLOSING
        self.close_reason = reason
        self.expire_after(CLOSE_TIMEOUT)
        self.transport.close()

    def abort(
        self, reason: CloseReason = CloseReason.LOCAL, error: BaseException | None = None
    ) -> None:
        """End the connection at once; what was not sent yet is lost."""
        if self.state not in (State.OPEN, State.CLOSING):
            return
        self.state = State.CLOSING
        if self.close_reason is None:
            self.close_reason = reason
        if self.error is None:
            self.error = error
        self.deadline = NEVER
        self.transport.abort()

    def unread(self) -> bytes:
        """Take the bytes that were received but not used yet; a subclass with a buffer answers."""
        return b""

    def detach(self) -> tuple[asyncio.Transport, bytes]:
        """Give the transport away, with the bytes that came too early.

        The taker must call ``transport.set_protocol`` before it lets the loop run, and resume
        reading, which is paused.

        :raises StreamClosedError: there is no open transport to give.
        """
        if self.state is not State.OPEN:
            raise StreamClosedError(self.error)
        self.pause_reading()
        left = self.unread()
        self.state = State.DETACHED
        self.deadline = NEVER
        self.sweep.discard(self)
        self._wake_writers()
        return self.transport, left

    def hand_over(self, successor: Connection) -> None:
        """Let *successor* go on with this connection's transport, from the first unused byte.

        :raises StreamClosedError: there is no open transport to give.
        """
        transport, left = self.detach()
        paused = self._writing_paused
        transport.set_protocol(cast(asyncio.BaseProtocol, successor))
        successor.connection_made(transport)
        if paused:
            successor.pause_writing()
        if left and successor.state is State.OPEN:
            successor.data_received(left)
        if successor.state is State.OPEN and not successor._reading_paused:
            transport.resume_reading()

    def _wake_writers(self) -> None:
        waiters, self._drain_waiters = self._drain_waiters, []
        for waiter in waiters:
            if not waiter.done():
                if self.state is State.OPEN:
                    waiter.set_result(None)
                else:
                    waiter.set_exception(StreamClosedError(self.error))
