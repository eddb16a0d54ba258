"""What writing returns."""

from __future__ import annotations

from zonda.iostream import READY, Ready, Room


async def test_ready_may_be_awaited_again_and_again() -> None:
    assert isinstance(READY, Ready)
    for _ in range(2):
        await READY


async def test_nothing_waits_for_room_that_nobody_awaits() -> None:
    waits = 0

    async def wait() -> None:
        nonlocal waits
        waits += 1

    room = Room(wait)
    assert waits == 0
    await room
    await room
    assert waits == 2
