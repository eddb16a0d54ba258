"""Answers, good and odd: what is taken for the end of one, and what ends the connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.httpclient.servers import OK, Close, Request, Server, answer, serving
from zonda.httpclient import (
    AsyncHTTPClient,
    HeadTooLargeError,
    HTTPClientError,
    HTTPStreamClosedError,
    ResponseError,
)
from zonda.iostream import UnsatisfiableReadError

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

GOOD = {
    "length": (answer(b"hello"), b"hello", True),
    "empty": (answer(b""), b"", True),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", b"x", True),
    "chunked": (CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", b"abcde", True),
    "chunked with trailers": (CHUNKED + b"1\r\na\r\n0\r\nX-T: 1\r\n\r\n", b"a", True),
    "until close": (Close(HEAD + b"\r\nuntil the end"), b"until the end", False),
    "until close, empty": (Close(HEAD + b"\r\n"), b"", False),
    "says close": (HEAD + b"Content-Length: 1\r\nConnection: close\r\n\r\nx", b"x", False),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", b"x", False),
    "HTTP/1.0 kept": (
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx",
        b"x",
        True,
    ),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    "after interim answers": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
        b"ok",
        True,
    ),
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("pieces", ["whole", "bytes"])
async def test_good_answers(client: AsyncHTTPClient, name: str, pieces: str) -> None:
    raw, body, kept = GOOD[name]

    async def handler(request: Request) -> bytes | None:
        if pieces == "whole":
            return raw
        for i in range(len(raw)):
            request.writer.write(raw[i : i + 1])
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return Close(b"") if isinstance(raw, Close) else b""

    async with serving(handler) as server:
        for _ in range(2):
            assert (await client.fetch(server.url)).body == body
        assert server.connections == (1 if kept else 2)


BAD = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "no HTTP, and nothing behind it": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a single letter": b"x",
    "another version, and nothing behind it": b"HTTP/2 200 OK\r\n",
    "HTTP/2": b"HTTP/2 200 OK\r\n\r\n",
    "a status below all": b"HTTP/1.1 099 Low\r\n\r\n" + OK,
    "a status with four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a control character in the reason": b"HTTP/1.1 200 O\x01K\r\n\r\n",
    "length and chunked": (
        HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    ),
    "two lengths": HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "two lengths in a line": HEAD + b"Content-Length: 3, 4\r\n\r\nabc",
    "204 with a body": b"HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\nx",
    "a length with a sign": HEAD + b"Content-Length: +3\r\n\r\nabc",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "a length of other digits": HEAD + "Content-Length: ３\r\n\r\nabc".encode(),
    "a length beyond all": HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
    "another coding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare line feed": b"HTTP/1.1 200 OK\nContent-Length: 0\n\nrest\r\n\r\n",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "a space before the colon": HEAD + b"Content-Length : 0\r\n\r\n",
    "no colon": HEAD + b"nonsense\r\n\r\n",
    "a zero character": HEAD + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "a chunk size that is none": CHUNKED + b"xyz\r\nabc\r\n0\r\n\r\n",
    "a chunk size with 0x": CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "a negative chunk size": CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n",
    "a chunk without its line end": CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n",
    "a chunk size line without end": CHUNKED + b"1" * 1000,
    "a switch of protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "too many interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 11 + OK,
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_answers_are_errors_and_end_the_connection(
    client: AsyncHTTPClient, name: str
) -> None:
    async with serving(BAD[name]) as server:
        for _ in range(2):
            with pytest.raises(ResponseError) as caught:
                await client.fetch(server.url)
            assert caught.value.code == 599
            assert str(caught.value)
        assert server.connections == 2
        assert (client.pool.active_count, client.pool.idle_count) == (0, 0)


async def test_a_folded_line_is_unfolded(client: AsyncHTTPClient) -> None:
    """RFC 9112 section 5.2."""
    async with serving(HEAD + b"X: a\r\n\t b\r\nContent-Length: 0\r\n\r\n") as server:
        assert (await client.fetch(server.url)).headers["X"] == "a b"


@pytest.mark.parametrize(
    "lines", [b"Content-Length: 3, 3\r\n", b"Content-Length: 3\r\nContent-Length: 3\r\n"]
)
async def test_a_length_may_be_repeated(own_client: AsyncHTTPClient, lines: bytes) -> None:
    """RFC 9110 section 8.6."""
    async with serving(HEAD + lines + b"\r\nabc") as server:
        response = await own_client.fetch(server.url)
        assert (response.body, response.headers["Content-Length"]) == (b"abc", "3")
        await own_client.fetch(server.url)
        assert server.connections == 1


CUT = {
    "nothing": b"",
    "half a head": HEAD + b"Content-Le",
    "a body of a length": HEAD + b"Content-Length: 10\r\n\r\nabc",
    "a chunk": CHUNKED + b"a\r\nabc",
    "no last chunk": CHUNKED + b"3\r\nabc\r\n",
    "half a last chunk": CHUNKED + b"3\r\nabc\r\n0\r\n",
    "an interim answer": b"HTTP/1.1 100 Continue\r\n\r\n",
}


@pytest.mark.parametrize("name", CUT)
async def test_an_answer_that_is_cut_off_is_an_error(client: AsyncHTTPClient, name: str) -> None:
    async with serving(Close(CUT[name])) as server:
        with pytest.raises(HTTPStreamClosedError):
            await client.fetch(server.url)
    assert (client.pool.active_count, client.pool.idle_count) == (0, 0)


async def test_a_body_until_close_that_ends_with_a_reset_is_an_error(
    client: AsyncHTTPClient,
) -> None:
    got = asyncio.Event()

    async def handler(request: Request) -> None:
        request.writer.write(HEAD + b"\r\nhalf of")
        await got.wait()
        sock = request.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.writer.transport.abort()

    async with serving(handler) as server:
        with pytest.raises(HTTPStreamClosedError):
            await client.fetch(server.url, streaming_callback=lambda data: got.set())


@contextlib.asynccontextmanager
async def endless(head: bytes, piece: bytes) -> AsyncIterator[tuple[Server, list[int]]]:
    """A server that begins an answer and never ends it; counts what the client takes."""
    sent = [0]

    async def handler(request: Request) -> None:
        request.writer.write(head)
        while True:
            request.writer.write(piece)
            sent[0] += len(piece)
            await request.writer.drain()

    async with serving(handler) as server:
        yield server, sent


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 ", b"O" * 65536),
        (HEAD, b"X: " + b"y" * 65533),
        (HEAD, b"X: y\r\n" * 10000),
        (CHUNKED, b"0" * 65536),
        (CHUNKED + b"0\r\n", b"X: " + b"y" * 65533),
        (CHUNKED + b"0\r\n", b"X: y\r\n" * 10000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        (b"", b"HTTP/1.1 103 Early\r\nX: " + b"y" * 65536),
    ],
    ids=lambda value: repr(value[:24]),
)
async def test_endless_answers_end_at_a_limit(
    client: AsyncHTTPClient, head: bytes, piece: bytes
) -> None:
    async with endless(head, piece) as (server, sent):
        with pytest.raises(ResponseError):
            await client.fetch(server.url)
        assert sent[0] < 16 * 2**20  # what the system's buffers hold


async def test_an_endless_extension_of_a_chunk_ends_at_a_limit(
    own_client: AsyncHTTPClient,
) -> None:
    async with endless(CHUNKED + b"1;", b"x" * 65536) as (server, sent):
        with pytest.raises(ResponseError):
            await own_client.fetch(server.url)
        assert sent[0] < 16 * 2**20


async def test_the_limit_of_a_head_can_be_set() -> None:
    async with (
        AsyncHTTPClient(True, max_header_size=100) as client,
        serving(answer(b"", x="y" * 200)) as server,
    ):
        with pytest.raises(HeadTooLargeError, match="more than 100 bytes") as caught:
            await client.fetch(server.url)
        assert caught.value.code == 599
        assert isinstance(caught.value, UnsatisfiableReadError)


STUFFED = answer(b"one") + answer(b"two, which was never asked for")


async def test_bytes_behind_an_answer_are_never_the_next_answer(client: AsyncHTTPClient) -> None:
    async with serving(lambda r: STUFFED if r.target == "/1" else OK) as server:
        assert (await client.fetch(f"{server.url}/1")).body == b"one"
        assert (await client.fetch(f"{server.url}/2")).body == b"ok"
        assert server.connections == 2


@pytest.mark.parametrize("looked_at", [True, False])
async def test_an_answer_to_nothing_is_never_the_next_answer(
    client: AsyncHTTPClient, looked_at: bool
) -> None:
    first: list[Request] = []

    def handler(request: Request) -> bytes:
        first.append(request)
        return OK

    async with serving(handler) as server:
        await client.fetch(server.url)
        assert client.pool.idle_count == 1
        sock = first[0].writer.get_extra_info("socket")
        with contextlib.closing(sock.dup() if hasattr(sock, "dup") else sock) as plain:
            plain.setblocking(True)
            plain.send(answer(b"poison"))
        if looked_at:
            while client.pool.idle_count:
                await asyncio.sleep(0)
        assert (await client.fetch(server.url)).body == b"ok"
        assert server.connections == 2


async def test_an_idle_connection_that_the_server_closes_is_forgotten(
    client: AsyncHTTPClient,
) -> None:
    async with serving(Close(OK)) as server:
        await client.fetch(server.url)
        while client.pool.idle_count:
            await asyncio.sleep(0)
        await client.fetch(server.url)
    assert server.connections == 2


async def test_an_answer_before_the_request_was_sent_ends_the_connection(
    client: AsyncHTTPClient,
) -> None:
    more = asyncio.Event()

    async def produce(write: Any) -> None:
        await write(b"x")
        await more.wait()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"no need", "413 Too Large"))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        with pytest.raises(HTTPClientError, match="413"):
            await client.fetch(url, method="POST", body_producer=produce)
        assert (client.pool.active_count, client.pool.idle_count) == (0, 0)


@given(st.binary(max_size=200))
@settings(max_examples=60)
async def test_no_bytes_at_all_make_anything_but_an_answer_or_an_error(data: bytes) -> None:
    async with AsyncHTTPClient(True) as client, serving(Close(data)) as server:
        with pytest.raises((ResponseError, HTTPStreamClosedError)):
            await client.fetch(server.url)
