"""A websocket on a transport: order, holding, the end, and peers that misbehave."""

from __future__ import annotations

import asyncio
import gc
import itertools
import socket
import struct
import tracemalloc
from collections.abc import Awaitable
from typing import Any, cast

import pytest

from tests.websocket.frames import BINARY, CLOSE, CONT, PING, PONG, TEXT, codecs, raw_frame
from tests.websocket.peers import Echo, Journal, RawClient, Recorder, serving
from zonda.http import HTTPHeaders
from zonda.iostream import Sweep
from zonda.websocket import (
    WebSocketClientConnection,
    WebSocketClosedError,
    message_writer,
)
from zonda.websocket import connection as module
from zonda.websocket.connection import MESSAGES_PER_TURN, WebSocketConnection
from zonda.websocket.events import Closed, Ping, Pong
from zonda.websocket.hold import Hold
from zonda.websocket.protocol import Protocol
from zonda.websocket.states import Side

MIB = 1 << 20


class Waiting(Recorder):
    """Waits in every message until the gate opens."""

    async def on_message(self, message: str | bytes) -> None:
        self.journal.log.append(("begin", message))
        await self.journal.gate.wait()
        self.journal.log.append(("end", message))


class Failing(Recorder):
    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        if message == "later":
            return self.fail_later()
        raise RuntimeError("now")

    async def fail_later(self) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("later")


class TestMessages:
    async def test_all_kinds_and_sizes_come_back(self) -> None:
        async with serving([("/", Echo)]) as port, await RawClient.connect(port) as peer:
            for message in ("", "ü", b"", b"\x00", "x" * 126, bytes(70_000), "y" * MIB):
                peer.send(peer.protocol.message(message))
                assert await peer.event() == message

    async def test_compressed_ones_too(self) -> None:
        class Compressed(Echo):
            def get_compression_options(self) -> dict[str, object]:
                return {"threshold": 0}

        async with serving([("/", Compressed)]) as port:
            offer = "Sec-WebSocket-Extensions: permessage-deflate"
            async with await RawClient.connect(port, "/", offer, codec=codecs()[1]) as peer:
                for message in ("", "hello hello hello", bytes(70_000), "y" * MIB):
                    peer.send(peer.protocol.message(message))
                    assert await peer.event() == message

    async def test_messages_cut_anywhere_come_back(self) -> None:
        async with serving([("/", Echo)]) as port, await RawClient.connect(port) as peer:
            frames = [raw_frame(TEXT, b"fra", fin=False), raw_frame(CONT, b"gments")]
            for value in b"".join(frames) + raw_frame(BINARY):
                peer.send(bytes([value]))
                await asyncio.sleep(0)
            assert [await peer.event(), await peer.event()] == ["fragments", b""]

    async def test_pings_are_answered_also_between_fragments(self) -> None:
        async with serving([("/", Echo)]) as port, await RawClient.connect(port) as peer:
            peer.send(raw_frame(TEXT, b"a", fin=False) + raw_frame(PING, b"now") + raw_frame(CONT))
            assert [await peer.event(), await peer.event()] == [Pong(b"now"), "a"]

    async def test_the_handler_hears_of_pings_and_pongs(self) -> None:
        journal = Journal()
        async with (
            serving([("/", Recorder, {"journal": journal})]) as port,
            await RawClient.connect(port) as peer,
        ):
            peer.send(raw_frame(PING, b"1") + raw_frame(PONG, b"2") + raw_frame(TEXT, b"3"))
            await journal.until("3")
        assert journal.log[:3] == [("ping", b"1"), ("pong", b"2"), "3"]

    async def test_the_handler_pings(self) -> None:
        journal = Journal()
        async with (
            serving([("/", Recorder, {"journal": journal})]) as port,
            await RawClient.connect(port) as peer,
        ):
            journal.handler.ping("ü")
            assert await peer.event() == Ping("ü".encode())
            with pytest.raises(ValueError, match="at most 125 bytes"):
                journal.handler.ping(bytes(126))

    async def test_the_next_message_waits_for_the_one_before(self) -> None:
        journal = Journal()
        async with (
            serving([("/", Waiting, {"journal": journal})]) as port,
            await RawClient.connect(port) as peer,
        ):
            peer.send(b"".join(raw_frame(TEXT, b"%d" % n) for n in range(3)))
            await journal.until(("begin", "0"))
            peer.send(raw_frame(TEXT, b"3"))
            await asyncio.sleep(0.01)
            assert journal.log == [("begin", "0")]
            journal.gate.set()
            await journal.until(("end", "3"))
            order = [(step, str(n)) for n in range(4) for step in ("begin", "end")]
            assert journal.log == order

    async def test_while_a_message_is_handled_the_peer_is_not_read(self) -> None:
        journal = Journal()
        async with (
            serving([("/", Waiting, {"journal": journal})]) as port,
            await RawClient.connect(port) as peer,
        ):
            peer.send(raw_frame(TEXT, b"0"))
            await journal.until(("begin", "0"))
            sent = 0
            with pytest.raises(TimeoutError):
                while sent < 100:
                    sent += 1
                    peer.send(raw_frame(BINARY, bytes(MIB)))
                    async with asyncio.timeout(0.3):
                        await peer.writer.drain()
            assert sent < 20
            journal.gate.set()

    async def test_others_have_their_turn_in_a_flood(self) -> None:
        journal = Journal()
        total = 5 * MESSAGES_PER_TURN
        async with (
            serving([("/", Recorder, {"journal": journal})]) as port,
            await RawClient.connect(port) as peer,
        ):
            peer.send(raw_frame(TEXT, b"") * total)
            turns = [0]
            while turns[-1] < total:
                await asyncio.sleep(0)
                turns.append(len(journal.log))
            steps = [after - before for before, after in itertools.pairwise(turns)]
            assert max(steps) <= MESSAGES_PER_TURN

    async def test_others_have_their_turn_in_a_flood_of_fragments(self) -> None:
        journal = Journal()
        async with (
            serving([("/", Recorder, {"journal": journal})]) as port,
            await RawClient.connect(port) as peer,
        ):
            connection = journal.handler.ws_connection
            assert connection is not None
            flood = raw_frame(TEXT, fin=False) + raw_frame(CONT, fin=False) * 30_000
            connection.data_received(flood)
            assert connection._hold is Hold.TURN
            peer.send(raw_frame(CONT, b"the end"))
            await journal.until("the end")


