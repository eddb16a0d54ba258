# mypy: ignore-errors
# The library is chosen when this runs, so its classes are no static types.
# /// script
# requires-python = ">=3.11"
# dependencies = ["anyio", "tornado", "trustme", "uvloop"]
# ///
"""Echoes per second over streams: Zonda beside asyncio streams, Tornado and anyio, in one run.

``nox -s bench -- benchmarks/streams.py --rounds 3 --seconds 2``
``nox -s bench -- --compiled benchmarks/streams.py --only limit zonda zonda-pure tornado``

Each server runs in a process of its own on the first core, the load generator (a bare uvloop
protocol) on the last.  Three kinds of echo, over TCP and over TLS: a line of 32 bytes, sent again
when it is back; 32 such lines at a time, as from a client that does not wait for each answer; a
block of 64 KiB.  With ``--compiled`` Zonda is measured with its functions in C and without.
"limit" is a bare protocol that sends back
whatever arrives and knows no lines: what the kernel and uvloop leave to win.  Rounds are
interleaved, figures are medians and mean something only beside those of the same run.
``CPU us`` is the processor time of the server for one echo, ``own us`` the part of it that is not
the kernel's, which is the same work for all: these other programs on the machine disturb least.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import socket
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

from benchmarks.programs import CannotRun, Started, has_tornado, module, pin_load, versions
from benchmarks.recording import CPU, LIMIT, Measure, Recording, arguments, progress
from zonda.iostream import compiled

CLIENTS = 64
LINE = b"x" * 31 + b"\n"
BLOCK = b"y" * 65536
CASES = {"line": LINE, "lines": LINE * 32, "block": BLOCK}
PURE = "zonda-pure"  # without the functions in C, where there are any
OTHERS = ("asyncio", "tornado", "anyio", "zonda-stdlib", "asyncio-stdlib")
SERVERS = (LIMIT, "zonda", *([PURE] if compiled else []), *OTHERS)
START_SECONDS = 20.0
WARM_UP_SECONDS = 0.3
MEASURES = (Measure("echoes/s"), CPU, Measure("own us", more_is_better=False))


# The servers: each echoes lines on its first two ports and blocks on the third.


class SendBack(asyncio.Protocol):
    """Sends back what arrives."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


async def serve_limit(sockets: dict[str, socket.socket], context: ssl.SSLContext | None) -> None:
    for sock in sockets.values():
        await asyncio.get_running_loop().create_server(SendBack, sock=sock, ssl=context)
    await asyncio.Event().wait()


async def serve_tornado_style(
    package: str, sockets: dict[str, socket.socket], context: ssl.SSLContext | None
) -> None:
    """The same program for Zonda and for Tornado."""
    module = "zonda.iostream" if package == "zonda" else "tornado.tcpserver"
    server: Any = importlib.import_module(module).TCPServer
    closed = importlib.import_module(f"{package}.iostream").StreamClosedError

    async def lines(self: object, stream: Any, address: object) -> None:
        stream.set_nodelay(True)  # as the others do by default
        try:
            while True:
                await stream.write(await stream.read_until(b"\n"))
        except closed:
            pass

    async def blocks(self: object, stream: Any, address: object) -> None:
        stream.set_nodelay(True)
        try:
            while True:
                await stream.write(await stream.read_bytes(len(BLOCK)))
        except closed:
            pass

    for case, sock in sockets.items():
        handler = blocks if case == "block" else lines
        kind = type("Server", (server,), {"handle_stream": handler})
        kind(ssl_options=context).add_socket(sock)
    await asyncio.Event().wait()


async def serve_zonda(sockets: dict[str, socket.socket], context: ssl.SSLContext | None) -> None:
    await serve_tornado_style("zonda", sockets, context)


async def serve_tornado(sockets: dict[str, socket.socket], context: ssl.SSLContext | None) -> None:
    await serve_tornado_style("tornado", sockets, context)


async def serve_asyncio(sockets: dict[str, socket.socket], context: ssl.SSLContext | None) -> None:
    async def lines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.readline():
                writer.write(data)
                await writer.drain()
        except OSError:
            pass

    async def blocks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(await reader.readexactly(len(BLOCK)))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass

    for case, sock in sockets.items():
        await asyncio.start_server(blocks if case == "block" else lines, sock=sock, ssl=context)
    await asyncio.Event().wait()


async def serve_anyio(sockets: dict[str, socket.socket], context: ssl.SSLContext | None) -> None:
    import anyio
    from anyio.streams.buffered import BufferedByteReceiveStream
    from anyio.streams.tls import TLSListener

    async def lines(stream: Any) -> None:
        buffered = BufferedByteReceiveStream(stream)
        try:
            while True:
                await stream.send(await buffered.receive_until(b"\n", 65536) + b"\n")
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.IncompleteRead):
            pass

    async def blocks(stream: Any) -> None:
        buffered = BufferedByteReceiveStream(stream)
        try:
            while True:
                await stream.send(await buffered.receive_exactly(len(BLOCK)))
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.IncompleteRead):
            pass

    async def serve(handler: Callable[[Any], Awaitable[None]], sock: socket.socket) -> None:
        from anyio.abc import SocketListener

        listener: Any = await SocketListener.from_socket(sock)
        if context is not None:
            listener = TLSListener(listener, context)
        await listener.serve(handler)

    async with anyio.create_task_group() as group:
        for case, sock in sockets.items():
            group.start_soon(serve, blocks if case == "block" else lines, sock)


