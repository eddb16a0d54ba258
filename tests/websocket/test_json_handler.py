"""A handler whose messages are objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import pytest

from tests.websocket.peers import serving
from zonda.websocket import InvalidMessage, JSONWebSocketHandler, websocket_connect

T = TypeVar("T")


@dataclass
class Move:
    x: int
    y: int = 0


class Mirror(JSONWebSocketHandler[Move]):
    async def on_json(self, message: Move) -> None:
        await self.write_json(Move(-message.x, -message.y))


class Forgiving(Mirror):
    def on_invalid(self, error: InvalidMessage) -> None:
        self.write_json({"error": str(error)})


class Open(JSONWebSocketHandler[object]):
    """Without a type anything is good, and without on_json it is ignored."""


class MirrorByName(JSONWebSocketHandler[object], message_type=Move):
    """The type that counts is the one by name."""

    async def on_json(self, message: object) -> None:
        assert isinstance(message, Move)
        await self.write_json(Move(-message.x, -message.y))


class Several(JSONWebSocketHandler[list[T]]):
    """Takes many, of a type that is open."""

    def on_json(self, message: list[T]) -> None:
        self.write_json({"length": len(message)})


class Moves(Several[Move]):
    """Closes it."""


@pytest.mark.parametrize("kind", [Mirror, MirrorByName, type("Heir", (Mirror,), {})])
async def test_messages_are_objects(kind: type[Mirror]) -> None:
    async with (
        serving([("/", kind)]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        await websocket.write_message({"x": 3})
        assert await websocket.read_message() == '{"x": -3, "y": 0}'


async def test_a_type_may_be_given_in_parts() -> None:
    async with (
        serving([("/", Moves)]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        await websocket.write_message('[{"x": 1}, {"x": 2}]')
        assert await websocket.read_message() == '{"length": 2}'
        await websocket.write_message('[{"x": 1}, {"x": "2"}]')
        assert await websocket.read_message() is None
        assert websocket.close_reason == "[1].x: expected int, got str"


def test_a_type_that_json_does_not_have_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match=r"complex.* cannot be read from JSON"):

        class Wrong(JSONWebSocketHandler[complex]):
            pass


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
