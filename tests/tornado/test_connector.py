"""Trying several addresses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tornado.connector import Connector


class Stream:
    closed = False

    def close(self) -> None:
        self.closed = True


class Attempts:
    """Streams whose connecting ends when the test says so."""

    def __init__(self) -> None:
        self.pending: dict[Any, asyncio.Future[Stream]] = {}
        self.streams: dict[Any, Stream] = {}

    def __call__(self, family: Any, address: Any) -> tuple[Stream, asyncio.Future[Stream]]:
        self.pending[address] = asyncio.get_running_loop().create_future()
        self.streams[address] = Stream()
        return self.streams[address], self.pending[address]

    async def end(self, address: Any, error: Exception | None = None) -> None:
        future = self.pending.pop(address)
        if error is None:
            future.set_result(self.streams[address])
        else:
            future.set_exception(error)
        await asyncio.sleep(0)


ADDRESSES = [(4, "a"), (6, "b"), (4, "c")]


async def test_the_second_family_begins_when_the_first_has_failed() -> None:
    attempts = Attempts()
    connector = Connector(ADDRESSES, attempts)
    result = connector.start(timeout=60)
    assert set(attempts.pending) == {"a"}
    await attempts.end("a", OSError())
    assert set(attempts.pending) == {"b", "c"}
    await attempts.end("b")
    assert await result == (6, "b", attempts.streams["b"])
    assert attempts.streams["c"].closed
    await attempts.end("c")


async def test_the_last_error_is_raised() -> None:
    attempts = Attempts()
    result = Connector([(4, "a")], attempts).start()
    await attempts.end("a", OSError("refused"))
    with pytest.raises(OSError, match="refused"):
        await result


async def test_timeouts() -> None:
    attempts = Attempts()
    connector = Connector(ADDRESSES, attempts)
    result = connector.start(timeout=0)
    await asyncio.sleep(0.01)
    assert set(attempts.pending) == {"a", "b"}
    connector.on_connect_timeout()
    with pytest.raises(TimeoutError):
        await result
    assert all(stream.closed for stream in attempts.streams.values())
