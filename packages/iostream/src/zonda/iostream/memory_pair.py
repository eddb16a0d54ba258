"""Two streams that are connected in memory: for tests, and wherever a socket is too much."""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import copy_context
from typing import Any, cast

from .event_loop import event_loop
from .flow_control import FlowControlledTransport
from .socket_stream import IOStream

# Bytes that are handed over in one turn of the loop, as a socket would.
DELIVERY = 64 * 1024


class MemoryTransport(FlowControlledTransport):
    """One of two ends; what is written to it arrives at ``peer`` in a later turn of the loop.

    It behaves as a TCP connection with no buffer in between: a peer that has paused receives
    neither bytes nor the end, and closing waits until it has taken what was written.
    """

    peer: MemoryTransport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(cast(asyncio.Protocol, None))
        self._loop = loop
        # As with a socket, what is received is received in the context of whoever opened this end.
        self._context = copy_context()
        self._outgoing: deque[memoryview] = deque()
        self._outgoing_size = 0
        self._scheduled = False
        self._lost = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def get_write_buffer_size(self) -> int:
        return self._outgoing_size

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or not data:
            return
        if self.peer._lost:
            self._lose(BrokenPipeError("the other end is closed"))
            return
        self._outgoing.append(memoryview(data if isinstance(data, bytes) else bytes(data)))
        self._outgoing_size += len(data)
        self._schedule()
        self._buffer_grew()

    def pause_reading(self) -> None:
        self._reading_paused = True

    def resume_reading(self) -> None:
        self._reading_paused = False
        self.peer._schedule()

    def close(self) -> None:
        self._closing = True
        self._schedule()

    def abort(self) -> None:
        """End both sides at once; the other one sees a reset."""
        self._lose(None)
        self.peer._lose(ConnectionResetError("the other end was aborted"))

    def _schedule(self) -> None:
        if not self._scheduled and not self._lost:
            self._scheduled = True
            self._loop.call_soon(self._deliver, context=self.peer._context)

    def _deliver(self) -> None:
        self._scheduled = False
        if self._lost or (self.peer._reading_paused and not self.peer._lost):
            return
        if self._outgoing:
            data = self._take()
            if not self.peer._closing:
                self.peer._protocol.data_received(data)
            self._buffer_shrank()
        if self._outgoing:
            self._schedule()
        elif self._closing:
            self._lose(None)
            self.peer._receive_end()

    def _take(self) -> bytes:
        """As much of what was written as goes in one turn."""
        parts: list[memoryview] = []
        room = DELIVERY
        while self._outgoing and room:
            part = self._outgoing.popleft()
            if len(part) > room:
                self._outgoing.appendleft(part[room:])
                part = part[:room]
            parts.append(part)
            room -= len(part)
        self._outgoing_size -= DELIVERY - room
        return b"".join(parts)

    def _receive_end(self) -> None:
        if not self._closing and not self._protocol.eof_received():
            self.close()

    def _lose(self, error: Exception | None) -> None:
        if self._lost:
            return
        self._lost = self._closing = True
        self._outgoing.clear()
        self._outgoing_size = 0
        self._loop.call_soon(self._protocol.connection_lost, error, context=self._context)


def stream_pair(
    max_buffer_size: int | None = None,
    read_chunk_size: int | None = None,
    max_write_buffer_size: int | None = None,
) -> tuple[IOStream, IOStream]:
    """Two streams; what is written to one is read from the other.

    They pass the same tests as streams over sockets do, save that there is no socket.

    >>> import asyncio
    >>> from zonda.iostream import stream_pair
    >>> async def main():
    ...     client, server = stream_pair()
    ...     client.write(b"ping\\n")
    ...     print(await server.read_until(b"\\n"))
    ...     client.close()
    >>> asyncio.run(main())
    b'ping\\n'

    The parameters are those of `BaseIOStream`, for both.
    """
    loop = event_loop()
    left, right = MemoryTransport(loop), MemoryTransport(loop)
    left.peer, right.peer = right, left
    limits = (max_buffer_size, read_chunk_size, max_write_buffer_size)
    return IOStream(left, *limits), IOStream(right, *limits)
