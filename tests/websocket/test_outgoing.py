"""What can be sent."""

from __future__ import annotations

import types

import pytest

from tests.websocket.peers import Echo, serving
from zonda.websocket import Rooms, prepare, websocket_connect
from zonda.websocket.outgoing import Message, as_text_or_bytes


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        ("text", "text"),
        (b"bytes", b"bytes"),
        (bytearray(b"bytes"), b"bytes"),
        (memoryview(b"bytes"), b"bytes"),
        ({"a": [1, None]}, '{"a": [1, null]}'),
        (types.MappingProxyType({"a": 1}), '{"a": 1}'),
    ],
)
def test_what_is_sent_as_what(message: Message, sent: str | bytes) -> None:
    assert as_text_or_bytes(message) == sent


@pytest.mark.parametrize("message", [None, 5, ["a"], object()])
async def test_anything_else_is_refused_everywhere(message: Message) -> None:
    refused = pytest.raises(TypeError, match=f"not {type(message).__name__}")
    async with (
        serving([("/", Echo)]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        with refused:
            websocket.write_message(message)
        with refused:
            prepare(message)
        with refused:
            Rooms().publish("room", message)
        await websocket.write_message("and goes on")
        assert await websocket.read_message() == "and goes on"
