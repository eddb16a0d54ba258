"""Rooms of one process."""

from __future__ import annotations

import asyncio

import pytest

from tests.websocket.chat import Chat
from tests.websocket.peers import serving
from zonda.websocket import Rooms, websocket_connect


async def test_what_is_said_in_a_room_is_heard_there() -> None:
    rooms = Rooms()
    async with serving([(r"/([a-z+]+)", Chat, {"rooms": rooms})]) as port:
        url = f"ws://127.0.0.1:{port}/"
        async with (
            websocket_connect(f"{url}a") as first,
            websocket_connect(f"{url}a+b") as second,
            websocket_connect(f"{url}b") as third,
        ):
            for websocket in (first, second, third):
                assert await websocket.read_message() == "welcome"
            first.write_message("a to a")
            assert await first.read_message() == "to a"
            assert await second.read_message() == "to a"
            first.write_message("b to b")
            assert await second.read_message() == "to b"
            assert await third.read_message() == "to b"
            second.write_message("a leave")
            assert await second.read_message() == "left"
            first.write_message("a again")
            assert await first.read_message() == "again"
            second.write_message("b still here")
            assert await second.read_message() == "still here"
            assert len(rooms.members("b")) == 2
        while rooms.members("a") or rooms.members("b"):
            await asyncio.sleep(0.001)
    assert rooms._members == {}


async def test_leaving_twice_or_joining_after_the_end_does_nothing() -> None:
    rooms = Rooms()
    handlers: list[Chat] = []

    class Kept(Chat):
        async def open(self, *args: str, **kwargs: str) -> None:
            handlers.append(self)
            await rooms.join("x", self)
            await rooms.join("x", self)
            assert rooms.members("x") == {self}
            await rooms.leave("x", self)
            await rooms.leave("x", self)
            await rooms.leave("y", self)

    async with serving([("/", Kept, {"rooms": rooms})]) as port:
        async with websocket_connect(f"ws://127.0.0.1:{port}/"):
            pass
        while handlers[0].ws_connection is not None:
            await asyncio.sleep(0.001)
        await rooms.join("x", handlers[0])
    assert rooms.members("x") == frozenset()


async def test_binary_and_json_go_too() -> None:
    rooms = Rooms()
    async with (
        serving([(r"/([a-z+]+)", Chat, {"rooms": rooms})]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/a") as websocket,
    ):
        assert await websocket.read_message() == "welcome"
        await rooms.publish("a", b"\xff", binary=True)
        await rooms.publish("a", {"x": 1})
        await rooms.publish("nobody", "x")
        assert [await websocket.read_message() for _ in range(2)] == [b"\xff", '{"x": 1}']
        with pytest.raises(ValueError, match="binary=True"):
            rooms.publish("a", b"\xff")
        await rooms.close()
        await rooms.publish("a", "nobody delivers this")
