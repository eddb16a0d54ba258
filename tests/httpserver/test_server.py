"""A server listens, limits, drains and ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.certificates import client_context, server_context
from tests.httpserver.server_fixture import answer, echo, serving
from zonda.http import HTTPServerRequest
from zonda.httpserver import HTTPServer, Limits
from zonda.httpserver.callback import CallbackDelegate
from zonda.httpserver.server import DRAIN_QUIET
from zonda.iostream import IOStream, SSLIOStream, bind_unix_socket, stream_pair

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_listens_on_a_free_port_and_stops() -> None:
    async with serving() as running:
        assert (await running.ask(GET)).code == 200
        assert running.server.sockets[0].getsockname()[1] == running.port
        running.server.stop()
        assert running.server.sockets == []
        with pytest.raises(OSError, match=r"refused|Connect"):
            await running.connect()


async def test_bind_and_start() -> None:
    server = HTTPServer(echo)
    server.bind(0, "127.0.0.1")
    assert server.sockets == []
    server.start()
    [sock] = server.sockets
    reader, writer = await asyncio.open_connection(*sock.getsockname())
    writer.write(GET)
    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    server.stop()
    await server.close_all_connections()
    writer.close()


async def test_a_socket_of_ones_own() -> None:
    from zonda.iostream import bind_sockets

    [sock] = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(echo)
    server.add_socket(sock)
    assert server.sockets == [sock]
    await asyncio.sleep(0)
    server.stop()
    assert sock.fileno() == -1


async def test_a_port_in_use_is_an_error_that_names_it() -> None:
    async with serving() as running:
        other = HTTPServer(echo)
        with pytest.raises(OSError, match=str(running.port)):
            other.listen(running.port, "127.0.0.1")


def test_what_is_no_callback_is_refused() -> None:
    with pytest.raises(TypeError, match="Application"):
        HTTPServer(42)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("bounds", [{"max_header_size": 0}, {"body_timeout": -1}])
def test_limits_must_be_positive(bounds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(bounds))):
        HTTPServer(echo, **bounds)  # type: ignore[arg-type]  # each is a limit


def test_an_unknown_limit_is_named() -> None:
    with pytest.raises(TypeError, match="max_haeder_size"):
        HTTPServer(echo, max_haeder_size=5)
    assert HTTPServer(echo, max_body_size=None).limits.max_body_size > 0


async def test_tls() -> None:
    seen: list[HTTPServerRequest] = []

    def remember(request: HTTPServerRequest) -> None:
        seen.append(request)
        answer(request, 200, request.protocol.encode())
        assert request.get_ssl_certificate() is None

    async with serving(remember, server_context(), client_context()) as running:
        assert (await running.ask(GET)).body == b"https"
        refused = await running.ask(b"nonsense\r\n\r\n")
        assert refused.code == 400
    assert seen[0].remote_ip == "127.0.0.1"
    assert seen[0].full_url() == "https://x/"


async def test_a_stalled_handshake_ends() -> None:
    async with serving(echo, server_context(), limits=Limits(tls_handshake_timeout=0.1)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        assert await reader.read() == b""
        writer.close()


async def test_the_protocol_can_be_set() -> None:
    server = HTTPServer(lambda r: answer(r, 200, r.protocol.encode()), protocol="https")
    [sock] = server.listen(0, "127.0.0.1")
    reader, writer = await asyncio.open_connection(*sock.getsockname())
    writer.write(GET)
    assert (await reader.readuntil(b"https")).endswith(b"https")
    server.stop()
    await server.close_all_connections()
    writer.close()


async def test_draining_answers_what_has_begun() -> None:
    begun: list[HTTPServerRequest] = []
    async with serving(begun.append) as running:
        busy, idle, late = [await running.connect() for _ in range(3)]
        busy.send(GET)
        while not begun:
            await asyncio.sleep(0.001)
        while running.server.connection_count < 3:
            await asyncio.sleep(0.001)
        draining = asyncio.create_task(running.server.drain())
        await asyncio.sleep(0)
        late.send(GET)
        assert await idle.at_end()
        assert not draining.done()
        for request in begun:
            answer(request, 200, b"done")
        for client in (busy, late):
            received = await client.read()
            assert received.body == b"done"
            assert received.headers["Connection"] == "close"
            assert await client.at_end()
        assert await draining


async def test_draining_cuts_what_takes_too_long() -> None:
    begun: list[HTTPServerRequest] = []
    async with serving(begun.append) as running:
        client = await running.connect()
        client.send(GET)
        while not begun:
            await asyncio.sleep(0.001)
        assert not await running.server.drain(grace=0.05)
        assert await client.at_end()


async def test_draining_an_idle_server_is_immediate() -> None:
    async with serving() as running:
        assert await running.server.drain()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_drains(number: signal.Signals) -> None:
    begun: list[HTTPServerRequest] = []
    async with serving(begun.append) as running:
        client = await running.connect()
        client.send(GET)
        serving_task = asyncio.create_task(running.server.serve_until_signal())
        while not begun:
            await asyncio.sleep(0.001)
        os.kill(os.getpid(), number)
        while running.server.sockets:
            await asyncio.sleep(0.001)
        answer(begun[0], 200, b"done")
        assert (await client.read()).body == b"done"
        await serving_task


async def test_a_second_signal_cuts() -> None:
    begun: list[HTTPServerRequest] = []
    async with serving(begun.append) as running:
        client = await running.connect()
        client.send(GET)
        serving_task = asyncio.create_task(running.server.serve_until_signal())
        while not begun:
            await asyncio.sleep(0.001)
        os.kill(os.getpid(), signal.SIGTERM)
        while running.server.sockets:
            await asyncio.sleep(0.001)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await client.at_end()
        await serving_task


async def test_the_date_follows_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as running:
        monkeypatch.setattr("email.utils.time.time", lambda: 86400.0 * 365)
        running.server._tick()
        received = await running.ask(GET)
        assert received.headers["Date"] == "Fri, 01 Jan 1971 00:00:00 GMT"


def tell_address(request: HTTPServerRequest) -> None:
    answer(request, 200, f"{request.remote_ip} {request.protocol}".encode())


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (None, b"0.0.0.0 http"),
        (("192.0.2.7", 80), b"192.0.2.7 http"),
        ("/run/x.sock", b"0.0.0.0 http"),
    ],
)
async def test_a_stream_that_is_connected_already(address: object, expected: bytes) -> None:
    server = HTTPServer(tell_address)
    client, peer = stream_pair()
    await server.handle_stream(peer, address)
    client.write(GET)
    assert (await client.read_until(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
    assert await client.read_bytes(len(expected)) == expected
    assert server.connection_count == 1
    client.close()
    await server.drain()


async def test_a_tls_stream_that_is_connected_already() -> None:
    context, trusting = server_context(), client_context()
    server = HTTPServer(tell_address)
    client, peer = map(IOStream, socket.socketpair())
    opening = client.start_tls(False, trusting, "localhost")
    serving = asyncio.ensure_future(
        server.handle_stream(SSLIOStream(peer, ssl_options=context, server_side=True))
    )
    secured = await opening
    await serving
    secured.write(GET)
    await secured.read_until(b"\r\n\r\n")
    assert await secured.read_bytes(13) == b"0.0.0.0 https"
    secured.close()
    await server.drain()


async def test_draining_waits_for_a_peer_that_reads_slowly() -> None:
    """The answer is complete, but most of it is still on the way."""
    size = 8 * 1024 * 1024

    async with serving(lambda request: answer(request, 200, bytes(size))) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a read transport too
        writer.write(GET)
        while not any(c._writing_paused for c in running.server._connections):  # type: ignore[attr-defined]  # HTTP
            await asyncio.sleep(0.001)
        draining = asyncio.create_task(running.server.drain(grace=10))
        await asyncio.sleep(DRAIN_QUIET * 2)
        assert not draining.done()
        writer.transport.resume_reading()  # type: ignore[attr-defined]  # see above
        assert len(await reader.read()) > size
        assert await draining
        writer.close()


async def test_a_delegate_that_fails_at_the_end_of_a_connection_holds_up_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(CallbackDelegate):
        def on_close(self, server_conn: object) -> None:
            raise RuntimeError("at the end")

    async with serving(Failing(echo)) as running:
        client = await running.connect()
        assert (await client.ask(GET)).code == 200
        client.writer.close()
        assert await running.server.drain(grace=10)
        assert running.server.connection_count == 0
    assert "at the end" in caplog.text


async def test_a_connection_that_takes_over_is_known_until_it_leaves() -> None:
    class Guest:
        def __init__(self) -> None:
            self.told: list[str] = []

        def end_soon(self) -> None:
            self.told.append("end soon")

        def abort(self) -> None:
            self.told.append("abort")
            server.release(self)

    server = HTTPServer(echo)
    server._prepare(asyncio.get_running_loop())
    patient, late = Guest(), Guest()
    server.adopt(patient)
    assert server.connection_count == 1
    draining = asyncio.create_task(server.drain(grace=0.05))
    await asyncio.sleep(0)
    server.adopt(late)
    await asyncio.sleep(0.01)
    assert patient.told == late.told == ["end soon"]
    server.release(late)
    server.release(late)
    assert not await draining
    assert patient.told == ["end soon", "abort"]
    server.adopt(late)
    server.release(late)
    await asyncio.sleep(0.01)
    assert late.told == ["end soon"]


async def test_max_buffer_size_is_what_a_body_may_have() -> None:
    assert HTTPServer(echo, max_buffer_size=10).limits.max_body_size == 10
    assert HTTPServer(echo, max_buffer_size=10, max_body_size=20).limits.max_body_size == 20


async def test_a_unix_socket(short_path: Path) -> None:
    path = str(short_path / "socket")
    async with serving() as running:
        running.server.add_socket(bind_unix_socket(path))
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(GET)
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        writer.close()


def test_several_processes_need_a_loop_that_does_not_run() -> None:
    async def start() -> None:
        server = HTTPServer(echo)
        server.bind(0, "127.0.0.1")
        try:
            server.start(2)
        finally:
            server.stop()

    with pytest.raises(RuntimeError, match="before an event loop runs"):
        asyncio.run(start())
