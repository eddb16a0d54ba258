"""The life of a connection, its reasons to end, flow control, handing over."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from tests.iostream.pairs import tcp_sockets
from zonda.iostream import CloseReason, Connection, State, StreamClosedError, Sweep
from zonda.iostream.memory_pair import MemoryTransport


class Recorder(Connection):
    """A connection that keeps what it gets."""

    __slots__ = ("events", "received")

    def __init__(self, sweep: Sweep) -> None:
        super().__init__(asyncio.get_running_loop(), sweep)
        self.events: list[str] = []
        self.received = b""

    def opened(self) -> None:
        self.events.append("opened")

    def closed(self) -> None:
        self.events.append("closed")

    def data_received(self, data: bytes) -> None:
        self.received += data

    def unread(self) -> bytes:
        left, self.received = self.received, b""
        return left


class Ends:
    """Two connections over a pair of transports in memory."""

    def __init__(self, interval: float = 0.01) -> None:
        loop = asyncio.get_running_loop()
        self.sweep = Sweep(loop, interval)
        self.transports = MemoryTransport(loop), MemoryTransport(loop)
        self.transports[0].peer, self.transports[1].peer = self.transports[1], self.transports[0]
        self.left, self.right = Recorder(self.sweep), Recorder(self.sweep)
        for transport, connection in zip(self.transports, (self.left, self.right), strict=True):
            transport.set_protocol(cast(asyncio.BaseProtocol, connection))
            connection.connection_made(transport)


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_the_way_through_life() -> None:
    fresh = Recorder(Sweep(asyncio.get_running_loop()))
    assert fresh.state is State.NEW
    assert not fresh.is_open
    fresh.close()
    fresh.abort()
    assert fresh.state is State.NEW
    ends = Ends()
    assert ends.left.is_open
    ends.left.transport.write(b"last words")
    ends.left.close()
    ends.left.close(CloseReason.ERROR)
    assert not ends.left.is_open
    await turns()
    assert ends.left.state is State.CLOSED
    assert ends.left.close_reason is CloseReason.LOCAL
    assert ends.right.received == b"last words"
    assert ends.right.state is State.CLOSED
    assert ends.right.close_reason is CloseReason.PEER
    assert ends.left.events == ends.right.events == ["opened", "closed"]
    assert not ends.sweep.members


async def test_an_abort_keeps_its_error() -> None:
    ends = Ends()
    error = ValueError("bad request")
    ends.left.close()
    ends.left.abort(CloseReason.ERROR, error)
    await turns()
    assert ends.left.close_reason is CloseReason.LOCAL  # the first one
    assert ends.left.error is error
    assert ends.right.close_reason is CloseReason.ERROR
    assert isinstance(ends.right.error, ConnectionResetError)


async def test_a_deadline_that_passes() -> None:
    ends = Ends()
    ends.left.expire_after(0.01)
    while ends.left.state is not State.CLOSED:
        await asyncio.sleep(0.01)
    assert ends.left.close_reason is CloseReason.TIMEOUT


async def test_closing_takes_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zonda.iostream.connection.CLOSE_TIMEOUT", 0.01)
    ends = Ends()
    ends.right.pause_reading()
    ends.left.transport.write(b"nobody reads this")
    ends.left.close()
    while ends.left.state is not State.CLOSED:
        await asyncio.sleep(0.01)
    assert ends.left.close_reason is CloseReason.LOCAL


async def test_drain_waits_while_the_peer_does_not_read() -> None:
    ends = Ends()
    await ends.left.drain()
    ends.right.pause_reading()
    ends.right.pause_reading()
    ends.left.transport.write(b"x" * 1_000_000)
    assert ends.left.writing_paused
    draining = [asyncio.create_task(ends.left.drain()) for _ in range(2)]
    await turns()
    draining[0].cancel()
    await turns()
    assert not draining[1].done()
    ends.right.resume_reading()
    ends.right.resume_reading()
    await draining[1]
    assert not ends.left.writing_paused
    ends.left.close()
    await turns(30)
    assert len(ends.right.received) == 1_000_000


async def test_drain_fails_when_the_connection_ends() -> None:
    ends = Ends()
    ends.right.pause_reading()
    ends.left.transport.write(b"x" * 1_000_000)
    draining = asyncio.create_task(ends.left.drain())
    await turns()
    ends.left.abort()
    with pytest.raises(StreamClosedError):
        await draining
    with pytest.raises(StreamClosedError):
        await ends.left.drain()


async def test_detach_gives_everything_away() -> None:
    ends = Ends()
    ends.left.transport.write(b"early")
    await turns()
    transport, left = ends.right.detach()
    assert (transport, left) == (ends.transports[1], b"early")
    assert ends.right.state is State.DETACHED
    ends.right.connection_lost(None)
    assert ends.right.events == ["opened"]
    with pytest.raises(StreamClosedError):
        ends.right.detach()
    transport.abort()
    await turns()


@pytest.mark.parametrize("pauses", [False, True])
async def test_a_successor_goes_on_from_the_first_unused_byte(pauses: bool) -> None:
    class Successor(Recorder):
        def opened(self) -> None:
            super().opened()
            if pauses:
                self.pause_reading()

    ends = Ends()
    ends.left.transport.write(b"one ")
    await turns()
    ends.right.transport.write(b"x" * 1_000_000)
    assert ends.right.writing_paused
    successor = Successor(ends.sweep)
    ends.right.hand_over(successor)
    ends.left.transport.write(b"two")
    await turns()
    assert successor.received == (b"one " if pauses else b"one two")
    if not pauses:
        assert successor.events == ["opened"]
    successor.resume_reading()
    await turns(30)
    assert successor.received == b"one two"
    assert not successor.writing_paused
    successor.close()
    await turns(30)


async def test_a_successor_learns_that_the_peer_is_slow() -> None:
    ends = Ends()
    ends.left.pause_reading()
    ends.right.transport.write(b"x" * 1_000_000)
    successor = Recorder(ends.sweep)
    ends.right.hand_over(successor)
    assert successor.writing_paused
    successor.abort()
    await turns()


async def test_a_plain_connection_over_a_socket() -> None:
    left, right = tcp_sockets()
    loop = asyncio.get_running_loop()
    connection = Connection(loop, Sweep(loop))
    protocol = cast(asyncio.Protocol, connection)
    await loop.connect_accepted_socket(lambda: protocol, left)
    with pytest.raises(NotImplementedError):
        connection.data_received(b"x")
    assert connection.unread() == b""
    right.close()
    while connection.state is not State.CLOSED:
        await asyncio.sleep(0)
    assert connection.close_reason is CloseReason.PEER
