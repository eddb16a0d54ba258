"""One message to many."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

import pytest

from tests.websocket.frames import codecs
from tests.websocket.peers import RawClient, serving
from zonda.websocket import WebSocketHandler, broadcast, prepare
from zonda.websocket.compression import CompressionOptions

MIB = 1 << 20


class Member(WebSocketHandler):
    """Joins the members of the application; compresses if the path says so."""

    def open(self, *args: str, **kwargs: str) -> None:
        members = self.settings["members"]
        assert isinstance(members, set)
        members.add(self)

    def get_compression_options(self) -> dict[str, object] | None:
        return {"threshold": 0} if self.request.path == "/z" else None


RULES: list[tuple[str, type[WebSocketHandler]]] = [("/", Member), ("/z", Member)]


async def test_everybody_gets_it_compressed_or_not() -> None:
    members: set[Member] = set()
    offer = "Sec-WebSocket-Extensions: permessage-deflate"
    async with serving(RULES, members=members) as port:
        plain = [await RawClient.connect(port) for _ in range(3)]
        options = CompressionOptions(threshold=0)
        small = [
            await RawClient.connect(port, "/z", offer, codec=codecs(options)[1]) for _ in range(3)
        ]
        while len(members) < 6:
            await asyncio.sleep(0.001)
        for message in ("hello " * 20, b"\x00\x01" * 5000, "", {"a": 1}, "hello " * 20):
            assert broadcast(members, message, binary=isinstance(message, bytes)) == 6
            expected = '{"a": 1}' if isinstance(message, dict) else message
            for peer in (*plain, *small):
                assert await peer.event() == expected
            for member in members:
                member.write_message("between " * 20)
            for peer in (*plain, *small):
                assert await peer.event() == "between " * 20
        for peer in (*plain, *small):
            async with peer:
                pass


async def test_those_who_are_gone_or_closing_are_passed_over() -> None:
    members: set[Member] = set()
    async with serving(RULES, members=members) as port:
        async with await RawClient.connect(port):
            await filled(members, 1)
            (gone,) = members
        while gone.ws_connection is not None:
            await asyncio.sleep(0.001)
        async with await RawClient.connect(port):
            await filled(members, 2)
            (closing,) = members - {gone}
            closing.close()
            async with await RawClient.connect(port) as here:
                await filled(members, 3)
                assert broadcast(members, "x") == 1
                assert await here.event() == "x"


async def filled(members: set[Member], count: int) -> None:
    while len(members) < count:
        await asyncio.sleep(0.001)


async def test_ten_who_do_not_read_neither_stall_the_others_nor_grow() -> None:
    members: set[Member] = set()
    message = bytes(MIB // 4)
    # A transport that is full has one message and what it takes before it is; asyncio's copies both
    # on Python 3.11.  What waits in the queues is there once for all.
    transports = 10 * (len(message) + MIB // 16)
    allowed = transports + MIB + 2 * MIB
    async with serving(RULES, members=members, websocket_max_send_queue=MIB) as port:
        deaf = [await RawClient.connect(port) for _ in range(10)]
        try:
            for peer in deaf:
                peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # all have it
            async with await RawClient.connect(port) as reader:
                await filled(members, 11)
                gc.collect()
                tracemalloc.start()
                for _ in range(100):  # 25 MiB for each of them
                    broadcast(members, message, binary=True)
                    assert await reader.event() == message
                grown = tracemalloc.get_traced_memory()[0]
                tracemalloc.stop()
            assert grown < allowed
        finally:
            for peer in deaf:
                peer.writer.transport.abort()


async def test_a_prepared_message_can_be_sent_again() -> None:
    members: set[Member] = set()
    async with serving(RULES, members=members) as port, await RawClient.connect(port) as peer:
        while not members:
            await asyncio.sleep(0.001)
        prepared = prepare("again")
        assert prepare(prepared) is prepared
        for _ in range(2):
            broadcast(members, prepared)
            assert await peer.event() == "again"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ValueError, match="binary=True"):
        broadcast([], b"\xff")
