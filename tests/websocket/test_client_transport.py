"""Through a proxy: plain and with TLS, let through and refused."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from tests.certificates import client_context, server_context
from tests.websocket.peers import Echo, serving
from zonda.iostream import IOStream, StreamClosedError, stream_pair
from zonda.websocket import HandshakeError, ProxyError, websocket_connect


class TestProxy:
    """A proxy that counts, for HTTP ``CONNECT`` and for SOCKS 5."""

    __test__ = False

    def __init__(self, greeting: bytes = b"", refuse: bytes = b"") -> None:
        self.greeting = greeting
        self.refuse = refuse
        self.asked: list[str] = []
        self.heads: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        host, port = await (self.socks if first == b"\x05" else self.http)(reader, writer)
        if not self.refuse:
            self.asked.append(f"{host}:{port}")
            writer.write(self.greeting)
            there = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
        writer.close()

    async def http(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[str, int]:
        head = b"C" + await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        writer.write(self.refuse or b"HTTP/1.1 200 OK\r\n\r\n")
        host, _, port = head.split()[1].decode().rpartition(":")
        return host, int(port)

    async def socks(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[str, int]:
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(b"\x05\x00")
        await reader.readexactly(4)
        name = await reader.readexactly((await reader.readexactly(1))[0])
        port = int.from_bytes(await reader.readexactly(2), "big")
        writer.write(self.refuse or b"\x05\x00\x00\x01" + bytes(6))
        return name.decode(), port


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def proxying(proxy: TestProxy, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    server = await asyncio.start_server(proxy, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_plain_websocket_through_a_proxy(scheme: str) -> None:
    proxy = TestProxy()
    async with (
        proxying(proxy) as address,
        serving([("/", Echo)]) as port,
        websocket_connect(f"ws://localhost:{port}/", proxy=f"{scheme}://{address}") as websocket,
    ):
        await websocket.write_message("x")
        assert await websocket.read_message() == "x"
        assert proxy.asked == [f"localhost:{port}"]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_one_with_tls_through_a_proxy(scheme: str) -> None:
    server, client = server_context(), client_context()
    proxy = TestProxy()
    async with (
        proxying(proxy) as address,
        serving([("/", Echo)], server) as port,
        websocket_connect(
            f"wss://localhost:{port}/", proxy=f"{scheme}://{address}", ssl_options=client
        ) as websocket,
    ):
        await websocket.write_message("x" * 200_000)
        assert await websocket.read_message() == "x" * 200_000
        assert proxy.asked == [f"localhost:{port}"]


async def test_the_server_must_prove_its_name_behind_a_proxy() -> None:
    server = server_context()
    async with proxying(TestProxy()) as address, serving([("/", Echo)], server) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            await websocket_connect(f"wss://localhost:{port}/", proxy=f"http://{address}")


async def test_a_proxy_behind_tls_must_prove_its_name() -> None:
    server = server_context()
    async with proxying(TestProxy(), server) as address:
        with pytest.raises(ssl.SSLCertVerificationError):
            await websocket_connect("ws://localhost/", proxy=f"https://{address}")


async def test_a_proxy_that_refuses() -> None:
    proxy = TestProxy(refuse=b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
    async with proxying(proxy) as address:
        with pytest.raises(ProxyError, match="the proxy answered 407") as caught:
            await websocket_connect("ws://localhost/", proxy=f"http://{address}")
    assert caught.value.code == 407


async def test_a_proxy_cannot_redirect() -> None:
    async with serving([("/", Echo)]) as port:
        answer = f"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:{port}/\r\n\r\n"
        async with proxying(TestProxy(refuse=answer.encode())) as address:
            with pytest.raises(ProxyError, match="the proxy answered 302") as caught:
                await websocket_connect("ws://localhost/", proxy=f"http://{address}")
    assert caught.value.headers["Location"] == f"ws://127.0.0.1:{port}/"


async def test_a_name_that_a_proxy_cannot_get() -> None:
    async with proxying(TestProxy()) as address:
        with pytest.raises(ValueError, match="user name with a colon"):
            await websocket_connect("ws://localhost/", proxy=f"http://a%3Ab@{address}")


async def test_a_proxy_of_a_request_with_its_credentials() -> None:
    proxy = TestProxy()
    async with proxying(proxy) as address, serving([("/", Echo)]) as port:
        host, _, proxy_port = address.partition(":")
        request = SimpleNamespace(
            url=f"ws://localhost:{port}/",
            proxy_host=host,
            proxy_port=int(proxy_port),
            proxy_username="me",
            proxy_password="pw",
        )
        async with websocket_connect(request) as websocket:
            await websocket.write_message("x")
            assert await websocket.read_message() == "x"
    assert b"Proxy-Authorization: Basic bWU6cHc=" in proxy.heads[0]
    request.proxy_port = None
    with pytest.raises(ValueError, match="needs proxy_port"):
        websocket_connect(request)


async def test_bytes_before_tls_are_refused() -> None:
    client = client_context()
    proxy = TestProxy(greeting=b"surprise")
    async with proxying(proxy) as address, serving([("/", Echo)]) as port:
        with pytest.raises((HandshakeError, ssl.SSLError)):
            await websocket_connect(
                f"wss://localhost:{port}/", proxy=f"http://{address}", ssl_options=client
            )


async def answer_from_memory(server: IOStream) -> bytes:
    head: bytes = await server.read_until(b"\r\n\r\n")
    server.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    return head


async def test_an_opener_makes_the_stream() -> None:
    client, server = stream_pair()
    asked: list[tuple[str, int]] = []

    async def opener(host: str, port: int) -> IOStream:
        asked.append((host, port))
        return client

    answering = asyncio.ensure_future(answer_from_memory(server))
    with pytest.raises(HandshakeError) as raised:
        await websocket_connect("wss://memory.example/x", opener=opener)
    assert raised.value.code == 400
    assert (await answering).startswith(b"GET /x HTTP/1.1\r\n")
    assert asked == [("memory.example", 443)]
    server.close()


async def test_an_opener_that_gives_a_closed_stream() -> None:
    client, server = stream_pair()
    client.close()

    async def opener(host: str, port: int) -> IOStream:
        return client

    with pytest.raises(StreamClosedError):
        await websocket_connect("ws://memory.example/x", opener=opener)
    server.close()
