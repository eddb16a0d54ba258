"""Request bodies with a content coding (HS-26)."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest

from tests.httpserver.server_fixture import answer, echo, serving
from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.httpserver import HTTP1Connection, Limits

MIB = 1024 * 1024


def post(body: bytes, *lines: str) -> bytes:
    head = ["POST / HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines, "", ""]
    return "\r\n".join(head).encode() + body


def zipped(body: bytes, coding: str = "gzip", *lines: str) -> bytes:
    return post(body, f"Content-Encoding: {coding}", *lines)


HELLO = gzip.compress(b"hello")


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", HELLO),
        ("GZIP", HELLO),
        ("x-gzip", HELLO),
        ("gzip", gzip.compress(b"he") + gzip.compress(b"llo")),
        ("deflate", zlib.compress(b"hello")),
        ("identity", b"hello"),
        ("gzip, gzip", gzip.compress(HELLO)),
    ],
)
async def test_what_was_compressed_comes_out(coding: str, body: bytes) -> None:
    async with serving(decompress_request=True) as running:
        client = await running.connect()
        assert (await client.ask(zipped(body, coding))).body == b"POST / hello"
        assert (await client.ask(post(b"plain"))).body == b"POST / plain"


async def test_the_headers_say_what_the_body_is_now() -> None:
    seen: list[HTTPHeaders] = []

    def look(request: HTTPServerRequest) -> None:
        seen.append(request.headers)
        echo(request)

    async with serving(look, decompress_request=True) as running:
        await running.ask(zipped(HELLO))
    assert seen[0]["X-Consumed-Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in seen[0]
    assert "Content-Length" not in seen[0]


async def test_it_is_off_by_default() -> None:
    async with serving() as running:
        assert (await running.ask(zipped(HELLO))).body == b"POST / " + HELLO


@pytest.mark.parametrize(
    ("coding", "body", "status"),
    [
        ("gzip", b"no gzip", 400),
        ("gzip", HELLO[:-3], 400),
        ("gzip", HELLO + b"garbage", 400),
        ("gzip", gzip.compress(bytes(100 * MIB), 9), 413),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(100 * MIB), 9)), 413),
        ("wonder", b"hello", 415),
        ("gzip" + ", gzip" * 20, HELLO, 415),
    ],
)
async def test_what_cannot_be_decompressed_is_refused(
    coding: str, body: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "zonda")
    async with serving(decompress_request=True, limits=Limits(max_body_size=MIB)) as running:
        received = await running.ask(zipped(body, coding))
        assert received.code == status
        assert (await running.ask(post(b"next"))).body == b"POST / next"
    assert len(caplog.records) == 1


class Slow(HTTPServerConnectionDelegate, HTTPMessageDelegate):
    """Wants each piece to wait; counts what it got and how much of it at once."""

    def __init__(self) -> None:
        self.size = 0
        self.running = 0
        self.connection: HTTPConnection | None = None

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        self.connection = request_conn
        return self

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        assert isinstance(self.connection, HTTP1Connection)
        self.connection.set_max_body_size(20 * MIB)

    async def _take(self, chunk: bytes) -> None:
        self.running += 1
        assert self.running == 1
        await asyncio.sleep(0)
        self.size += len(chunk)
        self.running -= 1

    def data_received(self, chunk: bytes):  # type: ignore[no-untyped-def]  # a coroutine
        return self._take(chunk)

    def finish(self) -> None:
        assert isinstance(self.connection, HTTP1Connection)
        self.connection.respond(200, "", f"{self.size}".encode())


async def test_each_piece_waits_for_the_one_before() -> None:
    slow = Slow()
    async with serving(slow, decompress_request=True, limits=Limits(max_body_size=MIB)) as running:
        client = await running.connect()
        body = gzip.compress(bytes(10 * MIB))
        assert (await client.ask(zipped(body))).body == f"{10 * MIB}".encode()


async def test_the_delegate_hears_of_the_end() -> None:
    closed = asyncio.Event()

    class Listening(Slow):
        def on_connection_close(self) -> None:
            closed.set()

    async with serving(Listening(), decompress_request=True) as running:
        client = await running.connect()
        client.send(zipped(HELLO)[:-5])
        await asyncio.sleep(0.01)
        client.writer.close()
        await closed.wait()


async def test_an_empty_body_needs_no_decompression() -> None:
    async with serving(lambda r: answer(r, 200, r.body), decompress_request=True) as running:
        assert (await running.ask(zipped(b""))).body == b""
