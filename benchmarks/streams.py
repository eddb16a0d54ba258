# mypy: ignore-errors
# The library is chosen when this runs, so its classes are no static types.
# /// script
# requires-python = ">=3.11"
# dependencies = ["anyio", "tornado", "trustme", "uvloop"]
# ///
"""Echoes per second over streams: Zonda beside asyncio streams, Tornado and anyio, in one run.

``nox -s bench -- benchmarks/streams.py --rounds 3 --seconds 2``

Each server runs in a process of its own on the first core, the load generator (a bare uvloop
protocol) on the last.  Three kinds of echo, over TCP and over TLS: a line of 32 bytes, sent again
when it is back; 32 such lines at a time, as from a client that does not wait for each answer; a
block of 64 KiB.  Then the memory of idle connections.  "limit" is a bare protocol that sends back
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
import resource
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

CLIENTS = 64
LINE = b"x" * 31 + b"\n"
BLOCK = b"y" * 65536
CASES = {"line": LINE, "lines": LINE * 32, "block": BLOCK}
SERVERS = ("limit", "zonda", "asyncio", "tornado", "anyio", "zonda-stdlib", "asyncio-stdlib")
WARM_UP_SECONDS = 0.3
Figure = tuple[float, float, float]


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


class Server:
    """A server process with a listening port for each kind of echo."""

    def __init__(self, name: str, certificate: str | None) -> None:
        listening = [socket.create_server(("127.0.0.1", 0), backlog=1024) for _ in CASES]
        self.addresses = {
            case: sock.getsockname() for case, sock in zip(CASES, listening, strict=True)
        }
        descriptors = [sock.fileno() for sock in listening]
        command = [sys.executable, __file__, "--serve", name, "--fds", *map(str, descriptors)]
        command += ["--certificate", certificate] if certificate else []
        self.process = subprocess.Popen(command, pass_fds=descriptors)
        for sock in listening:
            sock.close()
        self._pin(self.process.pid, 0)

    @staticmethod
    def _pin(pid: int, core: int) -> None:
        if hasattr(os, "sched_setaffinity"):
            cores = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(pid, {cores[core]})

    def cpu(self) -> tuple[float, float]:
        """Seconds of processor time so far: all, and those outside the kernel."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        user, system = int(fields[11]), int(fields[12])
        return (user + system) / os.sysconf("SC_CLK_TCK"), user / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Resident bytes."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.process.terminate()
        self.process.wait()


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


async def load(server: Server, case: str, seconds: float, context: ssl.SSLContext | None) -> Figure:
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
    await asyncio.sleep(WARM_UP_SECONDS)
    echoes, cpu, started = sum(c.echoes for c in clients), server.cpu(), time.perf_counter()
    await asyncio.sleep(seconds)
    done = sum(c.echoes for c in clients) - echoes
    elapsed = time.perf_counter() - started
    used, own = (now - before for now, before in zip(server.cpu(), cpu, strict=True))
    if any(client.lost.done() for client in clients) or not done:
        raise RuntimeError("a server closed a connection or answered nothing")
    for client in clients:
        client.transport.abort()
    await asyncio.gather(*(client.lost for client in clients))
    return done / elapsed, used / done, own / done


async def idle(server: Server, count: int) -> float:
    """Resident bytes of the server for one connection that has echoed a line and waits."""
    loop = asyncio.get_running_loop()
    host, port = server.addresses["line"]
    before = 0
    connections = []
    for number in range(count + 100):  # the first ones fill the caches
        sock = socket.socket()
        sock.setblocking(False)
        await loop.sock_connect(sock, (host, port))
        await loop.sock_sendall(sock, LINE)
        await loop.sock_recv(sock, len(LINE))
        connections.append(sock)
        if number == 99:
            before = server.memory()
    grown = server.memory() - before
    for sock in connections:
        sock.close()
    return grown / count


def measure(options: argparse.Namespace) -> dict[tuple[str, str], list[Figure]]:
    """All rounds of all servers, by case and server."""
    import trustme
    import uvloop

    authority = trustme.CA()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    figures: dict[tuple[str, str], list[Figure]] = {}
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(file.name)
        for number in range(options.rounds):
            for name in options.only:
                for kind, certificate in (("TCP", None), ("TLS", file.name)):
                    print(f"round {number + 1}: {name} {kind}", file=sys.stderr, flush=True)
                    tls = context if certificate else None
                    with Server(name, certificate) as server:
                        for case in options.cases:
                            figure = uvloop.run(load(server, case, options.seconds, tls))
                            figures.setdefault((f"{case} {kind}", name), []).append(figure)
    return figures


def report(figures: dict[tuple[str, str], list[Figure]]) -> None:
    """Print the table: rates and processor times, each with its ratio to two peers."""
    print(
        f"{'x rate of':>64}{'x CPU time of':>29}{'x own time of':>29}\n"
        f"{'case':<12}{'server':<16}{'echoes/s':>10}{'spread':>8}{'asyncio':>9}{'Tornado':>9}"
        f"{'CPU us':>9}{'asyncio':>10}{'Tornado':>10}{'own us':>9}{'asyncio':>10}{'Tornado':>10}"
    )
    medians = {
        key: tuple(statistics.median(column) for column in zip(*runs, strict=True))
        for key, runs in figures.items()
    }
    for (case, name), runs in sorted(figures.items(), key=lambda item: item[0][0]):
        rate, *times = medians[case, name]
        spread = (max(run[0] for run in runs) - min(run[0] for run in runs)) / rate
        peers = [medians.get((case, peer)) for peer in ("asyncio", "tornado")]

        def ratios(figure: float, column: int, width: int, peers: Any = peers) -> str:
            return "".join(
                f"{figure / p[column]:>{width}.2f}" if p else f"{'-':>{width}}" for p in peers
            )

        cells = "".join(
            f"{figure * 1e6:>9.1f}{ratios(figure, column, 10)}"
            for column, figure in enumerate(times, 1)
        )
        print(f"{case:<12}{name:<16}{rate:>10,.0f}{spread:>8.0%}{ratios(rate, 0, 9)}{cells}")


def measure_idle(names: list[str], count: int) -> None:
    """Print the memory of *count* idle connections."""
    import uvloop

    print(f"\n{'server':<16}KiB per idle connection, of {count}")
    for name in names:
        with Server(name, None) as server:
            print(f"{name:<16}{uvloop.run(idle(server, count)) / 1024:>8.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one case in one round")
    parser.add_argument("--only", nargs="+", choices=SERVERS, default=list(SERVERS))
    parser.add_argument("--cases", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--idle", type=int, default=10_000, help="connections; 0 leaves it out")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--fds", nargs="+", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--certificate", help=argparse.SUPPRESS)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.serve:
        serve(options.serve, options.fds, options.certificate)
        return
    Server._pin(0, -1)
    if options.cases:
        report(measure(options))
    if options.idle:
        measure_idle(options.only, options.idle)


if __name__ == "__main__":
    main()
