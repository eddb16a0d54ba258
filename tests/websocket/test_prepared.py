"""A message for many is encoded and compressed once."""

from __future__ import annotations

import pytest

from tests.websocket.frames import client, codecs, server
from zonda.websocket.compression import CompressionOptions
from zonda.websocket.deflater import DeflateSettings
from zonda.websocket.prepared import PreparedMessage
from zonda.websocket.protocol import Protocol

SETTINGS = DeflateSettings(6, 15, 8)


@pytest.mark.parametrize(
    ("message", "binary", "expected"),
    [
        ("ü", None, "ü"),
        ("ü", True, "ü".encode()),
        (b"\x00", None, b"\x00"),
        (b"ok", False, "ok"),
        ("", None, ""),
        ("x" * 70_000, None, "x" * 70_000),
    ],
)
def test_peers_get_the_same_message(
    message: str | bytes, binary: bool | None, expected: str | bytes
) -> None:
    prepared = PreparedMessage(message, binary)
    plain, (ours, theirs) = server(), codecs(CompressionOptions(threshold=0))
    assert client().receive(plain.prepared(prepared)) == expected
    assert client(theirs).receive(server(ours).prepared(prepared)) == expected
    assert server().receive(client().prepared(prepared)) == expected


def test_frames_are_made_once() -> None:
    prepared = PreparedMessage("x" * 1000)
    assert prepared.plain_frame() is prepared.plain_frame()
    assert prepared.compressed_frame(SETTINGS) is prepared.compressed_frame(SETTINGS)
    other = SETTINGS._replace(window_bits=9)
    assert prepared.compressed_frame(other) is not prepared.compressed_frame(SETTINGS)


def test_it_can_stand_between_messages_of_its_own() -> None:
    ours, theirs = codecs(CompressionOptions(threshold=0))
    here: Protocol = server(ours)
    there = client(theirs)
    for number in range(3):
        own = "own message " * 5
        assert there.receive(here.message(own)) == own
        shared = f"shared {own} {number}"
        assert there.receive(here.prepared(PreparedMessage(shared))) == shared


def test_small_ones_are_not_compressed() -> None:
    ours, _ = codecs(CompressionOptions(threshold=100))
    prepared = PreparedMessage("x" * 99)
    assert server(ours).prepared(prepared) is prepared.plain_frame()