def serve(name: str, descriptors: list[int], certificate: str | None) -> None:
    """What the server process does, for ever."""
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    listening = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    for sock in listening:
        sock.setblocking(False)
    sockets = dict(zip(CASES, listening, strict=True))
    which, _, loop = name.partition("-")
    program = globals()[f"serve_{which}"](sockets, context)
    if loop == "stdlib" or which == "tornado":  # Tornado runs on the standard library's loop
        asyncio.run(program)
    else:
        import uvloop

        uvloop.run(program)


class Server(Started):
    """A server process with a listening port for each kind of echo."""

    def __init__(self, name: str, certificate: str | None = None) -> None:
        listening = [socket.create_server(("127.0.0.1", 0), backlog=1024) for _ in CASES]
        self.addresses = {
            case: sock.getsockname() for case, sock in zip(CASES, listening, strict=True)
        }
        descriptors = [sock.fileno() for sock in listening]
        command = module("streams", "--serve", name, "--fds", *descriptors)
        command += ["--certificate", certificate] if certificate else []
        env = {**os.environ, "ZONDA_PURE": "1"} if name == PURE else None
        super().__init__(command, pass_fds=descriptors, env=env)
        for sock in listening:
            sock.close()


class Echo(asyncio.Protocol):
    """Sends a message, and again whenever all of it has come back."""

    def __init__(self, message: bytes) -> None:
        self.message = message
        self.missing = len(message)
        self.echoes = 0
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.message)

    def data_received(self, data: bytes) -> None:
        self.missing -= len(data)
        if not self.missing:
            self.echoes += 1
            self.missing = len(self.message)
            self.transport.write(self.message)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(exc)


async def load(
    server: Server, case: str, seconds: float, context: ssl.SSLContext | None
) -> tuple[float, float, float]:
    """Echoes per second, and the server's processor seconds for one echo: all, and its own."""
    loop = asyncio.get_running_loop()
    host, port = server.addresses[case]
    name = "localhost" if context else None
    clients = [
        (
            await loop.create_connection(
                lambda: Echo(CASES[case]), host, port, ssl=context, server_hostname=name
            )
        )[1]
        for _ in range(CLIENTS)
    ]
    late = time.monotonic() + START_SECONDS
    while not all(client.echoes for client in clients) and time.monotonic() < late:
        await asyncio.sleep(WARM_UP_SECONDS)  # a server that is still being imported
    await asyncio.sleep(WARM_UP_SECONDS)
    echoes, cpu, started = sum(c.echoes for c in clients), server.cpu(), time.perf_counter()
    await asyncio.sleep(seconds)
    done = sum(c.echoes for c in clients) - echoes
    elapsed = time.perf_counter() - started
    used, own = (now - before for now, before in zip(server.cpu(), cpu, strict=True))
    if any(client.lost.done() for client in clients) or not done:
        raise CannotRun("it closed a connection or answered nothing")
    for client in clients:
        client.transport.abort()
    await asyncio.gather(*(client.lost for client in clients))
    return done / elapsed, used / done, own / done


def measure(recording: Recording, options: argparse.Namespace) -> None:
    """All rounds of all servers."""
    import uvloop

    from benchmarks.certificate import certificate

    with certificate() as (file, context):
        for number in range(options.rounds):
            for name in options.only:
                for kind, own in (("TCP", None), ("TLS", file)):
                    progress(f"round {number + 1}/{options.rounds}: {name} {kind}")
                    tls = context if own else None
                    with Server(name, own) as server:
                        for case in options.cases:
                            try:
                                figures = uvloop.run(load(server, case, options.seconds, tls))
                            except (CannotRun, OSError) as error:
                                recording.failed(f"{name} {case} {kind}", str(error))
                                continue
                            rate, cpu, outside = figures
                            recording.add(f"{case} {kind}", name, rate)
                            recording.add(f"{case} {kind}", name, cpu * 1e6, CPU.unit)
                            recording.add(f"{case} {kind}", name, outside * 1e6, "own us")


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=3, seconds=2)
    parser.add_argument("--only", nargs="+", choices=SERVERS, default=list(SERVERS))
    parser.add_argument("--cases", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--fds", nargs="+", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--certificate", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.fds, options.certificate)
        return 0
    if "tornado" in options.only and not has_tornado():
        parser.error("this environment has no Tornado (an alias is none): see nox -s bench")
    pin_load()
    recording = Recording("streams", MEASURES, (LIMIT, "asyncio", "tornado"))
    names = ["zonda-iostream", "anyio", "tornado", "uvloop"]
    recording.versions = {name: versions([name]) for name in names}
    measure(recording, options)
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
