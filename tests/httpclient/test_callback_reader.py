"""What is called while an answer comes."""

from __future__ import annotations

import asyncio
import io
import tracemalloc
from contextvars import ContextVar
from typing import Any

import pytest

from tests.httpclient.leftovers import nothing_left
from tests.httpclient.servers import OK, answer, compressed, serving
from zonda.http import available_codings
from zonda.httpclient import (
    AsyncHTTPClient,
    ClientClosedError,
    HTTPStreamClosedError,
    RequestError,
    ResponseError,
)

variable: ContextVar[str] = ContextVar("variable", default="unset")


async def test_callbacks_get_lines_and_pieces_in_the_callers_context(
    client: AsyncHTTPClient,
) -> None:
    lines: list[str] = []
    pieces: list[bytes] = []
    seen: set[str] = set()

    def on_line(line: str) -> None:
        seen.add(variable.get())
        lines.append(line)

    def on_piece(data: bytes) -> None:
        seen.add(variable.get())
        pieces.append(data)

    async with serving(answer(b"body", x="y")) as server:
        variable.set("before")
        await client.fetch(server.url)
        variable.set("mine")
        response = await client.fetch(
            server.url, header_callback=on_line, streaming_callback=on_piece
        )
    assert lines == ["HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n", "X: y\r\n", "\r\n"]
    assert b"".join(pieces) == b"body"
    assert response.body == b""
    assert seen == {"mine"}


async def test_a_callback_that_is_awaited_holds_the_body_up(client: AsyncHTTPClient) -> None:
    running = 0
    total = 0

    async def slow(data: bytes) -> None:
        nonlocal running, total
        running += 1
        assert running == 1
        await asyncio.sleep(0.001)
        total += len(data)
        running -= 1

    async with serving(answer(b"x" * 500_000)) as server:
        await client.fetch(server.url, streaming_callback=slow)
        assert total == 500_000
        assert (await client.fetch(server.url)).body == b"x" * 500_000
        assert server.connections == 1


@pytest.mark.parametrize("coding", available_codings())
async def test_a_body_that_unfolds_is_held_up_too(client: AsyncHTTPClient, coding: str) -> None:
    running = 0
    total = 0
    seen: set[str] = set()

    async def slow(data: bytes) -> None:
        nonlocal running, total
        running += 1
        assert running == 1
        seen.add(variable.get())
        await asyncio.sleep(0)
        total += len(data)
        running -= 1

    size = 20_000_000
    variable.set("mine")
    async with serving(compressed(bytes(size), coding)) as server:
        tracemalloc.start()
        await client.fetch(server.url, streaming_callback=slow)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (total, seen) == (size, {"mine"})
        assert peak < 4_000_000
        with pytest.raises(ResponseError, match="decompressed"):
            await client.fetch(server.url, streaming_callback=slow, max_body_size=size // 2)
        assert size + size // 4 < total <= size + size // 2
    assert nothing_left(client)


@pytest.mark.parametrize("waits", [False, True])
async def test_nobody_is_called_after_the_end(client: AsyncHTTPClient, waits: bool) -> None:
    calls = 0

    async def later() -> None:
        """To be awaited."""

    def closing(data: bytes) -> object:
        nonlocal calls
        calls += 1
        client.close()
        return later() if waits else None

    async with serving(compressed(bytes(10_000_000))) as server:
        with pytest.raises(ClientClosedError):
            await client.fetch(server.url, streaming_callback=closing)
        await asyncio.sleep(0.01)
    assert calls == 1


@pytest.mark.parametrize("waits", [False, True])
async def test_a_callback_that_raises_ends_the_fetch(client: AsyncHTTPClient, waits: bool) -> None:
    def now(data: bytes) -> None:
        raise ZeroDivisionError

    async def later(data: bytes) -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    async with serving(answer(b"x" * 100)) as server:
        with pytest.raises(ZeroDivisionError):
            await client.fetch(server.url, streaming_callback=later if waits else now)
    assert nothing_left(client)


async def cancelled(data: bytes) -> None:
    """Waits for what somebody else has cancelled."""
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


def cancelled_at_once(data: object) -> None:
    raise asyncio.CancelledError


async def raising(data: bytes) -> None:
    await asyncio.sleep(0)
    raise KeyError("mine")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"streaming_callback": cancelled}, HTTPStreamClosedError),
        ({"streaming_callback": cancelled_at_once}, HTTPStreamClosedError),
        ({"header_callback": cancelled_at_once}, HTTPStreamClosedError),
        ({"streaming_callback": raising}, KeyError),
        ({"method": "PUT", "body_producer": cancelled}, RequestError),
        ({"method": "PUT", "body_producer": cancelled_at_once}, RequestError),
        ({"method": "PUT", "body_producer": raising}, KeyError),
    ],
)
async def test_a_callback_that_fails_in_any_way_ends_the_fetch_and_its_connection(
    client: AsyncHTTPClient, options: dict[str, Any], error: type[Exception]
) -> None:
    async with serving(answer(b"x" * 1_000_000)) as server:
        for _ in range(2):
            with pytest.raises(error):
                await client.fetch(server.url, request_timeout=0, **options)
            assert nothing_left(client)
            assert client.pool.idle_count == 0


async def test_a_callback_may_be_the_write_of_a_file(client: AsyncHTTPClient) -> None:
    """Its result, a number, is of no interest."""
    async with serving(answer(b"x" * 1_000_000)) as server:
        file = io.BytesIO()
        await client.fetch(server.url, streaming_callback=file.write)
    assert len(file.getvalue()) == 1_000_000


async def test_a_header_callback_that_raises_ends_the_fetch(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        with pytest.raises(ZeroDivisionError):
            await client.fetch(server.url, header_callback=lambda line: 1 // 0)
    assert (nothing_left(client), client.pool.idle_count) == (True, 0)


async def test_cancelling_while_a_callback_is_awaited(client: AsyncHTTPClient) -> None:
    began = asyncio.Event()

    async def stuck(data: bytes) -> None:
        began.set()
        await asyncio.Event().wait()

    async with serving(OK) as server:
        future = client.fetch(server.url, streaming_callback=stuck)
        await began.wait()
        await asyncio.sleep(0)
        future.cancel()
    assert nothing_left(client)
