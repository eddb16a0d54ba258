"""Between a connection that brings pieces and a handler that asks for them."""

from __future__ import annotations

import asyncio

import pytest

from zonda.web.body_reader import READ_AHEAD, BodyReader

LARGE = bytes(READ_AHEAD)


async def test_pieces_are_taken_in_order() -> None:
    reader = BodyReader()
    assert reader.data_received(b"a") is None
    taken = reader.data_received(LARGE)
    assert taken is not None and not taken.done()
    assert await anext(reader) == b"a"
    assert taken.done()
    assert reader.data_received(b"") is None
    assert await anext(reader) == LARGE
    assert await anext(reader) == b""
    reader.finish()
    with pytest.raises(StopAsyncIteration):
        await anext(reader)


async def test_asking_waits_for_a_piece_and_for_the_end() -> None:
    reader = BodyReader()

    async def read() -> list[bytes]:
        return [chunk async for chunk in reader]

    reading = asyncio.ensure_future(read())
    for chunk in (b"a", b"b"):
        await asyncio.sleep(0)
        assert reader.data_received(chunk) is None
    reader.finish()
    assert await reading == [b"a", b"b"]


async def test_a_failure_ends_both_sides() -> None:
    reader = BodyReader()
    taken = reader.data_received(LARGE + b"a")
    reader.fail(ValueError("gone"))
    assert taken is not None and taken.done()
    for _ in range(2):
        with pytest.raises(ValueError, match="gone"):
            await anext(reader)


async def test_what_nobody_wants_holds_nobody_up() -> None:
    reader = BodyReader()
    taken = reader.data_received(LARGE + b"a")
    reader.discard()
    assert taken is not None and taken.done()
    reader.finish()
    assert [chunk async for chunk in reader] == []


async def test_a_cancelled_reader_can_ask_again() -> None:
    reader = BodyReader()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(reader), 0.001)
    reader.data_received(b"a")
    assert await anext(reader) == b"a"
