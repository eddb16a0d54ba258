"""Messages that wait for a reader."""

from __future__ import annotations

import asyncio

import pytest

from zonda.websocket.errors import WebSocketError
from zonda.websocket.inbox import MAX_INBOX, Inbox


async def test_messages_come_in_order_and_then_none() -> None:
    inbox = Inbox()
    assert inbox.put("1") is None
    assert inbox.put(b"2") is None
    inbox.end()
    assert [await inbox.take() for _ in range(4)] == ["1", b"2", None, None]


async def test_a_reader_waits_for_a_message_or_the_end() -> None:
    inbox = Inbox()
    for expected in ("x", None):
        reader = asyncio.ensure_future(inbox.take())
        await asyncio.sleep(0)
        assert not reader.done()
        if expected is None:
            inbox.end()
        else:
            inbox.put(expected)
        assert await reader == expected


async def test_a_full_inbox_makes_the_sender_wait() -> None:
    inbox = Inbox()
    waits = [inbox.put(str(number)) for number in range(MAX_INBOX)]
    room = waits.pop()
    assert waits == [None] * (MAX_INBOX - 1)
    assert room is not None
    waiting = asyncio.ensure_future(room)
    for number in range(MAX_INBOX // 2):
        await asyncio.sleep(0)
        assert not waiting.done()
        assert await inbox.take() == str(number)
    await waiting


async def test_a_sender_that_gave_up_does_not_disturb() -> None:
    inbox = Inbox()
    for number in range(MAX_INBOX):
        room = inbox.put(str(number))
    assert isinstance(room, asyncio.Future)
    room.cancel()
    for number in range(MAX_INBOX):
        assert await inbox.take() == str(number)


async def test_there_is_one_reader_at_a_time() -> None:
    inbox = Inbox()
    first = asyncio.ensure_future(inbox.take())
    await asyncio.sleep(0)
    with pytest.raises(WebSocketError, match="another reader"):
        await inbox.take()
    inbox.put("x")
    assert await first == "x"


async def test_a_reader_that_gave_up_loses_nothing() -> None:
    inbox = Inbox()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await inbox.take()
    inbox.put("x")
    assert await inbox.take() == "x"
