"""Frames that are written are the shortest ones that say it."""

from __future__ import annotations

import pytest

from tests.websocket.frames import raw_frame, xor
from zonda.websocket.frame_writer import binary_frame, first_byte, frame, masked_frame, text_frame

SIZES = [0, 1, 125, 126, 127, 65535, 65536, 70000]


@pytest.mark.parametrize("size", SIZES)
def test_a_server_writes_the_shortest_header(size: int) -> None:
    payload = b"x" * size
    assert text_frame(payload) == raw_frame(1, payload, key=None)
    assert binary_frame(payload) == raw_frame(2, payload, key=None)
    assert frame(0x89, payload) == raw_frame(9, payload, key=None)


@pytest.mark.parametrize("size", SIZES)
def test_a_client_masks_with_a_new_key_each_time(size: int) -> None:
    payload = b"x" * size
    keys = set()
    for _ in range(3):
        written = masked_frame(0x82, payload)
        start = len(written) - size
        key = written[start - 4 : start]
        keys.add(key)
        assert written == raw_frame(2, payload, key=key)
        assert xor(written[start:], key) == payload
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("fin", "compressed", "byte"),
    [(True, False, 0x81), (False, False, 0x01), (True, True, 0xC1), (False, True, 0x41)],
)
def test_the_first_byte(fin: bool, compressed: bool, byte: int) -> None:
    assert first_byte(1, fin=fin, compressed=compressed) == byte
