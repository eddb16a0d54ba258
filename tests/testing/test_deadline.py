"""Deadlines say where the time went."""

from __future__ import annotations

import asyncio

import pytest

from zonda.testing.deadline import finish_in_time, waiting_lines


async def test_a_result_in_time() -> None:
    assert await finish_in_time(asyncio.sleep(0, 7), 5, "it") == 7


async def test_an_error_in_time() -> None:
    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        await finish_in_time(fail(), 5, "it")


async def test_too_late_and_tidied() -> None:
    tidied = False

    async def slow() -> None:
        nonlocal tidied
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied = True

    with pytest.raises(TimeoutError, match=r"it took more than 0\.01 seconds, waiting in\n.*slow"):
        await finish_in_time(slow(), 0.01, "it")
    assert tidied


async def test_a_future_has_no_lines() -> None:
    future = asyncio.get_running_loop().create_future()
    with pytest.raises(TimeoutError, match=r"seconds$"):
        await finish_in_time(future, 0.01, "it")
    assert waiting_lines(future) == ""


async def test_cancelling_cancels() -> None:
    future = asyncio.get_running_loop().create_future()
    waiting = asyncio.ensure_future(finish_in_time(future, 5, "it"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0)
    assert future.cancelled()
