"""Serving streams."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import authority
from tests.iostream.pairs import client_context, server_context
from zonda.iostream import (
    IOStream,
    ServerCertificates,
    SSLIOStream,
    StreamClosedError,
    TCPClient,
    TCPServer,
    bind_sockets,
    bind_unix_socket,
)

Handler = Callable[[IOStream, Any], Awaitable[None] | None]


class Server(TCPServer):
    """Does with each stream what the test says."""

    def __init__(self, handler: Handler, **options: Any) -> None:
        super().__init__(**options)
        self.handler = handler

    def handle_stream(self, stream: IOStream, address: Any) -> Awaitable[None] | None:
        return self.handler(stream, address)

    def open(self) -> int:
        """Listen; the port."""
        (sock,) = bind_sockets(0, "127.0.0.1")
        self.add_sockets([sock])
        port: int = sock.getsockname()[1]
        return port


async def echo(stream: IOStream, address: Any) -> None:
    while True:
        await stream.write(await stream.read_until(b"\n"))


async def connect(port: int, **options: Any) -> IOStream:
    return await TCPClient().connect("127.0.0.1", port, **options)


async def ask(stream: IOStream, line: bytes = b"hello\n") -> bytes:
    await stream.write(line)
    return await stream.read_until(b"\n")


async def test_an_echo_server(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(echo)
    stream = await connect(server.open())
    assert await ask(stream) == b"hello\n"
    assert server.connections == 1
    stream.close()
    while server.connections:
        await asyncio.sleep(0)
    server.stop()
    server.stop()
    await asyncio.sleep(0)
    assert not caplog.records  # that a client goes away is nothing to talk about


async def test_listen() -> None:
    server = Server(echo)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server.listen(port, "127.0.0.1", reuse_port=True)
    stream = await connect(port)
    assert await ask(stream) == b"hello\n"
    await server.drain(0)
    stream.close()


async def test_bind_and_start() -> None:
    server = Server(echo)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server.bind(port, "127.0.0.1", reuse_port=True)
    server.start()
    stream = await connect(port)
    assert await ask(stream) == b"hello\n"
    stream.close()
    server.stop()
    server.bind(0, "127.0.0.1")
    server.stop()


async def test_a_unix_socket(short_path: Path) -> None:
    server = Server(echo)
    server.add_socket(bind_unix_socket(str(short_path / "s")))
    stream = await IOStream(socket.socket(socket.AF_UNIX)).connect(str(short_path / "s"))
    assert await ask(stream) == b"hello\n"
    stream.close()
    server.stop()


async def test_the_address_is_the_peer_s() -> None:
    addresses: asyncio.Queue[Any] = asyncio.Queue()

    def handler(stream: IOStream, address: Any) -> None:
        addresses.put_nowait(address)
        stream.write(b"data")
        stream.close()

    server = Server(handler, max_buffer_size=1000, read_chunk_size=10)
    stream = await connect(server.open())
    assert await addresses.get() == stream.socket.getsockname()
    assert await stream.read_until_close() == b"data"
    server.stop()


async def test_a_handler_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(stream: IOStream, address: Any) -> None:
        await stream.read_bytes(5)
        raise ZeroDivisionError("in the handler")

    server = Server(handler)
    stream = await connect(server.open())
    stream.write(b"hello")
    assert await stream.read_until_close() == b""
    (record,) = caplog.records
    assert "Exception in callback handle_stream" in record.getMessage()
    assert record.name == "zonda.application"
    assert record.exc_info is not None
    server.stop()


async def test_a_handler_that_fails_at_once(caplog: pytest.LogCaptureFixture) -> None:
    def handler(stream: IOStream, address: Any) -> None:
        raise ZeroDivisionError("at once")

    server = Server(handler)
    stream = await connect(server.open())
    assert await stream.read_until_close() == b""
    assert len(caplog.records) == 1
    server.stop()
    caplog.clear()
    gc.collect()


async def test_a_handler_may_return_any_awaitable() -> None:
    done = asyncio.get_running_loop().create_future()
    server = Server(lambda stream, address: done)
    stream = await connect(server.open())
    await asyncio.sleep(0.01)
    done.cancel()
    assert await stream.read_until_close() == b""
    server.stop()


async def test_a_handler_that_returns_may_keep_its_stream() -> None:
    kept: list[IOStream] = []

    async def handler(stream: IOStream, address: Any) -> None:
        kept.append(stream)

    server = Server(handler)
    stream = await connect(server.open())
    while not kept:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    kept[0].write(b"later\n")
    assert await stream.read_until(b"\n") == b"later\n"
    for each in (stream, kept[0]):
        each.close()
    server.stop()


async def test_a_stream_that_nobody_keeps_is_closed() -> None:
    server = Server(lambda stream, address: None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        stream = await connect(server.open())
        assert await stream.read_until_close() == b""
    assert server.connections == 0
    server.stop()


async def test_stopping_in_a_handler() -> None:
    def handler(stream: IOStream, address: Any) -> None:
        server.stop()
        stream.close()

    server = Server(handler)
    port = server.open()
    clients = [IOStream(socket.socket()) for _ in range(20)]
    connecting = [client.connect(("127.0.0.1", port)) for client in clients]
    await asyncio.wait(connecting)
    for client in clients:
        client.close()
    assert server.connections == 0


async def test_max_connections() -> None:
    server = Server(echo, max_connections=2)
    port = server.open()
    first, second, third = [await connect(port) for _ in range(3)]
    assert await ask(first) == await ask(second) == b"hello\n"
    answer = asyncio.ensure_future(ask(third))
    await asyncio.sleep(0.05)
    assert server.connections == 2
    assert not answer.done()
    first.close()
    assert await answer == b"hello\n"
    await server.drain(0)
    for each in (second, third):
        each.close()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_max_connections_counts_what_nobody_keeps_as_gone() -> None:
    server = Server(lambda stream, address: None, max_connections=1)
    port = server.open()
    for _ in range(3):
        stream = await connect(port)
        assert await stream.read_until_close() == b""
    server.stop()


def test_max_connections_without_sense() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        TCPServer(max_connections=0)


async def test_handle_stream_must_be_there(caplog: pytest.LogCaptureFixture) -> None:
    server = TCPServer()
    (sock,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(sock)
    stream = await connect(sock.getsockname()[1])
    assert await stream.read_until_close() == b""
    assert "subclassed and implements handle_stream" in caplog.text
    server.stop()


# Draining


async def test_draining_waits_for_streams_and_takes_no_new_ones() -> None:
    server = Server(echo)
    port = server.open()
    stream = await connect(port)
    assert await ask(stream) == b"hello\n"
    draining = asyncio.create_task(server.drain(10))
    await asyncio.sleep(0.01)
    with pytest.raises(StreamClosedError):
        await connect(port)
    assert await ask(stream) == b"hello\n"
    assert not draining.done()
    stream.close()
    await draining


async def test_draining_closes_what_takes_too_long() -> None:
    cancelled = asyncio.Event()

    async def handler(stream: IOStream, address: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    server = Server(handler)
    stream = await connect(server.open())
    await asyncio.sleep(0.01)
    await server.drain(0.01)
    assert await stream.read_until_close() == b""
    await cancelled.wait()


# TLS


async def test_tls_with_a_context() -> None:
    server = Server(echo, ssl_options=server_context())
    stream = await connect(server.open(), ssl_options=client_context())
    assert await ask(stream) == b"hello\n"
    stream.close()
    server.stop()


async def test_tls_with_a_dictionary(tmp_path: Path) -> None:
    path = str(tmp_path / "both.pem")
    authority().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(path)
    server = Server(echo, ssl_options={"certfile": path})
    stream = await connect(server.open(), ssl_options=client_context())
    assert await ask(stream) == b"hello\n"
    stream.close()
    server.stop()


async def test_tls_with_certificates_that_change(tmp_path: Path) -> None:
    path = tmp_path / "both.pem"

    def issue() -> None:
        certificate = authority().issue_cert("127.0.0.1")
        certificate.private_key_and_cert_chain_pem.write_to_path(str(path))

    issue()
    certificates = await asyncio.to_thread(ServerCertificates, path)
    server = Server(echo, ssl_options=certificates)
    port = server.open()
    first = await connect(port, ssl_options=client_context())
    issue()
    await asyncio.to_thread(certificates.reload)
    second = await connect(port, ssl_options=client_context())
    numbers = {s.socket.getpeercert()["serialNumber"] for s in (first, second)}
    assert len(numbers) == 2
    assert await ask(first) == await ask(second) == b"hello\n"
    for each in (first, second):
        each.close()
    server.stop()


async def test_the_handshake_can_be_waited_for() -> None:
    seen = asyncio.get_running_loop().create_future()

    async def handler(stream: IOStream, address: Any) -> None:
        assert isinstance(stream, SSLIOStream)
        assert stream.socket.cipher() is None
        await stream.wait_for_handshake()
        seen.set_result(stream.socket.version())
        stream.close()

    server = Server(handler, ssl_options=server_context())
    stream = await connect(server.open(), ssl_options=client_context())
    assert await seen == "TLSv1.3"
    stream.close()
    server.stop()


@pytest.mark.parametrize("hello", [b"GET / HTTP/1.1\r\n\r\n", b""])
async def test_a_client_that_does_not_speak_tls(
    hello: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    server = Server(echo, ssl_options=server_context())
    stream = await connect(server.open())
    stream.write(hello)
    if not hello:
        stream.close()
    while server.connections or not hello:
        await asyncio.sleep(0.01)
        if not server.connections:
            break
    stream.close()
    server.stop()
    told = [record.getMessage() for record in caplog.records]
    assert all(line.startswith("SSL Error: ") for line in told)
    assert len(told) == bool(hello)


def test_tls_without_a_certificate() -> None:
    with pytest.raises(ValueError, match="must have a certfile"):
        TCPServer(ssl_options={"keyfile": "x"})


def test_a_server_can_be_made_before_the_loop_runs() -> None:
    from zonda.ioloop import IOLoop

    loop = IOLoop(make_current=True)
    server = Server(echo)
    port = server.open()

    async def main() -> bytes:
        stream = await connect(port)
        try:
            return await ask(stream)
        finally:
            stream.close()
            await server.drain(0)
            await asyncio.sleep(0.01)

    assert loop.run_sync(main) == b"hello\n"
    loop.close(all_fds=True)
