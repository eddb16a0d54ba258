"""A step goes on by itself; what goes wrong is told once, to whoever asks."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.auth.plain_handler import Browser, PlainHandler
from zonda.auth import AuthError, Pending
from zonda.auth.pending import start


@pytest.fixture
def handler(browser: Browser) -> PlainHandler:
    return PlainHandler(browser, "/", {})


async def give(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


async def test_awaited(handler: PlainHandler) -> None:
    assert await start(handler, give(1)) == 1
    with pytest.raises(AuthError, match="no"):
        await start(handler, give(AuthError("no")))
    assert handler.error is None
    results = await asyncio.gather(start(handler, give(1)), start(handler, give(2)))
    assert list(results) == [1, 2]


async def test_not_awaited(handler: PlainHandler) -> None:
    start(handler, give(1))
    start(handler, give(error := AuthError("no")))
    await handler.ended.wait()
    assert handler.error is error


async def test_callbacks(handler: PlainHandler, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Any] = []

    async def later(value: Any) -> None:
        await asyncio.sleep(0)
        seen.append(value)

    assert await start(handler, give(1), seen.append) == 1
    await start(handler, give(2), later)
    with caplog.at_level(logging.WARNING):
        assert await start(handler, give(AuthError("she said no")), seen.append) is None
    assert seen == [1, 2, None]
    assert caplog.messages == ["login failed: she said no"]


async def test_errors_that_are_no_login_that_failed(handler: PlainHandler) -> None:
    seen: list[Any] = []
    with pytest.raises(ZeroDivisionError):
        await start(handler, give(ZeroDivisionError()), seen.append)
    assert seen == []

    def fail(value: Any) -> None:
        raise LookupError(value)

    start(handler, give(1), fail)
    await handler.ended.wait()
    assert isinstance(handler.error, LookupError)


async def test_cancelled(handler: PlainHandler) -> None:
    async def wait() -> None:
        await Pending(handler, forever())

    ended = asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await ended.wait()
    assert handler.error is None
