from __future__ import annotations

import asyncio
import gzip
import os
import tracemalloc

import pytest

from tests.httpclient.leftovers import nothing_left
from tests.httpclient.servers import OK, Close, Request, answer, compressed, serving
from zonda.http import available_codings
from zonda.httpclient import (
    AsyncHTTPClient,
    HTTPClientError,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    ResponseError,
)
from zonda.httpclient.stream import HIGH_WATER


async def test_the_head_comes_before_the_body(client: AsyncHTTPClient) -> None:
    more = asyncio.Event()

    async def handler(request: Request) -> bytes:
        request.writer.write(b"HTTP/1.1 200 Fine\r\nX: y\r\nContent-Length: 6\r\n\r\nabc")
        await more.wait()
        return b"def"

    async with serving(handler) as server:
        for _ in range(2):
            more.clear()
            async with client.stream(server.url) as response:
                assert (response.code, response.reason) == (200, "Fine")
                assert response.headers["X"] == "y"
                assert response.effective_url == server.url
                assert await anext(response) == b"abc"
                more.set()
                assert [piece async for piece in response] == [b"def"]
        assert server.connections == 1


async def test_redirects_and_codings(client: AsyncHTTPClient) -> None:
    def handler(request: Request) -> bytes:
        if request.target == "/":
            return answer(b"moved", "302 Found", location="/there")
        return answer(gzip.compress(b"x" * 100_000), content_encoding="gzip")

    async with serving(handler) as server, client.stream(server.url) as response:
        assert await response.read() == b"x" * 100_000
        assert response.effective_url == f"{server.url}/there"


async def test_a_server_waits_for_who_does_not_read(client: AsyncHTTPClient) -> None:
    sent = 0

    async def handler(request: Request) -> None:
        nonlocal sent
        request.writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 64 * 2**20:
            request.writer.write(b"x" * 65536)
            await request.writer.drain()
            sent += 65536

    async with serving(handler) as server:
        async with client.stream(server.url) as response:
            await asyncio.sleep(0.1)
            assert response._size < 4 * HIGH_WATER
            assert sent < 32 * 2**20
            total = 0
            async for piece in response:
                total += len(piece)
        assert total == sent == 64 * 2**20


@pytest.mark.parametrize("coding", available_codings())
async def test_a_body_that_unfolds_waits_as_it_was_sent(
    client: AsyncHTTPClient, coding: str
) -> None:
    size = 20_000_000
    async with serving(compressed(bytes(size), coding)) as server:
        async with client.stream(server.url) as response:
            tracemalloc.start()
            total = len(await anext(response))
            assert response._size < 2 * HIGH_WATER
            async for piece in response:
                assert response._size < 2 * HIGH_WATER
                assert piece.count(0) == len(piece)
                total += len(piece)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert total == size
        assert peak < 16 * HIGH_WATER
        assert (client.pool.active_count, client.pool.idle_count) == (0, 1)


async def test_what_comes_while_a_body_unfolds_waits_too(client: AsyncHTTPClient) -> None:
    body = b"".join(os.urandom(5000) + bytes(400_000) for _ in range(20))
    head, _, data = compressed(body).partition(b"\r\n\r\n")

    async def handler(request: Request) -> bytes:
        request.writer.write(head + b"\r\n\r\n")
        for start in range(0, len(data), 7000):
            request.writer.write(data[start : start + 7000])
            await asyncio.sleep(0)
        return b""

    async with serving(handler) as server:
        async with client.stream(server.url) as response:
            read = bytearray()
            async for piece in response:
                assert response._size < 2 * HIGH_WATER
                read += piece
                await asyncio.sleep(0)
        assert read == body
        assert await client.fetch(server.url)
        assert server.connections == 1


UNFOLDING = 50 * HIGH_WATER


@pytest.mark.parametrize(
    ("reply", "options", "match"),
    [
        (compressed(bytes(UNFOLDING)), {"max_body_size": UNFOLDING - 1}, "decompressed"),
        (
            answer(gzip.compress(bytes(UNFOLDING))[:-4] + b"oops", content_encoding="gzip"),
            {},
            "gzip",
        ),
        (answer(gzip.compress(bytes(UNFOLDING))[:-4], content_encoding="gzip"), {}, "cut off"),
    ],
)
async def test_errors_at_the_end_of_what_unfolds(
    client: AsyncHTTPClient, reply: bytes, options: dict[str, int], match: str
) -> None:
    total = 0
    async with (
        serving(reply) as server,
        client.stream(server.url, raise_error=True, **options) as response,  # type: ignore[arg-type]  # options
    ):
        with pytest.raises(ResponseError, match=match):
            async for piece in response:
                total += len(piece)
    assert UNFOLDING - 2 * HIGH_WATER < total <= UNFOLDING
    assert nothing_left(client)


