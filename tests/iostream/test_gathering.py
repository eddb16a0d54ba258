"""What is sent together, when it is sent, and in which order."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from zonda.iostream import (
    GATHERED_SIZE,
    LARGE_PIECE,
    GatheringConnection,
    State,
    StreamClosedError,
    Sweep,
)
from zonda.iostream.memory_pair import MemoryTransport


class Noting(MemoryTransport):
    """A transport in memory that notes what it is given."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.pieces: list[bytes | bytearray | memoryview] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(data)
        super().write(data)


class Reader(asyncio.Protocol):
    """The other end."""

    received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data


def connected() -> tuple[GatheringConnection, Noting, Reader]:
    loop = asyncio.get_running_loop()
    transport, other, reader = Noting(loop), MemoryTransport(loop), Reader()
    transport.peer, other.peer = other, transport
    connection = GatheringConnection(loop, Sweep(loop))
    transport.set_protocol(cast(asyncio.BaseProtocol, connection))
    other.set_protocol(reader)
    connection.connection_made(transport)
    return connection, transport, reader


async def test_nothing_is_gathered_unless_somebody_says_so() -> None:
    connection, transport, _ = connected()
    connection._send(b"one")
    connection._send(b"two")
    assert transport.pieces == [b"one", b"two"]


async def test_what_is_sent_in_between_goes_together() -> None:
    connection, transport, _ = connected()
    connection._begin_gathering()
    connection._send(b"one ")
    connection._send(b"two")
    assert transport.pieces == []
    connection._end_gathering()
    connection._end_gathering()
    assert transport.pieces == [b"one two"]
    connection._send(b"three")
    assert transport.pieces == [b"one two", b"three"]


async def test_nothing_is_written_where_nothing_was_gathered() -> None:
    connection, transport, _ = connected()
    connection._begin_gathering()
    connection._end_gathering()
    connection.close()
    assert transport.pieces == []


async def test_to_begin_again_loses_nothing() -> None:
    connection, transport, _ = connected()
    connection._begin_gathering()
    connection._send(b"one ")
    connection._begin_gathering()
    connection._send(b"two")
    connection._end_gathering()
    assert transport.pieces == [b"one two"]


async def test_until_the_next_turn_of_the_loop() -> None:
    connection, transport, _ = connected()
    connection._gather_for_a_turn()
    connection._send(b"one ")
    connection._send(b"two")
    assert transport.pieces == []
    await asyncio.sleep(0)
    connection._send(b"three")
    assert transport.pieces == [b"one two", b"three"]


async def test_a_large_piece_is_not_copied_and_keeps_its_place() -> None:
    connection, transport, _ = connected()
    large = b"x" * LARGE_PIECE
    connection._begin_gathering()
    for piece in (b"one", large, large, b"two"):
        connection._send(piece)
    connection._end_gathering()
    assert transport.pieces == [b"one", large, large, b"two"]
    assert transport.pieces[1] is large


async def test_no_more_than_a_limit_is_gathered() -> None:
    connection, transport, _ = connected()
    piece = b"x" * (LARGE_PIECE - 1)
    connection._begin_gathering()
    for number in range(100):
        connection._send(piece)
        held = len(piece) * (number + 1) - sum(map(len, transport.pieces))
        assert held < GATHERED_SIZE
    assert {len(piece) for piece in transport.pieces} == {5 * len(piece)}


async def test_the_transport_may_keep_what_it_is_given() -> None:
    connection, transport, _ = connected()
    connection._begin_gathering()
    connection._send(b"one")
    connection._send_gathered()
    connection._send(b"two")
    connection._end_gathering()
    assert transport.pieces == [b"one", b"two"]


async def test_the_peer_gets_what_was_gathered_before_a_close() -> None:
    connection, _, reader = connected()
    connection._gather_for_a_turn()
    connection._send(b"last words")
    connection.close()
    while connection.state is not State.CLOSED:
        await asyncio.sleep(0)
    assert reader.received == b"last words"


async def test_before_an_abort_it_is_written_and_nothing_is_afterwards() -> None:
    connection, transport, _ = connected()
    connection._gather_for_a_turn()
    connection._send(b"written")
    connection.abort()
    connection._send(b"too late")
    await asyncio.sleep(0)
    assert transport.pieces == [b"written"]


async def test_it_goes_before_the_transport_is_given_away() -> None:
    connection, transport, _ = connected()
    connection._gather_for_a_turn()
    connection._send(b"one ")
    given, _ = connection.detach()
    given.write(b"two")
    await asyncio.sleep(0)
    assert transport.pieces == [b"one ", b"two"]
    given.abort()


async def test_a_successor_learns_that_it_was_too_much() -> None:
    connection, transport, _ = connected()
    assert transport.peer is not None
    transport.peer.pause_reading()
    _, high = transport.get_write_buffer_limits()
    transport.write(b"x" * high)
    connection._begin_gathering()
    connection._send(b"x")
    assert not connection.writing_paused
    successor = GatheringConnection(connection.loop, connection.sweep)
    connection.hand_over(successor)
    assert successor.writing_paused
    successor.abort()


async def test_what_is_gathered_when_the_connection_is_lost_is_forgotten() -> None:
    connection, transport, _ = connected()
    connection._gather_for_a_turn()
    connection._send(b"nobody is there")
    connection.connection_lost(None)
    await asyncio.sleep(0)
    assert transport.pieces == []
    with pytest.raises(StreamClosedError):
        await connection.drain()
    transport.abort()


async def test_a_writer_hears_in_time_that_the_peer_does_not_read() -> None:
    connection, transport, _ = connected()
    assert transport.peer is not None
    transport.peer.pause_reading()
    connection._begin_gathering()
    sent = 0
    while not connection.writing_paused:
        connection._send(b"x" * 1000)
        sent += 1000
    assert sent < 4 * GATHERED_SIZE
    connection.abort()