class TestClosing:
    @pytest.mark.parametrize(
        ("payload", "code", "reason"),
        [(b"", None, None), (b"\x03\xe8", 1000, ""), (b"\x0f\xa0bye", 4000, "bye")],
    )
    async def test_the_peer_closes(
        self, payload: bytes, code: int | None, reason: str | None
    ) -> None:
        journal = Journal()
        async with (
            serving([("/", Recorder, {"journal": journal})]) as port,
            await RawClient.connect(port) as peer,
        ):
            peer.send(raw_frame(CLOSE, payload))
            assert await peer.close_code() == code
        assert journal.log == [("closed", code, reason)]
        assert journal.handler.ws_connection is None

    async def test_the_handler_closes(self) -> None:
        journal = Journal()
        async with (
            serving([("/", Recorder, {"journal": journal})]) as port,
            await RawClient.connect(port) as peer,
        ):
            handler = journal.handler
            handler.close(1001, "later")
            handler.close(1000, "twice changes nothing")
            for send in (lambda: handler.write_message("x"), handler.ping):
                with pytest.raises(WebSocketClosedError):
                    send()
            closed = await peer.event()
            assert isinstance(closed, Closed)
            assert closed[:2] == (1001, "later")
            peer.send(raw_frame(TEXT, b"not delivered any more") + closed.reply)
            assert await peer.event() is None
        assert journal.log == [("closed", 1001, "later")]

    @pytest.mark.parametrize(("code", "reason"), [(999, None), (1005, None), (1000, "x" * 124)])
    async def test_a_close_that_cannot_be_sent_is_refused(
        self, code: int, reason: str | None
    ) -> None:
        journal = Journal()
        async with (
            serving([("/", Recorder, {"journal": journal})]) as port,
            await RawClient.connect(port),
        ):
            with pytest.raises(ValueError, match="close"):
                journal.handler.close(code, reason)

    async def test_a_lost_connection_ends_it_too(self) -> None:
        journal = Journal()
        async with serving([("/", Recorder, {"journal": journal})]) as port:
            async with await RawClient.connect(port) as peer:
                peer.send(raw_frame(TEXT, b"last words"))
            await journal.until(("closed", None, None))
        assert journal.log == ["last words", ("closed", None, None)]
        for use in (
            lambda: journal.handler.write_message("x"),
            journal.handler.ping,
            lambda: journal.handler.set_nodelay(True),
        ):
            with pytest.raises(WebSocketClosedError):
                use()
        journal.handler.close()
        with pytest.raises(WebSocketClosedError):
            await journal.handler.drained()

    async def test_a_reset_connection_ends_it_too(self) -> None:
        journal = Journal()
        async with serving([("/", Recorder, {"journal": journal})]) as port:
            peer = await RawClient.connect(port)
            raw = peer.writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.writer.transport.abort()
            await journal.until(("closed", None, None))

    @pytest.mark.parametrize("code", [None, 1001])
    async def test_messages_before_the_end_are_handled_before_it(self, code: int | None) -> None:
        journal = Journal()
        reason = None if code is None else ""
        async with serving([("/", Waiting, {"journal": journal})]) as port:
            async with await RawClient.connect(port) as peer:
                peer.send(raw_frame(TEXT, b"0") + raw_frame(TEXT, b"1"))
                if code is not None:
                    peer.send(raw_frame(CLOSE, code.to_bytes(2, "big")))
                await journal.until(("begin", "0"))
            await asyncio.sleep(0.01)
            journal.gate.set()
            await journal.until(("closed", code, reason))
        order = [(step, str(n)) for n in range(2) for step in ("begin", "end")]
        assert journal.log == [*order, ("closed", code, reason)]

    async def test_a_peer_that_does_not_answer_our_close_is_cut_off(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(message_writer, "CLOSE_HANDSHAKE_TIMEOUT", 0.01)
        journal = Journal()
        async with (
            serving([("/", Recorder, {"journal": journal})]) as port,
            await RawClient.connect(port) as peer,
        ):
            journal.handler.close()
            assert await peer.close_code() is None
        assert journal.log == [("closed", None, None)]

    @pytest.mark.parametrize("message", ["now", "later"])
    async def test_an_error_in_the_handler_closes_with_1011(self, message: str) -> None:
        journal = Journal()
        async with (
            serving([("/", Failing, {"journal": journal})]) as port,
            await RawClient.connect(port) as peer,
        ):
            peer.send(raw_frame(TEXT, message.encode()) + raw_frame(TEXT, b"not handled"))
            closed = await peer.event()
            assert isinstance(closed, Closed)
            assert closed.code == 1011
            peer.send(closed.reply)
            await journal.until(("closed", 1011, ""))
        assert journal.log == [("raised", message), ("closed", 1011, "")]

    async def test_a_cancelled_handler_ends_it(self) -> None:
        class Cancelled(Recorder):
            async def on_message(self, message: str | bytes) -> None:
                task = asyncio.current_task()
                assert task is not None
                asyncio.get_running_loop().call_soon(task.cancel)
                await self.journal.gate.wait()

        journal = Journal()
        async with (
            serving([("/", Cancelled, {"journal": journal})]) as port,
            await RawClient.connect(port) as peer,
        ):
            peer.send(raw_frame(TEXT, b"x") * 2)
            assert await peer.event() is None
            await journal.until(("closed", None, None))


class TestViolations:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (raw_frame(TEXT, b"x", key=None), 1002),
            (raw_frame(TEXT, b"\xff"), 1007),
            (raw_frame(CLOSE, b"\x03\xee"), 1002),
            (raw_frame(BINARY, length=1 << 40, width=8), 1009),
            (raw_frame(3), 1002),
        ],
    )
    async def test_the_peer_is_told_why_and_cut_off(self, data: bytes, code: int) -> None:
        journal = Journal()
        async with serving([("/", Recorder, {"journal": journal})]) as port:
            async with await RawClient.connect(port) as peer:
                peer.send(raw_frame(TEXT, b"fine") + data + raw_frame(TEXT, b"too late"))
                assert await peer.close_code() == code
            await journal.until(("closed", None, None))
        assert journal.log == ["fine", ("closed", None, None)]

    async def test_it_sees_the_code_even_while_it_goes_on_sending(self) -> None:
        async with (
            serving([("/", Echo)], websocket_max_message_size=1000) as port,
            await RawClient.connect(port) as peer,
        ):
            peer.send(raw_frame(BINARY, bytes(MIB // 2)))
            assert await peer.close_code() == 1009

    async def test_but_not_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "LINGER_TIMEOUT", 0.01)
        journal = Journal()
        async with serving([("/", Recorder, {"journal": journal})]) as port:
            async with await RawClient.connect(port) as peer:
                peer.send(raw_frame(3))
                await journal.until(("closed", None, None))
            async with await RawClient.connect(port) as peer:
                monkeypatch.setattr(module, "LINGER_TIMEOUT", 100)
                peer.send(raw_frame(3))
                with pytest.raises(ConnectionError):
                    for _ in range(100):
                        peer.send(bytes(MIB))
                        await peer.writer.drain()
                        await asyncio.sleep(0.001)


class TestFloods:
    async def test_nothing_is_read_from_a_peer_that_does_not_read(self) -> None:
        async with serving([("/", Echo)]) as port, await RawClient.connect(port) as peer:
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
            message = raw_frame(BINARY, bytes(64 * 1024))
            sent = 0
            with pytest.raises(TimeoutError):
                while sent < 2000:
                    sent += 1
                    peer.send(message)
                    async with asyncio.timeout(0.3):
                        await peer.writer.drain()
            assert sent < 500
            peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
            for _ in range(sent):
                assert await peer.event() == bytes(64 * 1024)

    async def test_a_ping_flood_costs_no_memory(self) -> None:
        async with serving([("/", Echo)]) as port, await RawClient.connect(port) as peer:
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
            pings = raw_frame(PING, bytes(125)) * 500
            for _ in range(60):
                peer.send(pings)
                await peer.writer.drain()
            gc.collect()
            tracemalloc.start()
            try:
                for number in range(20):
                    peer.send(pings + raw_frame(PING, b"%d" % number))
                    await peer.writer.drain()
                grown = tracemalloc.get_traced_memory()[0]
            finally:
                tracemalloc.stop()
            assert grown < MIB // 2  # of 1.25 MiB
            peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
            while await peer.event() != Pong(b"19"):
                pass

    async def test_a_pong_flood_is_ignored(self) -> None:
        async with serving([("/", Echo)]) as port, await RawClient.connect(port) as peer:
            peer.send(raw_frame(PONG, bytes(125)) * 5000 + raw_frame(TEXT, b"still here"))
            assert await peer.event() == "still here"


class TestKeepAlive:
    async def test_a_peer_that_answers_stays(self) -> None:
        async with (
            serving([("/", Echo)], websocket_ping_interval=0.02) as port,
            await RawClient.connect(port) as peer,
        ):
            for _ in range(4):
                ping = await peer.event()
                assert isinstance(ping, Ping)
                peer.send(peer.protocol.pong(ping.payload))

    async def test_one_that_does_not_is_cut_off(self) -> None:
        journal = Journal()
        rules = [("/", Recorder, {"journal": journal})]
        settings: dict[str, Any] = {"websocket_ping_interval": 0.05, "websocket_ping_timeout": 0.02}
        async with serving(rules, **settings) as port:
            async with await RawClient.connect(port) as peer:
                first, last = await peer.events_to_end()
                assert first == Ping(b"")
                assert isinstance(last, Closed)
                assert last[:2] == (1011, "ping timed out")
            await journal.until(("closed", None, None))

    async def test_any_message_is_a_sign_of_life(self) -> None:
        async with (
            serving([("/", Echo)], websocket_ping_interval=0.02) as port,
            await RawClient.connect(port) as peer,
        ):
            pings = 0
            while pings < 4:
                peer.send(raw_frame(TEXT, b"alive"))
                pings += isinstance(await peer.event(), Ping)

    async def test_a_peer_is_not_blamed_for_a_slow_handler(self) -> None:
        journal = Journal()
        rules = [("/", Waiting, {"journal": journal})]
        async with (
            serving(rules, websocket_ping_interval=0.02) as port,
            await RawClient.connect(port) as peer,
        ):
            peer.send(raw_frame(TEXT, b"x"))
            for _ in range(4):
                assert isinstance(await peer.event(), Ping)
            journal.gate.set()
            peer.send(raw_frame(PONG))
            await journal.until(("end", "x"))

    async def test_without_an_interval_there_are_no_pings(self) -> None:
        journal = Journal()
        async with (
            serving([("/", Recorder, {"journal": journal})]) as port,
            await RawClient.connect(port),
        ):
            assert journal.handler.ws_connection is not None
            assert journal.handler.ws_connection.deadline == float("inf")


class Watching:
    """Writes down which connections there are, as a server does."""

    def __init__(self) -> None:
        self.connections: set[WebSocketConnection] = set()

    def adopt(self, connection: WebSocketConnection) -> None:
        self.connections.add(connection)

    def release(self, connection: WebSocketConnection) -> None:
        self.connections.discard(connection)


async def test_a_server_can_end_its_websockets() -> None:
    loop = asyncio.get_running_loop()
    watching, sweep, owner = Watching(), Sweep(loop), WebSocketClientConnection(HTTPHeaders(), None)

    def accept() -> asyncio.Protocol:
        connection = WebSocketConnection(
            loop, sweep, Protocol(Side.SERVER), owner, registry=watching
        )
        owner.attach(connection)
        loop.call_soon(connection.start)
        return cast(asyncio.Protocol, connection)

    server = await loop.create_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, RawClient(*await asyncio.open_connection("127.0.0.1", port)) as peer:
        while not watching.connections:
            await asyncio.sleep(0.001)
        for connection in tuple(watching.connections):
            connection.end_soon()
        assert await peer.close_code() == 1001
        await owner.closed()
        assert not watching.connections
