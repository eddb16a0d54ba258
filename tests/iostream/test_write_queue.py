"""What waits to be sent, in which order it goes, and when a write is finished."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from zonda.iostream import GATHERED_SIZE, LARGE_PIECE, StreamBufferFullError, StreamClosedError
from zonda.iostream.flow_control import FlowControlledTransport
from zonda.iostream.write_queue import TLS_SLICE, WriteQueue

LIMIT = 1 << 30


class Line(FlowControlledTransport):
    """A transport that holds what it gets until the test lets it go."""

    def __init__(self, room: int) -> None:
        super().__init__(asyncio.Protocol())
        self.room = room
        self.held = 0
        self.pieces: list[bytes] = []

    def get_write_buffer_size(self) -> int:
        return self.held

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))
        sent = min(self.room, len(data))
        self.room -= sent
        self.held += len(data) - sent
        self._buffer_grew()

    def take(self, count: int) -> None:
        sent = min(count, self.held)
        self.held -= sent
        self.room += count - sent
        self._buffer_shrank()


class Protocol(asyncio.Protocol):
    def __init__(self, queue: WriteQueue) -> None:
        self.pause_writing = queue.pause  # type: ignore[method-assign]  # all it has to do
        self.resume_writing = queue.resume  # type: ignore[method-assign]


def connected(room: int = 1 << 40, encrypts: bool = False) -> tuple[WriteQueue, Line]:
    queue = WriteQueue(asyncio.get_running_loop())
    line = Line(room)
    line.set_protocol(Protocol(queue))
    queue.open(line, encrypts)
    return queue, line


async def test_what_goes_at_once_is_finished_at_once() -> None:
    queue, line = connected()
    data = b"x" * 10_000_000
    assert queue.write(data, LIMIT).done()
    assert queue.write(b"", LIMIT).done()
    assert line.pieces[0] == data
    assert queue.is_empty


async def test_before_there_is_a_transport_everything_waits() -> None:
    queue = WriteQueue(asyncio.get_running_loop())
    assert queue.is_empty
    writing = [queue.write(b"one", LIMIT), queue.write(b"", LIMIT), queue.write(b"two", LIMIT)]
    assert not queue.is_empty
    assert queue.has_waiting
    assert not any(future.done() for future in writing)
    line = Line(1000)
    line.set_protocol(Protocol(queue))
    queue.open(line, encrypts=False)
    assert all(future.done() for future in writing)
    assert line.pieces == [b"one", b"two"]


async def test_a_slow_line() -> None:
    queue, line = connected(room=5)
    empty: list[bool] = []
    queue.when_empty = lambda: empty.append(queue.is_empty)
    first = queue.write(b"0123456789", LIMIT)
    second = queue.write(b"abc", LIMIT)
    assert line.pieces == [b"0123456789"]
    line.take(5)
    assert line.pieces == [b"0123456789", b"abc"]
    assert not first.done()
    line.take(2)
    assert not second.done()
    line.take(1)
    assert first.done()
    assert second.done()
    assert empty == [True]


async def test_a_tls_layer_gets_slices() -> None:
    queue, line = connected(room=2 * TLS_SLICE, encrypts=True)
    data = bytes(range(256)) * (TLS_SLICE // 64)  # four slices
    writing = queue.write(data, LIMIT)
    assert [len(piece) for piece in line.pieces] == [TLS_SLICE] * 3
    assert not writing.done()
    assert queue.has_waiting
    line.take(TLS_SLICE)
    assert not queue.has_waiting
    line.take(TLS_SLICE)
    assert writing.done()
    assert b"".join(line.pieces) == data
    assert queue.write(b"x" * TLS_SLICE, LIMIT).done() is False
    line.take(10 * TLS_SLICE)
    assert queue.write(b"x" * 3 * TLS_SLICE, LIMIT).done()


async def test_the_limit_counts_everything_that_waits() -> None:
    queue, line = connected(room=0)
    queue.write(b"12345", 10)
    queue.write(b"67", 10)
    with pytest.raises(StreamBufferFullError, match=r"writing 4 bytes more .* than 10 bytes"):
        queue.write(b"890a", 10)
    queue.write(b"890", 10)
    line.take(100)
    assert b"".join(line.pieces) == b"1234567890"
    with pytest.raises(StreamBufferFullError):
        queue.write(b"x" * 11, 10)
    unopened = WriteQueue(asyncio.get_running_loop())
    unopened.write(b"12345", 10)
    with pytest.raises(StreamBufferFullError):
        unopened.write(b"123456", 10)


async def test_failing_and_clearing() -> None:
    queue, line = connected(room=0)
    writing = [queue.write(b"first", LIMIT), queue.write(b"second", LIMIT)]
    writing[0].cancel()
    queue.fail(ValueError("gone"))
    with pytest.raises(StreamClosedError, match="gone"):
        await writing[1]
    assert queue.has_waiting
    queue.clear()
    line.take(100)
    assert line.pieces == [b"first"]


async def test_small_pieces_are_gathered_until_one_does_not_wait_for_more() -> None:
    queue, line = connected()
    assert queue.write(b"one ", LIMIT, gather=True).done()
    assert queue.write(b"two ", LIMIT, gather=True).done()
    assert line.pieces == []
    assert not queue.is_empty
    assert queue.write(memoryview(b"three"), LIMIT).done()
    assert line.pieces == [b"one two three"]
    assert queue.is_empty


async def test_what_was_gathered_goes_in_the_next_turn_of_the_loop() -> None:
    queue, line = connected()
    view = bytearray(b"one")
    queue.write(memoryview(view), LIMIT, gather=True)
    view[:] = b"two"  # the piece counts as sent
    await asyncio.sleep(0)
    assert line.pieces == [b"one"]


@pytest.mark.parametrize("gather", [True, False])
async def test_a_large_piece_is_not_copied(gather: bool) -> None:
    queue, line = connected()
    queue.write(b"first", LIMIT, gather=True)
    assert queue.write(b"x" * LARGE_PIECE, LIMIT, gather).done()
    assert line.pieces == [b"first", b"x" * LARGE_PIECE]


async def test_no_more_than_a_limit_is_gathered() -> None:
    queue, line = connected()
    piece = b"x" * (LARGE_PIECE - 1)
    for _ in range(GATHERED_SIZE // len(piece) + 1):
        queue.write(piece, LIMIT, gather=True)
    assert GATHERED_SIZE <= len(line.pieces[0]) < GATHERED_SIZE + LARGE_PIECE
    assert queue.is_empty


async def test_what_was_gathered_waits_with_the_transport() -> None:
    queue, line = connected()
    queue.write(b"one", LIMIT, gather=True)
    queue.pause()
    assert not queue.write(b"two", LIMIT, gather=True).done()
    queue.resume()
    assert line.pieces == [b"one", b"two"]


async def test_what_a_slow_line_does_not_take_of_gathered_pieces_is_waited_for() -> None:
    queue, line = connected(room=4)
    queue.write(b"one ", LIMIT, gather=True)
    last = queue.write(b"two", LIMIT)
    assert not last.done()
    line.take(100)
    assert last.done()
    assert line.pieces == [b"one two"]


async def test_nothing_gathered_is_sent_on_a_closing_transport() -> None:
    queue, line = connected()
    queue.write(b"one", LIMIT, gather=True)
    line._closing = True
    queue.flush()
    queue.clear()
    await asyncio.sleep(0)
    assert line.pieces == []
    assert queue.is_empty
