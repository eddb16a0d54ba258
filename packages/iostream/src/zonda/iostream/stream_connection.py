"""The engine of a stream: a transport, a `ReadBuffer`, a `WriteQueue`, one read that may wait.

The rules:

* A read that can be answered from the buffer is answered at once, also after the end.
* While a read waits, the peer may send; while none waits, reading goes on only up to twice the
  read-ahead size, then the peer has to wait.
* The end of the peer's data is noticed when a read needs more than there is, or when somebody
  wants to be told (`watch`) and nothing is left to read.  Until then our side can write on.
* `end_waiting` is the only place where waiting reads and writes fail; it happens once.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import weakref
from collections.abc import Callable
from functools import partial
from typing import TypeVar, cast

from .connection import CLOSE_TIMEOUT, CloseReason, Connection, State
from .errors import (
    StreamBufferFullError,
    StreamBusyError,
    StreamClosedError,
    UnsatisfiableReadError,
)
from .failing import fail
from .read_buffer import ReadBuffer
from .reads import Read
from .resuming import AT_ONCE_SIZE, set_result_now
from .sweep import Sweep
from .write_queue import WriteQueue

T = TypeVar("T")

logger = logging.getLogger("zonda.general")

_sweeps: weakref.WeakValueDictionary[asyncio.AbstractEventLoop, Sweep] = (
    weakref.WeakValueDictionary()
)


def shared_sweep(loop: asyncio.AbstractEventLoop) -> Sweep:
    """The sweep of all streams of *loop*; it lives as long as one of them does."""
    sweep = _sweeps.get(loop)
    if sweep is None:
        sweep = _sweeps[loop] = Sweep(loop)
    return sweep


class StreamConnection(Connection):
    """A connection that is read by asking.

    :param read_ahead: bytes to have ready while nobody asks.
    :ivar writes: what is to be sent.
    :ivar sends_early: whether writes that wait for the transport are sent even if the stream is
        closed before it is there.
    :ivar ended: whether nothing can be written, and nothing read but what is there.
    """

    __slots__ = (
        "_again",
        "_eof",
        "_high",
        "_low",
        "_read",
        "_reader",
        "_watched",
        "buffer",
        "ended",
        "on_ended",
        "on_opened",
        "sends_early",
        "writes",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, read_ahead: int) -> None:
        super().__init__(loop, shared_sweep(loop))
        self.buffer = ReadBuffer()
        self.sends_early = True
        self.on_opened: Callable[[], None] | None = None
        self.on_ended: Callable[[], None] | None = None
        self._low = read_ahead
        self._high = 2 * read_ahead
        self._read: Read[object] | None = None
        self._reader: asyncio.Future[object] | None = None
        self._again: asyncio.TimerHandle | None = None
        self.writes = WriteQueue(loop)
        self._eof = False
        self.ended = False
        self._watched = False

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.state is not State.NEW:  # given up while it was being opened
            cast(asyncio.Transport, transport).abort()
            return
        super().connection_made(transport)
        if self.close_reason is not None:  # closed, but what was written must still go out
            self._close_transport(self.close_reason)

    @property
    def has_opened(self) -> bool:
        """Whether there has been a transport, over TLS one whose handshake is done."""
        return cast("asyncio.Transport | None", self.transport) is not None

    def opened(self) -> None:
        # Nothing is late before it closes: the sweep need not hold what the loop has let go.
        self.sweep.discard(self)
        if self.on_opened is not None and not self.ended:
            self.on_opened()
        self.writes.open(self.transport, self.is_tls)

    def data_received(self, data: bytes) -> None:
        buffer = self.buffer
        reader = self._reader
        if reader is not None:
            if reader.done():
                self._forget_read()
            elif not buffer.size:
                result = self._read.whole(data)  # type: ignore[union-attr]  # there is a reader
                if result is not None:
                    self._read = self._reader = None
                    if len(data) < AT_ONCE_SIZE:
                        reader.set_result(result)
                    else:
                        set_result_now(reader, result)
                    return
        buffer.append(data)
        if self._reader is not None:
            self._advance()
        if buffer.size >= self._high and self._reader is None:
            self.pause_reading()

    def eof_received(self) -> bool:
        """The peer's end; our side stays open for writing where the transport can do that."""
        if self.is_tls and not _said_goodbye(self.transport):
            self.close(CloseReason.ERROR, _truncated())
            return False
        self._eof = True
        if self._reader is not None and not self._reader.done():
            self._advance(last=True)
        self._notice_end()
        return not self.is_tls and self.state is State.OPEN

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and self.state is State.OPEN and not self._eof and self.is_tls:
            exc = _truncated()
        super().connection_lost(exc)

    def closed(self) -> None:
        self.end_waiting()
        self.writes.clear()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.writes.pause()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.writes.resume()

    # What the stream calls.

    @property
    def is_tls(self) -> bool:
        """Whether there is a transport, and it encrypts."""
        transport = cast("asyncio.Transport | None", self.transport)
        return transport is not None and transport.get_extra_info("ssl_object") is not None

    @property
    def protocol(self) -> asyncio.Protocol:
        """This connection for the type checker: a transport calls methods, not a base class."""
        return cast(asyncio.Protocol, self)

    @property
    def reading_paused(self) -> bool:
        """Whether the peer has to wait until more is read."""
        return self._reading_paused

    @property
    def is_reading(self) -> bool:
        """Whether a read waits."""
        return self._reader is not None and not self._reader.done()

    def read(self, wish: Read[T]) -> asyncio.Future[T]:
        """Answer *wish*, now or later.

        :raises StreamClosedError: nothing more will come, and what is there is not enough.
        :raises StreamBusyError: another read waits.
        """
        if self._reader is not None:
            if not self._reader.done():
                raise StreamBusyError("a read waits already: await it before the next one")
            self._forget_read()
        future: asyncio.Future[T] = self.loop.create_future()
        self._read = wish
        self._reader = future  # type: ignore[assignment]  # a cast would be called each time
        if self._eof:
            self._answer_last()
        elif self.buffer.size >= wish.least:
            self._advance()
        if self._reading_paused and (self._reader is not None or self.buffer.size <= self._low):
            self.resume_reading()
        return future

    def watch(self) -> None:
        """Notice the end also while nobody reads."""
        self._watched = True
        if self.state is State.OPEN:
            self._notice_end()

    def close(
        self, reason: CloseReason = CloseReason.LOCAL, error: BaseException | None = None
    ) -> None:
        """End it; what was written before still goes out, what waits fails with *error*."""
        if self.ended:
            return
        if self.error is None:
            self.error = error
        if self.state is State.OPEN:
            self._close_transport(reason)
        elif self.state is State.NEW and not (self.sends_early and self.writes.has_waiting):
            self.abandon(reason)
        self.close_reason = reason
        self.end_waiting()

    def abandon(self, reason: CloseReason, error: BaseException | None = None) -> None:
        """Give up what was never opened."""
        if self.error is None:
            self.error = error
        if self.close_reason is None:
            self.close_reason = reason
        self.state = State.CLOSED
        self.end_waiting()
        self.writes.clear()

    def end_waiting(self) -> None:
        """Answer everybody who waits: nothing more will come."""
        if self.ended:
            return
        self.ended = self._eof = True
        if self._reader is not None and not self._reader.done() and self.error is None:
            self._advance(last=True)
        error = self.error
        if self._reader is not None:
            fail(self._reader, StreamClosedError(error))
            self._forget_read()
        self.writes.fail(error)
        on_ended = self.on_ended
        self.on_opened = self.on_ended = None  # the stream knows us: that were a cycle
        if on_ended is not None:
            on_ended()

    def detach(self) -> tuple[asyncio.Transport, bytes]:
        self.writes.flush()
        return super().detach()

    def unread(self) -> bytes:
        return self.buffer.take(self.buffer.size)

    def forget_cancelled(self, reader: asyncio.Future[int]) -> None:
        """Give back at once what a cancelled read has taken."""
        if reader.cancelled() and self._reader is cast("asyncio.Future[object]", reader):
            self._forget_read()

    # How reads and writes go on.

    def _close_transport(self, reason: CloseReason) -> None:
        self.sweep.add(self)  # which sees to it that closing takes no longer than it may
        self.writes.flush()
        if self.writes.has_waiting:
            self.expire_after(CLOSE_TIMEOUT)
            # Not in the middle of resume_writing: a transport of asyncio cannot stand that.
            self.writes.when_empty = partial(self.loop.call_soon, super().close, reason)
        else:
            super().close(reason)

    def _advance(self, last: bool = False) -> None:
        """Try the read that waits."""
        read, reader = self._read, self._reader
        assert read is not None and reader is not None
        buffer = self.buffer
        size = buffer.size
        try:
            result = read.finish(buffer) if last else read.attempt(buffer)
        except (UnsatisfiableReadError, StreamBufferFullError) as error:
            self._read = self._reader = None
            what = (
                "Unsatisfiable read"
                if isinstance(error, UnsatisfiableReadError)
                else "error on read"
            )
            level = logging.INFO if what == "Unsatisfiable read" else logging.WARNING
            logger.log(level, "%s, closing the connection: %s", what, error)
            self.close(CloseReason.LOCAL, error)
            fail(reader, _closed_by(error))
            return
        if result is not None:
            self._read = self._reader = None
            if last or size - buffer.size < AT_ONCE_SIZE:
                reader.set_result(result)
            else:
                set_result_now(reader, result)
            if last and read.meets_end:
                self.close(CloseReason.PEER)
        elif read.again_in and self._again is None:
            self._again = self.loop.call_later(read.again_in, self._look_again)

    def _answer_last(self) -> None:
        """Answer a read that begins after the last byte."""
        self._advance(last=True)
        if self._reader is not None:
            self._read = self._reader = None
            self.close(CloseReason.PEER)
            raise StreamClosedError(self.error)

    def _look_again(self) -> None:
        self._again = None
        if self._read is not None and self._read.again_in and self.is_reading:
            self._advance(last=True)

    def _forget_read(self) -> None:
        """Nobody waits for the answer any more; what was taken for it is there again."""
        assert self._read is not None
        self._read.undo(self.buffer)
        self._read = self._reader = None

    def _notice_end(self) -> None:
        if self._eof and (self.is_reading or (self._watched and not self.buffer.size)):
            self.close(CloseReason.PEER)


def _closed_by(error: UnsatisfiableReadError | StreamBufferFullError) -> StreamClosedError:
    if isinstance(error, UnsatisfiableReadError):
        return UnsatisfiableReadError(str(error), error)
    return StreamClosedError(error)


def _said_goodbye(transport: asyncio.Transport) -> bool:
    """Whether the peer ended TLS itself, so that nobody can have cut the data short."""
    layer: ssl.SSLObject = transport.get_extra_info("ssl_object")
    try:
        return layer.read(1) == b""
    except ssl.SSLZeroReturnError:
        return True
    except ssl.SSLError:
        return False


def _truncated() -> ssl.SSLEOFError:
    return ssl.SSLEOFError(
        ssl.SSL_ERROR_EOF, "the connection ended without close_notify, data may be missing"
    )
