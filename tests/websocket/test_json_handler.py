"""A handler whose messages are objects."""

from __future__ import annotations

from dataclasses import dataclass

from tests.websocket.peers import serving
from zonda.websocket import InvalidMessage, JSONWebSocketHandler, websocket_connect


@dataclass
class Move:
    x: int
    y: int = 0


class Mirror(JSONWebSocketHandler[Move], message_type=Move):
    async def on_json(self, message: Move) -> None:
        await self.write_json(Move(-message.x, -message.y))


class Forgiving(Mirror):
    def on_invalid(self, error: InvalidMessage) -> None:
        self.write_json({"error": str(error)})


class Open(JSONWebSocketHandler[object]):
    """Without a type anything is good, and without on_json it is ignored."""


async def test_messages_are_objects() -> None:
    async with (
        serving([("/", Mirror)]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        await websocket.write_message({"x": 3})
        assert await websocket.read_message() == '{"x": -3, "y": 0}'


async def test_others_close_it_with_a_reason() -> None:
    async with serving([("/", Mirror)]) as port:
        for text, reason in (
            ('{"x": "3"}', "x: expected int, got str"),
            ("hello", "no JSON: Expecting value: line 1 column 1 (char 0)"),
        ):
            async with websocket_connect(f"ws://127.0.0.1:{port}/") as websocket:
                await websocket.write_message(text)
                assert await websocket.read_message() is None
                assert (websocket.close_code, websocket.close_reason) == (1007, reason)


async def test_or_whatever_the_handler_wants() -> None:
    async with (
        serving([("/", Forgiving)]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        await websocket.write_message("[]")
        assert await websocket.read_message() == '{"error": "expected dict, got list"}'
        await websocket.write_message({"x": 1, "y": 2})
        assert await websocket.read_message() == '{"x": -1, "y": -2}'


async def test_a_long_reason_is_cut() -> None:
    async with (
        serving([("/", Mirror)]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        await websocket.write_message('{"x": ' + "ü" * 1000)
        assert await websocket.read_message() is None
        assert websocket.close_code == 1007


async def test_without_a_type_anything_is_good() -> None:
    async with (
        serving([("/", Open)]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        await websocket.write_message("[1, null]")
        await websocket.write_message(b"{}", binary=True)
        await websocket.write_message("broken")
        assert await websocket.read_message() is None
        assert websocket.close_code == 1007
