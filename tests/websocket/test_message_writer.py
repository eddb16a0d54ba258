"""What goes out: in batches, and to peers that do not read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable
from typing import Any, cast

import pytest

from tests.websocket.frames import PING, TEXT, raw_frame
from tests.websocket.peers import Journal, RawClient, Recorder, serving
from zonda.iostream import GATHERED_SIZE, LARGE_PIECE, Sweep
from zonda.websocket import SlowConsumerError, WebSocketClosedError, WebSocketHandler
from zonda.websocket.connection import WebSocketConnection
from zonda.websocket.events import Closed
from zonda.websocket.protocol import Protocol
from zonda.websocket.states import Side

MIB = 1 << 20


class Counting(asyncio.Transport):
    """A transport that counts what is written to it, and never has room for more than *room*."""

    def __init__(self, room: int = 1 << 40) -> None:
        super().__init__()
        self.room = room
        self.writes: list[bytes] = []
        self.connection: WebSocketConnection

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))
        self.room -= len(data)
        if self.room < 0:
            self.connection.pause_writing()

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def close(self) -> None: ...


class Answering(WebSocketHandler):
    """Answers with what the test says."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        return cast("Awaitable[None] | None", self.answer(self, message))


def connect(answer: Any, room: int = 1 << 40) -> tuple[WebSocketConnection, Counting]:
    """A server's connection on a transport that counts."""
    loop = asyncio.get_running_loop()
    handler, transport = Answering(answer), Counting(room)
    connection = WebSocketConnection(loop, Sweep(loop), Protocol(Side.SERVER), handler)
    transport.connection = handler.ws_connection = connection
    connection.connection_made(transport)
    connection.start()
    return connection, transport


def texts(*messages: str) -> bytes:
    return b"".join(raw_frame(TEXT, message.encode()) for message in messages)


def answers(*messages: str) -> bytes:
    return b"".join(raw_frame(TEXT, message.encode(), key=None) for message in messages)


def echo(handler: Answering, message: str | bytes) -> None:
    handler.write_message(message)


class TestBatches:
    """What is answered to the messages of one read is written in one piece."""

    async def test_many_small_answers_are_one_write(self) -> None:
        connection, transport = connect(echo)
        messages = [str(number) for number in range(100)]
        connection.data_received(texts(*messages))
        assert transport.writes == [answers(*messages)]

    async def test_one_answer_is_written_at_once(self) -> None:
        connection, transport = connect(echo)
        for _ in range(2):
            connection.data_received(texts("x"))
        assert transport.writes == [answers("x")] * 2

    async def test_order_is_kept_with_pongs_large_answers_and_the_close(self) -> None:
        def answer(handler: Answering, message: str | bytes) -> None:
            if message == "close":
                handler.close(1000)
            else:
                handler.write_message("y" * LARGE_PIECE if message == "large" else message)

        connection, transport = connect(answer)
        data = texts("1") + raw_frame(PING, b"2") + texts("large", "3", "close", "not any more")
        connection.data_received(data)
        large = answers("y" * LARGE_PIECE)
        pong, close = raw_frame(10, b"2", key=None), raw_frame(8, b"\x03\xe8", key=None)
        assert b"".join(transport.writes) == answers("1") + pong + large + answers("3") + close
        assert len(transport.writes) == 3

    async def test_a_batch_is_not_larger_than_its_limit(self) -> None:
        connection, transport = connect(lambda handler, _: handler.write_message("z" * 1000))
        connection.data_received(texts("x") * 500)
        assert b"".join(transport.writes) == answers("z" * 1000) * 500
        assert max(map(len, transport.writes)) < GATHERED_SIZE + LARGE_PIECE

    async def test_what_waits_for_something_else_does_not_hold_answers_back(self) -> None:
        gate = asyncio.Event()

        async def answer(handler: Answering, message: str | bytes) -> None:
            if message == "wait":
                await gate.wait()
            await handler.write_message(message)

        connection, transport = connect(answer)
        connection.data_received(texts("1", "2", "wait", "3", "4"))
        assert transport.writes == [answers("1", "2")]
        gate.set()
        while len(b"".join(transport.writes)) < len(answers("1", "2", "wait", "3", "4")):
            await asyncio.sleep(0)
        assert transport.writes[1:] == [answers("wait"), answers("3", "4")]

    async def test_answers_before_an_error_are_written(self) -> None:
        def answer(handler: Answering, message: str | bytes) -> None:
            if message == "bad":
                raise WebSocketClosedError
            handler.write_message(message)

        connection, transport = connect(answer)
        handler = cast(Any, connection)._owner
        handler.log_exception = lambda *info: None
        connection.data_received(texts("1", "2", "bad", "3"))
        closed = raw_frame(8, b"\x03\xf3", key=None)
        assert b"".join(transport.writes) == answers("1", "2") + closed

    async def test_nothing_is_delivered_when_the_transport_is_full(self) -> None:
        heard: list[str | bytes] = []

        def answer(handler: Answering, message: str | bytes) -> None:
            heard.append(message)
            handler.write_message("z" * 1000)

        connection, transport = connect(answer, room=10_000)
        connection.data_received(texts("x") * 500)
        assert len(b"".join(transport.writes)) < GATHERED_SIZE + LARGE_PIECE
        before = len(heard)
        assert before < 40
        connection.data_received(texts("y"))
        assert len(heard) == before
        transport.room = 1 << 40
        connection.resume_writing()
        assert len(heard) == 501