async def test_the_time_of_a_body_that_unfolds_is_bounded(client: AsyncHTTPClient) -> None:
    async with (
        serving(compressed(bytes(UNFOLDING))) as server,
        client.stream(server.url, request_timeout=0.1) as response,
    ):
        while response._error is None:
            await asyncio.sleep(0.01)
        with pytest.raises(HTTPTimeoutError, match="body is taken"):
            await response.read()
    assert nothing_left(client)


async def test_leaving_a_body_that_unfolds(client: AsyncHTTPClient) -> None:
    async with serving(compressed(bytes(UNFOLDING))) as server:
        async with client.stream(server.url) as response:
            await anext(response)
        assert nothing_left(client)
        with pytest.raises(HTTPStreamClosedError, match="was left"):
            await response.read()
        async with client.stream(server.url) as response:
            assert len(await response.read()) == UNFOLDING


async def test_leaving_early_ends_the_connection(client: AsyncHTTPClient) -> None:
    async with serving(answer(b"x" * 10_000_000)) as server:
        async with client.stream(server.url) as response:
            await anext(response)
        assert (client.pool.active_count, client.pool.idle_count) == (0, 0)
        with pytest.raises(HTTPStreamClosedError, match="was left"):
            await response.read()
        async with client.stream(server.url) as response:
            assert len(await response.read()) == 10_000_000
        assert client.pool.idle_count == 1


async def test_errors_before_the_body(client: AsyncHTTPClient) -> None:
    async with serving(answer(b"why", "404 No")) as server:
        with pytest.raises(HTTPClientError, match="404"):
            async with client.stream(server.url):
                pass
        async with client.stream(server.url, raise_error=False) as response:
            assert (response.code, await response.read()) == (404, b"why")
    with pytest.raises(ConnectionRefusedError):
        async with client.stream("http://127.0.0.1:1/"):
            pass
    assert client.pool.active_count == 0


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Close(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), HTTPStreamClosedError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd", ResponseError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", HTTPTimeoutError),
        (answer(gzip.compress(b"abc")[:-3], content_encoding="gzip"), ResponseError),
    ],
)
async def test_errors_within_the_body(
    client: AsyncHTTPClient, reply: bytes, error: type[Exception]
) -> None:
    async with (
        serving(reply) as server,
        client.stream(server.url, request_timeout=0.2) as response,
    ):
        with pytest.raises(error):
            await response.read()
    assert (client.pool.active_count, client.pool.idle_count) == (0, 0)


async def test_cancelling_who_reads(client: AsyncHTTPClient) -> None:
    async def read(url: str) -> None:
        async with client.stream(url) as response:
            await response.read()

    async def handler(request: Request) -> bytes:
        request.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
        return await request.reader.read()

    async with serving(handler) as server:
        for turns in range(30):
            task = asyncio.ensure_future(read(server.url))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    for _ in range(5):
        await asyncio.sleep(0)
    assert (client.pool.active_count, len(client.fetches.members)) == (0, 0)


async def test_a_stream_has_no_callback(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        with pytest.raises(ValueError, match="streaming_callback"):
            client.stream(server.url, streaming_callback=print)


async def test_what_makes_no_sense_with_a_stream(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        stream = client.stream(server.url)
        assert stream.request.url == server.url
        with pytest.raises(RuntimeError, match="entered first"):
            _ = stream.code
        with pytest.raises(RuntimeError, match="entered first"):
            await stream.read()
        async with stream:
            assert await stream.read() == b"ok"
            assert await stream.read() == b""
        with pytest.raises(RuntimeError, match="entered once"):
            await stream.__aenter__()
        assert (stream.code, client.pool.idle_count) == (200, 1)


async def test_a_stream_has_one_reader_at_a_time(client: AsyncHTTPClient) -> None:
    more = asyncio.Event()

    async def handler(request: Request) -> bytes:
        request.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        await more.wait()
        return b"def"

    async with serving(handler) as server, client.stream(server.url) as response:
        assert await anext(aiter(response)) == b"abc"
        first = asyncio.ensure_future(response.read())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="somebody else"):
            await response.read()
        more.set()
        assert await first == b"def"


@pytest.mark.parametrize("size", [3, HIGH_WATER * 2])
async def test_a_read_that_is_cancelled_loses_nothing(client: AsyncHTTPClient, size: int) -> None:
    more = asyncio.Event()

    async def handler(request: Request) -> bytes:
        request.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (size * 2))
        request.writer.write(b"a" * size)
        await more.wait()
        return b"b" * size

    async with serving(handler) as server, client.stream(server.url) as response:
        reading = asyncio.ensure_future(response.read())
        while not response._waiter or response._pieces or response._waiter.done():
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        more.set()
        assert await response.read() == b"a" * size + b"b" * size
