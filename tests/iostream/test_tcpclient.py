"""Connecting to a host by its name."""

from __future__ import annotations

import asyncio
import datetime
import os
import socket
import ssl
from typing import Any

import pytest

from tests.iostream.pairs import client_context, server_context
from zonda.iostream import (
    IOStream,
    OverrideResolver,
    Resolver,
    SSLIOStream,
    StreamClosedError,
    TCPClient,
    TCPServer,
    bind_sockets,
)
from zonda.iostream.resolver import Addresses


class Server(TCPServer):
    """Keeps the streams it gets."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        (sock,) = bind_sockets(0, "127.0.0.1")
        self.port: int = sock.getsockname()[1]
        self.streams: asyncio.Queue[IOStream] = asyncio.Queue()
        self.add_socket(sock)

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        self.streams.put_nowait(stream)

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        while not self.streams.empty():
            self.streams.get_nowait().close()
        await self.drain(0)


class Fixed(Resolver):
    """Knows some addresses whatever is asked."""

    def __init__(self, *addresses: tuple[socket.AddressFamily, tuple[object, ...]]) -> None:
        super().__init__()
        self.addresses = list(addresses)

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses:
        return self.addresses


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("family", [socket.AF_UNSPEC, socket.AF_INET])
async def test_connect(host: str, family: socket.AddressFamily) -> None:
    async with Server() as server:
        client = TCPClient()
        stream = await client.connect(host, server.port, family)
        client.close()
        await stream.write(b"hello")
        peer = await server.streams.get()
        assert await peer.read_bytes(5) == b"hello"
        for each in (stream, peer):
            each.close()


async def test_the_first_address_that_answers_is_taken() -> None:
    async with Server() as server:
        with socket.create_server(("127.0.0.1", 0)) as free:
            refusing = free.getsockname()
        resolver = Fixed(
            (socket.AF_INET6, ("::1", 1, 0, 0)),
            (socket.AF_INET, refusing),
            (socket.AF_INET, ("127.0.0.1", server.port)),
        )
        stream = await TCPClient(resolver).connect("example.org", 80, max_buffer_size=100)
        assert stream.socket.getpeername() == ("127.0.0.1", server.port)
        assert stream.max_buffer_size == 100
        stream.close()


async def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(StreamClosedError, match=f"127.0.0.1:{port}: ") as info:
        await TCPClient().connect("127.0.0.1", port)
    assert isinstance(info.value.real_error, ConnectionRefusedError)
    with pytest.raises(StreamClosedError, match=r"example\.org has no address"):
        await TCPClient(Fixed()).connect("example.org", 80)


async def test_no_such_host() -> None:
    with pytest.raises(socket.gaierror):
        await TCPClient().connect("no such host", 80)


async def test_the_source() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with Server() as server:
        stream = await TCPClient().connect(
            "127.0.0.1", server.port, source_ip="127.0.0.2", source_port=port
        )
        assert stream.socket.getsockname() == ("127.0.0.2", port)
        stream.close()


async def test_a_source_port_alone_is_of_any_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with Server() as server:
        stream = await TCPClient().connect("127.0.0.1", server.port, source_port=port)
        assert stream.socket.getsockname()[1] == port
        stream.close()


async def test_a_source_that_is_not_ours() -> None:
    async with Server() as server:
        with pytest.raises(StreamClosedError, match="Cannot assign requested address"):
            await TCPClient().connect("127.0.0.1", server.port, source_ip="8.8.8.8")


async def test_a_source_of_one_family_leaves_the_others() -> None:
    async with Server() as server:
        resolver = Fixed(
            (socket.AF_INET6, ("::1", server.port, 0, 0)),
            (socket.AF_INET, ("127.0.0.1", server.port)),
        )
        stream = await TCPClient(resolver).connect("localhost", 80, source_ip="127.0.0.1")
        assert stream.socket.family == socket.AF_INET
        stream.close()


@pytest.mark.parametrize("host", ["localhost", "localhost."])
async def test_tls(host: str) -> None:
    async with Server(ssl_options=server_context()) as server:
        resolver = Fixed((socket.AF_INET, ("127.0.0.1", server.port)))
        stream = await TCPClient(resolver).connect(host, 443, ssl_options=client_context())
        assert isinstance(stream, SSLIOStream)
        stream.write(b"x")
        assert await (await server.streams.get()).read_bytes(1) == b"x"
        stream.close()


async def test_tls_verifies_the_name_that_was_asked_for() -> None:
    async with Server(ssl_options=server_context()) as server:
        resolver = OverrideResolver(Resolver(), {"example.org": "127.0.0.1"})
        client = TCPClient(resolver)
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            await client.connect("example.org", server.port, ssl_options=client_context())
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.connect("localhost", server.port, socket.AF_INET, ssl_options={})
        client.close()


class Silent(Resolver):
    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses:
        await asyncio.Event().wait()
        return []


@pytest.mark.parametrize("timeout", [0.02, datetime.timedelta(milliseconds=20)])
async def test_a_timeout_while_resolving(timeout: float | datetime.timedelta) -> None:
    with pytest.raises(TimeoutError, match=r"^Timeout while resolving example\.org$"):
        await TCPClient(Silent()).connect("example.org", 80, timeout=timeout)


async def test_a_timeout_while_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = asyncio.Event()

    async def hang(*_: object) -> None:
        await hanging.wait()

    loop = asyncio.get_running_loop()
    if not hasattr(loop, "_selector"):
        pytest.skip("the methods of this loop cannot be replaced")
    monkeypatch.setattr(loop, "sock_connect", hang)
    resolver = Fixed(
        (socket.AF_INET6, ("2001:db8::1", 443, 0, 0)), (socket.AF_INET, ("192.0.2.1", 443))
    )
    before = set(os.listdir("/proc/self/fd"))
    with pytest.raises(TimeoutError) as info:
        await TCPClient(resolver).connect("example.org", 443, timeout=0.02)
    expected = "Timeout while connecting to [2001:db8::1]:443, 192.0.2.1:443"
    assert str(info.value) == expected
    for _ in range(3):
        await asyncio.sleep(0)
    assert set(os.listdir("/proc/self/fd")) == before


async def test_a_timeout_during_the_handshake_closes_the_socket() -> None:
    async with Server() as server:
        with pytest.raises(TimeoutError) as info:
            await TCPClient().connect(
                "127.0.0.1", server.port, ssl_options=client_context(), timeout=0.1
            )
        assert str(info.value) == f"Timeout during TLS handshake with 127.0.0.1:{server.port}"
        await (await server.streams.get()).read_until_close()


@pytest.mark.parametrize("timeout", [None, 3600])
async def test_cancelling_during_the_handshake_closes_the_socket(timeout: float | None) -> None:
    async with Server() as server:
        connecting = asyncio.create_task(
            TCPClient().connect(
                "127.0.0.1", server.port, ssl_options=client_context(), timeout=timeout
            )
        )
        peer = await server.streams.get()
        await peer.read_bytes(1, partial=True)
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
        await peer.read_until_close()


async def test_a_timeout_of_the_system_is_no_timeout_of_ours() -> None:
    class TimedOut(Resolver):
        async def resolve(
            self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
        ) -> Addresses:
            raise TimeoutError(110, "the name server is slow")

    with pytest.raises(TimeoutError, match="the name server is slow"):
        await TCPClient(TimedOut()).connect("example.org", 80, timeout=60)
