"""Streams over sockets: connecting, attaching, TLS, passing on."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.iostream.pairs import (
    client_context,
    server_context,
    tcp,
    tcp_sockets,
    tls,
)
from zonda.iostream import (
    IOStream,
    PipeIOStream,
    SSLIOStream,
    StreamBusyError,
    StreamClosedError,
    ssl_wrap_socket,
    stream_pair,
)

RESET = struct.pack("ii", 1, 0)


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def refusing_address() -> tuple[str, int]:
    with listening() as sock:
        address: tuple[str, int] = sock.getsockname()
    return address


async def accepted(sock: socket.socket) -> socket.socket:
    sock.setblocking(False)
    connection, _ = await asyncio.get_running_loop().sock_accept(sock)
    return connection


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


# A small program


async def test_a_small_web_client() -> None:
    """The first thing everybody writes with a stream."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\r\n\r\n") == b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    stream = IOStream(socket.socket())
    await stream.connect(server.sockets[0].getsockname())
    await stream.write(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
    head = await stream.read_until(b"\r\n\r\n")
    headers = dict(line.split(": ") for line in head.decode().splitlines()[1:-1])
    assert await stream.read_bytes(int(headers["Content-Length"])) == b"hello"
    stream.close()
    server.close()
    await server.wait_closed()


# Connecting


async def test_connect_and_write_before_it_is_done() -> None:
    with listening() as server:
        stream = IOStream(socket.socket())
        order: list[str] = []
        connecting = stream.connect(server.getsockname())
        writing = stream.write(b"early")
        assert stream.writing()
        connecting.add_done_callback(lambda _: order.append("connected"))
        writing.add_done_callback(lambda _: order.append("written"))
        peer = IOStream(await accepted(server))
        assert await connecting is stream
        await writing
        await asyncio.sleep(0)
        assert order == ["connected", "written"]
        assert await peer.read_bytes(5) == b"early"
        assert stream.fileno() == stream.socket.fileno()
        for each in (stream, peer):
            each.close()


async def test_a_read_before_connecting_waits() -> None:
    with listening() as server:
        stream = IOStream(socket.socket())
        reading = stream.read_bytes(2)
        await stream.connect(server.getsockname())
        peer = IOStream(await accepted(server))
        await peer.write(b"ab")
        assert await reading == b"ab"
        for each in (stream, peer):
            each.close()


async def test_a_refused_connection() -> None:
    stream = IOStream(socket.socket())
    closed = asyncio.Event()
    stream.set_close_callback(closed.set)
    with pytest.raises(StreamClosedError, match=r"Connect call failed|refused") as info:
        await stream.connect(refusing_address())
    assert isinstance(info.value.real_error, ConnectionRefusedError)
    assert isinstance(stream.error, ConnectionRefusedError)
    await closed.wait()
    assert stream.fileno() == -1


async def test_connecting_twice() -> None:
    with listening() as server:
        stream = IOStream(socket.socket())
        connecting = stream.connect(server.getsockname())
        with pytest.raises(StreamBusyError, match="connected already, or being connected"):
            stream.connect(server.getsockname())
        await connecting
        stream.close()


@pytest.mark.parametrize("how", ["cancel", "close"])
@pytest.mark.parametrize("turns", [0, 1, 2])
async def test_giving_up_while_connecting_closes_the_socket(how: str, turns: int) -> None:
    with listening() as server:
        before = descriptors()
        stream = IOStream(socket.socket())
        connecting = stream.connect(server.getsockname())
        writing = stream.write(b"never sent")
        for _ in range(turns):
            await asyncio.sleep(0)
        if how == "cancel":
            connecting.cancel()
        else:
            stream.close()
        with pytest.raises((asyncio.CancelledError, StreamClosedError)):
            await connecting
        for _ in range(10):
            await asyncio.sleep(0)
        assert stream.closed()
        if not (writing.done() and not writing.exception()):
            with pytest.raises(StreamClosedError):
                await writing
        assert descriptors() == before


async def test_a_unix_socket(short_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(short_path / "s"))
        server.listen()
        stream = await IOStream(socket.socket(socket.AF_UNIX)).connect(str(short_path / "s"))
        peer = IOStream(await accepted(server))
        stream.set_nodelay(True)
        stream.write(b"x")
        assert await peer.read_bytes(1) == b"x"
        for each in (stream, peer):
            each.close()


async def test_set_nodelay() -> None:
    left, right = tcp_sockets()
    stream = IOStream(left)
    stream.set_nodelay(False)
    assert not left.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    stream.set_nodelay(True)
    assert left.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    stream.close()
    right.close()


async def test_a_stream_that_is_not_used_does_nothing_with_the_socket() -> None:
    left, right = tcp_sockets()
    stream = IOStream(left)
    right.sendall(b"hello")
    await asyncio.sleep(0.01)
    assert left.recv(10) == b"hello"
    stream.close()
    assert left.fileno() == -1
    right.close()


async def test_write_and_close_without_waiting() -> None:
    left, right = tcp_sockets()
    stream = IOStream(left)
    writing = stream.write(b"data")
    stream.close()
    with pytest.raises(StreamClosedError):
        await writing
    reader = IOStream(right)
    assert await reader.read_until_close() == b"data"


# The ways of ending (each has its own error, none leaks)


async def reset(stream: socket.socket) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    stream.close()


async def test_a_reset() -> None:
    left, right = tcp_sockets()
    stream = IOStream(left)
    reading = stream.read_until_close()
    right.sendall(b"half")
    await asyncio.sleep(0.01)
    await reset(right)
    with pytest.raises(StreamClosedError) as info:
        await reading
    assert isinstance(info.value.real_error, ConnectionResetError)
    assert await stream.read_bytes(10, partial=True) == b"half"
    assert stream.closed()
    await asyncio.sleep(0)
    assert left.fileno() == -1


async def test_a_half_close_leaves_our_side_open_until_it_is_read() -> None:
    left, right = tcp_sockets()
    stream = IOStream(left)
    right.sendall(b"question\n")
    right.shutdown(socket.SHUT_WR)
    assert await stream.read_until(b"\n") == b"question\n"
    await asyncio.sleep(0.01)
    assert not stream.closed()
    await stream.write(b"answer\n")
    with pytest.raises(StreamClosedError) as info:
        await stream.read_until(b"\n")
    assert info.value.real_error is None
    right.settimeout(1)
    assert right.recv(100) == b"answer\n"
    right.close()


async def test_a_half_close_costs_no_processor_time() -> None:
    left, right = tcp_sockets()
    stream = IOStream(left)
    stream.write(b"")
    await stream.write(b"x")
    right.shutdown(socket.SHUT_WR)
    await asyncio.sleep(0.05)
    before = os.times()
    await asyncio.sleep(0.5)
    after = os.times()
    assert after.user + after.system - before.user - before.system < 0.25
    assert not stream.closed()
    stream.close()
    right.close()


async def test_tls_that_is_cut_off() -> None:
    left, right = tcp_sockets()
    client = SSLIOStream(left, ssl_options=client_context(), server_hostname="localhost")

    def serve() -> None:
        wrapped = server_context().wrap_socket(right, server_side=True)
        wrapped.sendall(b"half")
        socket.socket(fileno=wrapped.detach()).close()  # no close_notify

    serving = asyncio.get_running_loop().run_in_executor(None, serve)
    reading = client.read_until_close()
    with pytest.raises(StreamClosedError, match="without close_notify") as info:
        await reading
    assert isinstance(info.value.real_error, ssl.SSLEOFError)
    assert await client.read_bytes(10, partial=True) == b"half"
    await serving
    await asyncio.sleep(0.01)
    assert left.fileno() == -1


async def test_tls_that_ends_in_order() -> None:
    client, server = await tls()
    server.write(b"all")
    server.close()
    assert await client.read_until_close() == b"all"
    assert client.error is None


# TLS


async def test_tls_client_and_server() -> None:
    with listening() as sock:
        client = SSLIOStream(socket.socket(), ssl_options=client_context())
        assert client.socket.cipher() is None
        connecting = client.connect(sock.getsockname(), server_hostname="localhost")
        server = SSLIOStream(await accepted(sock), ssl_options=server_context(), server_side=True)
        waiting = server.wait_for_handshake()
        with pytest.raises(StreamBusyError, match="waits for the handshake already"):
            server.wait_for_handshake()
        assert await connecting is client
        assert await waiting is server
        assert await server.wait_for_handshake() is server
        assert client.socket.version() == "TLSv1.3"
        assert client.socket.getpeercert()["subjectAltName"]
        assert client.socket.getpeercert(binary_form=True)
        assert client.socket.selected_alpn_protocol() is None
        assert client.socket.compression() is None
        assert client.socket.get_channel_binding()
        assert client.socket.cipher()[1] == "TLSv1.3"
        assert client.socket.getpeername() == sock.getsockname()
        for each in (client, server):
            each.close()


async def test_the_name_to_verify_is_by_default_the_address() -> None:
    with listening() as sock:
        client = SSLIOStream(socket.socket(), ssl_options=client_context())
        connecting = client.connect(sock.getsockname())
        server = SSLIOStream(await accepted(sock), ssl_options=server_context(), server_side=True)
        await connecting
        for each in (client, server):
            each.close()


async def test_a_wrong_name() -> None:
    with listening() as sock:
        client = SSLIOStream(socket.socket(), ssl_options=client_context())
        connecting = client.connect(sock.getsockname(), server_hostname="example.org")
        server = SSLIOStream(await accepted(sock), ssl_options=server_context(), server_side=True)
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            await connecting
        with pytest.raises((ssl.SSLError, StreamClosedError)):
            await server.wait_for_handshake()
        with pytest.raises(StreamClosedError):
            await server.wait_for_handshake()


async def test_verification_is_the_default() -> None:
    with listening() as sock:
        client = SSLIOStream(socket.socket())
        connecting = client.connect(sock.getsockname(), server_hostname="localhost")
        server = SSLIOStream(await accepted(sock), ssl_options=server_context(), server_side=True)
        with pytest.raises(ssl.SSLCertVerificationError):
            await connecting
        reading = server.read_bytes(1)
        with pytest.raises(StreamClosedError):
            await reading


async def test_a_client_without_any_name_to_verify(tmp_path: Path) -> None:
    left, right = socket.socketpair()
    client = SSLIOStream(left, ssl_options=client_context())
    with pytest.raises(StreamClosedError, match="server_hostname"):
        await client.wait_for_handshake()
    right.close()


async def test_a_wrapped_socket_brings_its_settings() -> None:
    left, right = tcp_sockets()
    client = SSLIOStream(
        ssl_wrap_socket(left, client_context(), server_hostname="localhost", server_side=False)
    )
    server = SSLIOStream(ssl_wrap_socket(right, server_context(), server_side=True))
    await asyncio.gather(client.wait_for_handshake(), server.wait_for_handshake())
    await client.write(b"x")
    assert await server.read_bytes(1) == b"x"
    for each in (client, server):
        each.close()


async def test_a_wrapped_socket_whose_handshake_has_begun() -> None:
    left, right = tcp_sockets()
    loop = asyncio.get_running_loop()
    serving = loop.run_in_executor(
        None, lambda: server_context().wrap_socket(right, server_side=True)
    )
    wrapped = await loop.run_in_executor(
        None, lambda: client_context().wrap_socket(left, server_hostname="localhost")
    )
    with pytest.raises(ValueError, match="do_handshake_on_connect=False"):
        SSLIOStream(wrapped)
    wrapped.close()
    (await serving).close()


async def test_a_silent_peer_does_not_hold_up_a_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zonda.iostream.socket_stream.TLS_HANDSHAKE_TIMEOUT", 0.05)
    left, right = tcp_sockets()
    server = SSLIOStream(left, ssl_options=server_context(), server_side=True)
    with pytest.raises(StreamClosedError, match="SSL handshake is taking longer"):
        await server.wait_for_handshake()
    right.close()


async def test_cancelling_a_tls_connect_closes_the_socket() -> None:
    with listening() as sock:
        client = SSLIOStream(socket.socket(), ssl_options=client_context())
        connecting = client.connect(sock.getsockname(), server_hostname="localhost")
        peer = IOStream(await accepted(sock))
        await peer.read_bytes(1, partial=True)  # the handshake has begun
        connecting.cancel()
        await peer.read_until_close()
        assert client.closed()


# STARTTLS


async def start_both(client: IOStream, server: IOStream) -> tuple[SSLIOStream, SSLIOStream]:
    return await asyncio.gather(
        client.start_tls(False, client_context(), "localhost"),
        server.start_tls(True, server_context()),
    )


async def as_io(pair: Any) -> tuple[IOStream, IOStream]:
    left, right = await pair
    return left, right


@pytest.mark.parametrize("pipelined", [False, True])
async def test_start_tls(pipelined: bool) -> None:
    client, server = await as_io(tcp())
    closed = asyncio.Event()
    server.set_close_callback(closed.set)
    client.write(b"STARTTLS\r\n")
    assert await server.read_until(b"\r\n") == b"STARTTLS\r\n"
    server.write(b"220 go ahead\r\n")
    assert await client.read_until(b"\r\n") == b"220 go ahead\r\n"
    starting = client.start_tls(False, client_context(), "localhost")
    if pipelined:  # the beginning of the handshake is received before the server starts TLS
        await asyncio.sleep(0.05)
    secure_server = await server.start_tls(True, server_context())
    secure_client = await starting
    assert isinstance(secure_server, SSLIOStream)
    assert secure_client.socket.version() == "TLSv1.3"
    assert client.closed()
    with pytest.raises(StreamClosedError):
        client.write(b"in the clear?")
    secure_client.write(b"EHLO\r\n")
    assert await secure_server.read_until(b"\r\n") == b"EHLO\r\n"
    assert not closed.is_set()
    secure_client.close()
    await closed.wait()
    secure_server.close()


async def test_start_tls_before_anything_else() -> None:
    client, server = await as_io(tcp())
    for each in await start_both(client, server):
        each.close()


async def test_start_tls_over_a_stream_in_memory() -> None:
    client, server = stream_pair()
    client.write(b"x")
    assert await server.read_bytes(1) == b"x"
    with pytest.raises((TypeError, StreamClosedError)):
        await start_both(client, server)


async def test_what_was_sent_in_the_clear_never_appears_as_encrypted() -> None:
    """Commands that somebody slips in before the handshake make it fail (CVE-2011-0411)."""
    client, server = await as_io(tcp())
    client.write(b"STARTTLS\r\nMAIL FROM:<attacker@example.org>\r\n")
    assert await server.read_until(b"\r\n") == b"STARTTLS\r\n"
    with pytest.raises((ssl.SSLError, StreamClosedError)):
        await server.start_tls(True, server_context())
    client.close()


async def test_start_tls_at_the_wrong_time() -> None:
    client, server = await as_io(tcp())
    client.read_bytes(1)
    with pytest.raises(StreamBusyError, match="while a read or a write waits"):
        client.start_tls(False, client_context(), "localhost")
    client.close()
    with pytest.raises(StreamClosedError):
        client.start_tls(False, client_context(), "localhost")
    server.close()


async def test_start_tls_and_a_certificate_that_is_not_trusted() -> None:
    client, server = await as_io(tcp())
    starting = server.start_tls(True, server_context())
    with pytest.raises(ssl.SSLCertVerificationError):
        await client.start_tls(False, server_hostname="localhost")
    with pytest.raises((ssl.SSLError, StreamClosedError)):
        await starting


@pytest.mark.parametrize("turns", [0, 1, 3])
@pytest.mark.parametrize("used", [False, True])
async def test_cancelling_start_tls_closes_the_socket(turns: int, used: bool) -> None:
    client, server = await as_io(tcp())
    if used:
        await server.write(b"x")
        await client.read_bytes(1)
    reading = server.read_until_close()
    starting = client.start_tls(False, client_context(), "localhost")
    for _ in range(turns):
        await asyncio.sleep(0)
    starting.cancel()
    await reading
    assert starting.cancelled()


# Transports


async def transport_of(sock: socket.socket, **options: Any) -> asyncio.Transport:
    transport, _ = await asyncio.get_running_loop().create_connection(
        asyncio.Protocol, sock=sock, **options
    )
    transport.pause_reading()
    return transport


async def test_from_a_transport_with_what_it_has_received() -> None:
    left, right = tcp_sockets()
    stream = IOStream.from_transport(await transport_of(left), b"ear")
    assert type(stream) is IOStream
    right.sendall(b"ly\n")
    assert await stream.read_until(b"\n") == b"early\n"
    await stream.write(b"answer")
    right.settimeout(1)
    assert right.recv(10) == b"answer"
    assert stream.socket.getpeername() == right.getsockname()
    with pytest.raises(StreamBusyError, match="connected already"):
        stream.connect(right.getsockname())
    stream.close()
    right.close()


async def test_from_a_transport_with_more_than_is_read_ahead() -> None:
    left, right = tcp_sockets()
    stream = IOStream.from_transport(await transport_of(left), b"x" * 100, read_chunk_size=10)
    assert await stream.read_bytes(100) == b"x" * 100
    right.sendall(b"y")
    assert await stream.read_bytes(1) == b"y"
    stream.close()
    right.close()


async def test_from_a_transport_with_tls() -> None:
    left, right = tcp_sockets()
    server = SSLIOStream(right, ssl_options=server_context(), server_side=True)
    transport = await transport_of(left, ssl=client_context(), server_hostname="localhost")
    stream = IOStream.from_transport(transport)
    assert isinstance(stream, SSLIOStream)
    assert await stream.wait_for_handshake() is stream
    assert stream.socket.version() == "TLSv1.3"
    await stream.write(b"x")
    assert await server.read_bytes(1) == b"x"
    for each in (stream, server):
        each.close()


async def test_a_transport_without_tls_is_no_ssl_stream() -> None:
    left, right = tcp_sockets()
    transport = await transport_of(left)
    with pytest.raises(ValueError, match="does not encrypt"):
        SSLIOStream(transport)
    transport.close()
    right.close()


async def test_detach_and_go_on() -> None:
    client, server = await as_io(tcp())
    await client.write(b"line\nrest")
    assert await server.read_until(b"\n") == b"line\n"
    transport, received = server.detach()
    assert server.closed()
    with pytest.raises(StreamClosedError):
        server.write(b"x")
    other = IOStream(transport, received=received)
    assert await other.read_bytes(4) == b"rest"
    await client.write(b"more")
    assert await other.read_bytes(4) == b"more"
    for each in (client, other):
        each.close()


async def test_detach_at_the_wrong_time() -> None:
    client, server = await as_io(tcp())
    client.read_bytes(1)
    with pytest.raises(StreamBusyError, match="cannot be detached while"):
        client.detach()
    with pytest.raises(StreamClosedError):
        server.detach()  # not taken up yet
    client.close()
    server.close()


@pytest.mark.parametrize("used", [False, True])
async def test_a_stream_that_succeeds_another(used: bool) -> None:
    client, server = await as_io(tcp())
    closed = asyncio.Event()
    if used:
        server.set_close_callback(closed.set)
    successor = IOStream(server, max_buffer_size=10)
    assert server.closed()
    await client.write(b"x")
    assert await successor.read_bytes(1) == b"x"
    client.close()
    if used:
        await closed.wait()
    successor.close()


async def test_a_descriptor_of_a_socket() -> None:
    left, right = socket.socketpair()
    stream = PipeIOStream(left.detach())
    await stream.write(b"x")
    right.settimeout(1)
    assert right.recv(1) == b"x"
    right.sendall(b"y")
    assert await stream.read_bytes(1) == b"y"
    stream.close()
    right.close()


async def test_what_is_no_socket() -> None:
    with pytest.raises(TypeError, match="a socket, a transport or a stream, not 'x'"):
        IOStream("x")  # type: ignore[arg-type]