class TestTurns:
    """What a task writes in one turn of the loop is written in two pieces at most."""

    async def test_the_first_is_written_at_once_and_the_others_together(self) -> None:
        connection, transport = connect(echo)
        for _ in range(2):
            transport.writes.clear()
            for message in ("1", "2", "3"):
                await connection.write_message(message, binary=False)
            connection.ping(b"4")
            assert transport.writes == [answers("1")]
            await asyncio.sleep(0)
            assert transport.writes[1:] == [answers("2", "3") + raw_frame(PING, b"4", key=None)]

    async def test_answers_in_between_keep_their_order(self) -> None:
        connection, transport = connect(echo)
        for message in ("1", "2"):
            connection.write_message(message, binary=False)
        connection.data_received(texts("3"))
        connection.data_received(texts("4", "5"))
        connection.write_message("6", binary=False)
        await asyncio.sleep(0)
        assert b"".join(transport.writes) == answers("1", "2", "3", "4", "5", "6")

    async def test_nothing_is_held_back_from_the_end(self) -> None:
        connection, transport = connect(echo)
        for message in ("1", "2"):
            connection.write_message(message, binary=False)
        connection.close()
        assert b"".join(transport.writes) == answers("1", "2")

    async def test_what_is_held_back_is_limited(self) -> None:
        connection, transport = connect(echo)
        for _ in range(90):
            connection.write_message("z" * 900, binary=False)
        held = len(answers("z" * 900)) * 90 - len(b"".join(transport.writes))
        assert 0 < held < GATHERED_SIZE
        await asyncio.sleep(0)
        assert b"".join(transport.writes) == answers("z" * 900) * 90


