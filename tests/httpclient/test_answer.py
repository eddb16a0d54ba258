"""Content codings, and how large a body may be."""

from __future__ import annotations

import gzip
import zlib

import pytest

from tests.httpclient.leftovers import nothing_left
from tests.httpclient.servers import OK, Close, answer, serving
from zonda.httpclient import AsyncHTTPClient, ResponseError


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_answers_are_decompressed(client: AsyncHTTPClient, coding: str) -> None:
    body = (gzip.compress if coding == "gzip" else zlib.compress)(b"hello" * 100)
    async with serving(answer(body, content_encoding=coding)) as server:
        response = await client.fetch(server.url)
        assert response.body == b"hello" * 100
        assert response.headers["X-Consumed-Content-Encoding"] == coding
        assert "Content-Encoding" not in response.headers
        response = await client.fetch(server.url, decompress_response=False)
        assert (response.body, response.headers["Content-Encoding"]) == (body, coding)
        assert "accept-encoding" not in server.last.headers


async def test_an_unknown_coding_is_left_alone(client: AsyncHTTPClient) -> None:
    async with serving(answer(b"???", content_encoding="secret")) as server:
        response = await client.fetch(server.url)
    assert (response.body, response.headers["Content-Encoding"]) == (b"???", "secret")


GZIPPED = gzip.compress(b"hello")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (GZIPPED + gzip.compress(b" world"), b"hello world"),
        (GZIPPED[:-5], None),
        (GZIPPED[:-8] + b"\0" * 8, None),
        (GZIPPED + b"garbage", None),
        (b"not compressed", None),
    ],
)
async def test_damaged_bodies(client: AsyncHTTPClient, body: bytes, expected: bytes | None) -> None:
    async with serving(answer(body, content_encoding="gzip")) as server:
        if expected is None:
            with pytest.raises(ResponseError, match="gzip"):
                await client.fetch(server.url)
        else:
            assert (await client.fetch(server.url)).body == expected
    assert nothing_left(client)


def sized(size: int, how: str) -> bytes:
    body = b"x" * size
    match how:
        case "length":
            return answer(body)
        case "chunked":
            chunk = b"%x\r\n%b\r\n" % (size, body) if size else b""
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            return head + chunk + b"0\r\n\r\n"
        case "close":
            return Close(b"HTTP/1.1 200 OK\r\n\r\n" + body)
        case "HTTP/1.0":
            return Close(b"HTTP/1.0 200 OK\r\n\r\n" + body)
    return answer(gzip.compress(body), content_encoding="gzip")


@pytest.mark.parametrize("how", ["length", "chunked", "close", "HTTP/1.0", "gzip"])
@pytest.mark.parametrize("streams", [False, True])
async def test_a_body_beyond_the_limit_is_an_error(how: str, streams: bool) -> None:
    pieces: list[bytes] = []
    callback = pieces.append if streams else None
    async with (
        AsyncHTTPClient(True, max_body_size=1000) as client,
        serving(lambda r: sized(int(r.target[1:]), how)) as server,
    ):
        await client.fetch(f"{server.url}/1000", streaming_callback=callback)
        with pytest.raises(ResponseError, match="1000"):
            await client.fetch(f"{server.url}/1001", streaming_callback=callback)
        response = await client.fetch(f"{server.url}/1001", max_body_size=1001)
        assert len(response.body) == 1001
    assert nothing_left(client)


@pytest.mark.parametrize(
    ("settings", "fits"),
    [
        ({"max_body_size": 0}, False),
        ({"max_buffer_size": 1}, False),
        ({"max_buffer_size": 1, "max_body_size": 2}, True),
        ({"max_buffer_size": 2}, True),
    ],
)
async def test_the_limit_of_a_client(settings: dict[str, int], fits: bool) -> None:
    async with AsyncHTTPClient(True, **settings) as client, serving(OK) as server:
        if fits:
            assert (await client.fetch(server.url)).body == b"ok"
        else:
            with pytest.raises(ResponseError, match="too long"):
                await client.fetch(server.url)


async def test_a_bomb_costs_no_more_than_the_limit(client: AsyncHTTPClient) -> None:
    import tracemalloc

    bomb = gzip.compress(b"\0" * 50_000_000)
    async with serving(answer(bomb, content_encoding="gzip")) as server:
        tracemalloc.start()
        with pytest.raises(ResponseError, match="decompressed"):
            await client.fetch(server.url, max_body_size=1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 8_000_000
