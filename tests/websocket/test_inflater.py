"""Decompression: what a message gives, and what it may not cost."""

from __future__ import annotations

import os
import tracemalloc
import zlib

import pytest

from zonda.websocket.errors import ProtocolViolation
from zonda.websocket.inflater import Inflater

ROOM = 1 << 20
HELLO = bytes([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])


def deflate(data: bytes, mode: int = zlib.Z_SYNC_FLUSH) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (stream.compress(data) + stream.flush(mode)).removesuffix(b"\x00\x00\xff\xff")


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        # The examples of RFC 7692 section 7.2.3.
        (HELLO, b"Hello"),
        (bytes([0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]), b"Hello"),
        (bytes([0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]), b"Hello"),
        (bytes([242, 72, 5, 0, 0, 0, 255, 255, 202, 201, 201, 7, 0]), b"Hello"),
        (b"\x00", b""),
        (b"", b""),
    ],
)
def test_a_message_in_one_piece_or_in_bytes(payload: bytes, message: bytes) -> None:
    assert Inflater(15, takeover=True).whole(payload, ROOM) == message
    pieces = Inflater(15, takeover=False)
    for _ in range(2):
        found = b"".join([pieces.piece(bytes([byte]), ROOM) for byte in payload])
        assert found + pieces.end(ROOM) == message


def test_with_takeover_a_message_may_refer_to_the_one_before() -> None:
    again = bytes([0xF2, 0x00, 0x11, 0x00, 0x00])
    inflater = Inflater(15, takeover=True)
    assert [inflater.whole(HELLO, ROOM), inflater.whole(again, ROOM)] == [b"Hello", b"Hello"]


def test_without_takeover_it_may_not() -> None:
    inflater = Inflater(15, takeover=False)
    inflater.whole(HELLO, ROOM)
    with pytest.raises(ProtocolViolation):
        inflater.whole(bytes([0xF2, 0x00, 0x11, 0x00, 0x00]), ROOM)


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff\xff\xff",
        b"garbage" * 10,
        deflate(b"x", zlib.Z_FINISH) + b"more",
        deflate(b"x", zlib.Z_FINISH) + b"\x00\x00",
        deflate(b"x", zlib.Z_FINISH) * 2,
        b"\x03\x00" * 100_000,
        os.urandom(5000),
    ],
)
def test_what_is_not_deflated_is_1007(payload: bytes) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        Inflater(15, takeover=True).whole(payload, ROOM)
    assert caught.value.code == 1007
    pieces = Inflater(15, takeover=True)
    with pytest.raises(ProtocolViolation) as caught:
        for byte in payload:
            pieces.piece(bytes([byte]), ROOM)
        pieces.end(ROOM)
    assert caught.value.code == 1007


def test_after_a_final_block_the_next_message_begins_anew() -> None:
    inflater = Inflater(15, takeover=True)
    for message in (b"one", b"two"):
        assert inflater.whole(deflate(message, zlib.Z_FINISH), ROOM) == message


def test_exactly_the_limit_is_allowed() -> None:
    data = bytes(1000)
    assert Inflater(15, takeover=True).whole(deflate(data), 1000) == data
    with pytest.raises(ProtocolViolation) as caught:
        Inflater(15, takeover=True).whole(deflate(data), 999)
    assert caught.value.code == 1009


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_bomb_is_1009_before_it_takes_the_memory(in_pieces: bool) -> None:
    bomb = deflate(bytes(64 << 20))
    tracemalloc.start()
    inflater = Inflater(15, takeover=True)
    with pytest.raises(ProtocolViolation) as caught:
        if in_pieces:
            room = ROOM
            for start in range(0, len(bomb), 1000):
                room -= len(inflater.piece(bomb[start : start + 1000], room))
        else:
            inflater.whole(bomb, ROOM)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == 1009
    assert peak < 6 * ROOM


@pytest.mark.parametrize("bits", range(8, 16))
def test_every_window_a_peer_may_use_is_read(bits: int) -> None:
    stream = zlib.compressobj(9, zlib.DEFLATED, -max(9, bits))
    data = os.urandom(400) * 3
    payload = stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)
    assert Inflater(bits, takeover=True).whole(payload[:-4], ROOM) == data