class TestSlowPeers:
    async def flood(self, port: int, journal: Journal) -> RawClient:
        """A peer whose buffers are full of binary messages."""
        peer = await RawClient.connect(port)
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # of every transport
        connection = journal.handler.ws_connection
        assert connection is not None
        while not connection.writing_paused:
            await asyncio.sleep(0)
            journal.handler.write_message(bytes(64 * 1024), binary=True)
        return peer

    async def read_all(self, peer: RawClient, last: object) -> list[object]:
        peer.writer.transport.resume_reading()  # type: ignore[attr-defined]  # of every transport
        found: list[object] = []
        while last not in found:
            event = await peer.event()
            assert event is not None, found
            if event != bytes(64 * 1024):
                found.append(event)
        return found

    async def test_a_writer_who_awaits_waits(self) -> None:
        journal = Journal()
        async with (
            serving([("/", Recorder, {"journal": journal})]) as port,
            await self.flood(port, journal) as peer,
        ):
            writing = asyncio.ensure_future(_await(journal.handler.write_message("waits")))
            drained = asyncio.ensure_future(journal.handler.drained())
            await asyncio.sleep(0.01)
            assert not writing.done()
            assert not drained.done()
            assert await self.read_all(peer, "waits") == ["waits"]
            await writing
            await drained

    async def test_one_who_does_not_fills_the_queue_and_ends_it(self) -> None:
        journal = Journal()
        rules = [("/", Recorder, {"journal": journal})]
        async with (
            serving(rules, websocket_max_send_queue=1000) as port,
            await self.flood(port, journal) as peer,
        ):
            journal.handler.write_message("x" * 600)
            journal.handler.write_message("y" * 400)
            with pytest.raises(SlowConsumerError, match="more than 1000 bytes"):
                journal.handler.write_message("z")
            with pytest.raises(WebSocketClosedError):
                journal.handler.write_message("z")
            peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
            assert await peer.close_code() == 1008

    async def test_a_message_larger_than_the_queue_is_taken_alone(self) -> None:
        journal = Journal()
        rules = [("/", Recorder, {"journal": journal})]
        async with (
            serving(rules, websocket_max_send_queue=1000) as port,
            await self.flood(port, journal) as peer,
        ):
            journal.handler.write_message("x" * 5000)
            assert await self.read_all(peer, "x" * 5000) == ["x" * 5000]

    async def test_the_oldest_can_be_dropped(self) -> None:
        journal = Journal()
        settings: dict[str, Any] = {
            "websocket_max_send_queue": 10,
            "websocket_slow_consumer": "drop oldest",
        }
        async with (
            serving([("/", Recorder, {"journal": journal})], **settings) as port,
            await self.flood(port, journal) as peer,
        ):
            for number in range(100):
                await journal.handler.write_message(f"{number:05}")
            assert await self.read_all(peer, "00099") == ["00098", "00099"]

    async def test_it_can_be_disconnected(self) -> None:
        journal = Journal()
        settings: dict[str, Any] = {
            "websocket_max_send_queue": 10,
            "websocket_slow_consumer": "disconnect",
        }
        async with (
            serving([("/", Recorder, {"journal": journal})], **settings) as port,
            await self.flood(port, journal),
        ):
            await journal.handler.write_message("12345678")
            with pytest.raises(SlowConsumerError):
                await journal.handler.write_message("12345678")

    async def test_what_is_no_text_is_refused_at_once(self) -> None:
        connection, transport = connect(echo, room=0)
        connection.write_message("fills it", False)
        for message in (b"\xff", "\udc00"):
            with pytest.raises(ValueError, match=r"UTF-8|utf-8"):
                connection.write_message(message, False)
        connection.write_message("waits", False)
        transport.room = 100
        connection.resume_writing()
        await asyncio.sleep(0)
        assert b"".join(transport.writes) == answers("fills it", "waits")

    async def test_what_waits_is_sent_before_the_close(self) -> None:
        journal = Journal()
        async with (
            serving([("/", Recorder, {"journal": journal})]) as port,
            await self.flood(port, journal) as peer,
        ):
            journal.handler.write_message("first")
            journal.handler.close(1000, "then")
            with pytest.raises(WebSocketClosedError):
                journal.handler.write_message("not any more")
            found = await self.read_all(peer, "first")
            closed = await peer.event()
            assert found == ["first"]
            assert isinstance(closed, Closed)
            assert closed.reason == "then"


async def test_nodelay_can_be_set() -> None:
    journal = Journal()
    async with (
        serving([("/", Recorder, {"journal": journal})]) as port,
        await RawClient.connect(port),
    ):
        assert journal.handler.ws_connection is not None
        raw = journal.handler.ws_connection.transport.get_extra_info("socket")
        for value in (False, True):
            journal.handler.set_nodelay(value)
            option = raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert bool(option) == value


async def _await(awaitable: Awaitable[None]) -> None:
    await awaitable
