"""What can be refused by a frame's header alone, as soon as the wrong byte is here."""

from __future__ import annotations

import pytest

from tests.websocket.frames import BINARY, CLOSE, CONT, KEY, PING, PONG, TEXT, raw_frame
from zonda.websocket.errors import ProtocolViolation
from zonda.websocket.frame_header import FrameHeader, read_header

BROKEN = {
    "reserved data opcode": bytes([0x83]),
    "reserved control opcode": bytes([0x8B]),
    "rsv1 without extension": bytes([0xC1]),
    "rsv2": bytes([0xA1]),
    "rsv3": bytes([0x91]),
    "rsv on a control frame": bytes([0xC9]),
    "fragmented ping": bytes([0x09]),
    "fragmented close": bytes([0x08]),
    "long ping": bytes([0x89, 0x80 | 126]),
    "long close": bytes([0x88, 0x80 | 127]),
    "no mask": bytes([0x81, 5]),
    "length not minimal in 2 bytes": raw_frame(TEXT, length=125, width=2),
    "length not minimal in 8 bytes": raw_frame(TEXT, length=65535, width=8),
    "length of 2^63": raw_frame(TEXT, length=2**63, width=8),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_rule_is_1002(data: bytes) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        read_header(data, 0, masked=True, compression=False)
    assert caught.value.code == 1002


def test_a_masked_frame_of_a_server_is_refused() -> None:
    with pytest.raises(ProtocolViolation, match="masked"):
        read_header(raw_frame(TEXT, b"x"), 0, masked=False, compression=False)


@pytest.mark.parametrize("first", [0xC9, 0xC0, 0xE1, 0xD1])
def test_with_compression_rsv1_is_allowed_on_the_first_data_frame_only(first: int) -> None:
    assert read_header(bytes([0xC1, 0x80]) + KEY, 0, masked=True, compression=True)
    with pytest.raises(ProtocolViolation):
        read_header(bytes([first]), 0, masked=True, compression=True)


@pytest.mark.parametrize("key", [KEY, None], ids=["masked", "unmasked"])
@pytest.mark.parametrize(
    ("opcode", "fin", "size"),
    [
        (TEXT, True, 0),
        (BINARY, False, 125),
        (CONT, True, 126),
        (TEXT, True, 65536),
        (PING, True, 125),
        (PONG, True, 0),
        (CLOSE, True, 2),
    ],
)
def test_a_header_is_read_when_it_is_complete(
    key: bytes | None, opcode: int, fin: bool, size: int
) -> None:
    whole = b"before" + raw_frame(opcode, b"p" * size, fin=fin, key=key)
    start = len(whole) - size
    for end in range(6, start):
        assert read_header(whole[:end], 6, masked=bool(key), compression=False) is None
    header = read_header(whole[:start], 6, masked=bool(key), compression=False)
    assert header == FrameHeader(opcode, fin, False, key or b"", start, size)
    assert header.is_control == (opcode >= 8)
