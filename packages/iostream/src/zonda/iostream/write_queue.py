"""What was written and is not sent yet, and who waits for it.

The rules:

* Before there is a transport everything waits here; afterwards only what the transport has asked
  to wait with, by ``pause``.  Its water marks are set so that it pauses whenever it holds anything.
* A write is finished when nothing waits here and the transport holds nothing.
* A TLS layer encrypts whatever it is given, at once and into a second copy.  So it is given slices.
* Small answers to requests that came together are gathered and sent together, in one system call
  and as few TLS records, at the latest when the loop has its next turn.

A `GatheringConnection` gathers too, and to the same sizes.  Here what was gathered is a part of the
queue: nothing may overtake it, it waits with the rest when the transport pauses, the queue is not
empty before it was given to the transport, and the first small write that does not wait for more
takes it along in one piece.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from typing import cast

from .errors import StreamBufferFullError, StreamClosedError
from .failing import fail
from .gathering import GATHERED_SIZE, LARGE_PIECE
from .room import READY

# Bytes that a TLS layer gets at a time: four records (RFC 8446 section 5.1).
TLS_SLICE = 64 * 1024


class WriteQueue:
    """The sending side of one transport.

    :ivar transport: where to; None before `open`.
    :ivar idle: whether neither the transport nor the queue holds anything: up to `TLS_SLICE` bytes
        may then go to the transport directly.
    :ivar when_empty: called each time that everything has been sent.
    """

    __slots__ = (
        "_futures",
        "_gathered",
        "_gathered_size",
        "_loop",
        "_paused",
        "_slice",
        "_waiting",
        "_waiting_size",
        "idle",
        "transport",
        "when_empty",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.transport = cast(asyncio.WriteTransport, None)
        self._slice = 0
        self.idle = False
        self._paused = True
        # An idle connection is to be small: an empty deque alone has 600 bytes.
        self._waiting: deque[memoryview] | tuple[()] = ()
        self._waiting_size = 0
        self._gathered: list[bytes] | tuple[()] = ()
        self._gathered_size = 0
        self._futures: list[asyncio.Future[None]] | tuple[()] = ()
        self.when_empty: Callable[[], object] | None = None

    def open(self, transport: asyncio.WriteTransport, encrypts: bool) -> None:
        """Send to *transport* from now on."""
        # A TLS layer compares with "at least", a plain transport with "above".
        transport.set_write_buffer_limits(high=1 if encrypts else 0, low=0)
        self.transport = transport
        self._slice = TLS_SLICE if encrypts else sys.maxsize
        self.resume()

    def pause(self) -> None:
        """The transport holds something."""
        self._paused = True
        self.idle = False
        if self._gathered:
            self._put(self._take_gathered())

    def flush(self) -> None:
        """Send what was gathered."""
        if self._gathered and not self.transport.is_closing():
            self.transport.write(self._take_gathered())

    def resume(self) -> None:
        """The transport holds nothing."""
        self._paused = False
        while self._waiting and not self._paused:
            self.transport.write(self._next_slice())
        if self.is_empty:
            self.idle = True
            self._finish()

    @property
    def is_empty(self) -> bool:
        """Whether everything that was written has been sent."""
        if self._waiting or self._gathered:
            return False
        return not self._paused or cast("asyncio.WriteTransport | None", self.transport) is None

    @property
    def has_waiting(self) -> bool:
        """Whether something has not even been given to the transport."""
        return bool(self._waiting)

    def write(
        self, data: bytes | memoryview, limit: int, gather: bool = False
    ) -> asyncio.Future[None]:
        """Send *data*; the result comes when it has been sent, or gathered.

        :param gather: more will be written in this turn of the loop, so there is no hurry.
        :raises StreamBufferFullError: more than *limit* bytes would wait.
        """
        if not self._paused:  # so nothing waits
            size = len(data)
            if size > limit:
                raise _full(size, limit)
            if gather and size < LARGE_PIECE:
                self._gather(data)
                return READY
            if self._gathered:
                if size >= LARGE_PIECE:
                    self.flush()
                    return self.write(data, limit)
                data = self._take_gathered() + data
                size = len(data)
            if size <= self._slice:
                self.transport.write(data)
                if not self._paused:
                    return READY
            else:
                self._put(data)
                self.resume()
                if self.is_empty:
                    return READY
        else:
            self._check(len(data), limit)
            self._put(data)
        return self.sent()

    def sent(self) -> asyncio.Future[None]:
        """The future that is done when the queue and the transport hold nothing any more."""
        future: asyncio.Future[None] = self._loop.create_future()
        if isinstance(self._futures, list):
            self._futures.append(future)
        else:
            self._futures = [future]
        return future

    def fail(self, error: BaseException | None) -> None:
        """Nobody need wait any longer; what was written may still be sent."""
        futures, self._futures = self._futures, ()
        for future in futures:
            fail(future, StreamClosedError(error))

    def clear(self) -> None:
        """Forget what has not been given to the transport."""
        self._waiting = ()
        self._waiting_size = 0
        self._gathered = ()
        self._gathered_size = 0

    def _gather(self, data: bytes | memoryview) -> None:
        if isinstance(self._gathered, tuple):
            self._gathered = []
            self.idle = False
            self._loop.call_soon(self.flush)
        self._gathered.append(bytes(data))  # a copy of a view, which may be used again now
        self._gathered_size += len(data)
        if self._gathered_size >= GATHERED_SIZE:
            self.flush()

    def _take_gathered(self) -> bytes:
        gathered, self._gathered = self._gathered, ()
        self._gathered_size = 0
        self.idle = not self._paused
        return b"".join(gathered)

    def _check(self, size: int, limit: int) -> None:
        transport = cast("asyncio.WriteTransport | None", self.transport)
        held = 0 if transport is None else transport.get_write_buffer_size()
        if self._waiting_size + held + size > limit:
            raise _full(size, limit)

    def _put(self, data: bytes | memoryview) -> None:
        if not data:
            return
        if isinstance(self._waiting, tuple):
            self._waiting = deque()
        self._waiting.append(memoryview(data))
        self._waiting_size += len(data)

    def _next_slice(self) -> memoryview:
        waiting = cast("deque[memoryview]", self._waiting)
        first = waiting[0]
        if len(first) <= self._slice:
            waiting.popleft()
        else:
            waiting[0] = first[self._slice :]
            first = first[: self._slice]
        self._waiting_size -= len(first)
        return first

    def _finish(self) -> None:
        futures, self._futures = self._futures, ()
        for future in futures:
            if not future.done():
                future.set_result(None)
        if self.when_empty is not None:
            self.when_empty()


def _full(size: int, limit: int) -> StreamBufferFullError:
    return StreamBufferFullError(
        f"writing {size} bytes more would let more than {limit} bytes (max_write_buffer_size) wait"
    )
