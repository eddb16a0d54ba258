"""Connections through a proxy that says for whom, before TLS and before HTTP."""

from __future__ import annotations

import asyncio
import ssl
import struct

import pytest

from tests.certificates import client_context, server_context
from tests.httpserver.server_fixture import answer, serving
from zonda.http import HTTPServerRequest
from zonda.httpserver import Limits

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
V1 = b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n"
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
ADDRESSES = bytes([192, 0, 2, 7, 192, 0, 2, 1]) + struct.pack("!HH", 4711, 443)
V2 = SIGNATURE + b"\x21\x11" + struct.pack("!H", len(ADDRESSES)) + ADDRESSES
LOCAL = SIGNATURE + b"\x20\x00\x00\x00"


def tell(request: HTTPServerRequest) -> None:
    """Answer with where the request seems to come from."""
    answer(request, 200, f"{request.remote_ip} {request.protocol}".encode())


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (V1, "192.0.2.7"),
        (V2, "192.0.2.7"),
        (LOCAL, "127.0.0.1"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    ],
)
@pytest.mark.parametrize("size", [1000, 1])
async def test_the_proxy_says_who_the_client_is(header: bytes, address: str, size: int) -> None:
    async with serving(tell, proxy_protocol=True) as running:
        client = await running.connect()
        data = header + GET
        for start in range(0, len(data), size):
            client.send(data[start : start + size])
            await asyncio.sleep(0)
        assert (await client.read()).body == f"{address} http".encode()
        assert (await client.ask(GET)).body == f"{address} http".encode()
        assert running.server.connection_count == 1
    assert running.server.connection_count == 0


@pytest.mark.parametrize(
    "data", [GET, b"PROXY TCP4 nonsense\r\n", b"\x16\x03\x01", b"PROXY " + b"x" * 200]
)
async def test_who_says_nothing_of_the_kind_is_cut_without_an_answer(data: bytes) -> None:
    async with serving(tell, proxy_protocol=True) as running:
        client = await running.connect()
        client.send(data)
        assert await client.at_end()


async def test_a_header_that_does_not_come_ends_the_connection() -> None:
    async with serving(tell, proxy_protocol=True, limits=Limits(header_timeout=0.01)) as running:
        client = await running.connect()
        running.server.sweep.set_interval(0.01)
        client.send(b"PROXY ")
        assert await client.at_end()


async def test_without_the_option_the_header_is_no_request() -> None:
    async with serving(tell) as running:
        assert (await running.ask(V1 + GET)).code == 400


@pytest.fixture(scope="module")
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return server_context(), client_context()


async def test_the_header_comes_before_tls(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with serving(tell, ssl_options=contexts[0], proxy_protocol=True) as running:
        client = await running.connect()
        client.send(V2)
        await client.writer.start_tls(contexts[1], server_hostname="localhost")
        assert (await client.ask(GET)).body == b"192.0.2.7 https"
        assert running.server.connection_count == 1


async def test_what_comes_in_one_breath_with_the_handshake(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """A client of TLS 1.3 sends its request behind the end of its handshake at once."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = contexts[1].wrap_bio(incoming, outgoing, server_hostname="localhost")
    async with serving(tell, ssl_options=contexts[0], proxy_protocol=True) as running:
        client = await running.connect()
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        client.send(V1 + outgoing.read())
        while True:
            incoming.write(await client.reader.read(65536))
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                continue
        tls.write(GET)
        client.send(outgoing.read())
        received = b""
        while not received.endswith(b"https"):
            incoming.write(await client.reader.read(65536))
            try:
                received += tls.read()
            except ssl.SSLWantReadError:
                continue
        assert received.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("data", [b"nonsense" * 10, b""])
async def test_a_handshake_that_fails_or_stalls(
    data: bytes, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    limits = Limits(tls_handshake_timeout=0.1)
    async with serving(
        tell, ssl_options=contexts[0], proxy_protocol=True, limits=limits
    ) as running:
        client = await running.connect()
        client.send(V1 + data)
        await client.at_end()
        while running.server.connection_count:
            await asyncio.sleep(0.001)


async def test_a_handshake_is_cut_with_everything_else(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async with serving(tell, ssl_options=contexts[0], proxy_protocol=True) as running:
        client = await running.connect()
        client.send(V1)
        while not running.server.connection_count:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        assert not await running.server.drain(grace=0.02)
        assert await client.at_end()


async def test_a_silent_proxy_does_not_hold_up_the_end() -> None:
    async with serving(tell, proxy_protocol=True) as running:
        client = await running.connect()
        while not running.server.connection_count:
            await asyncio.sleep(0.001)
        assert await running.server.drain(grace=5)
        assert await client.at_end()
