"""Uploads: how fast a body streams into a server, and how much memory that costs.

``nox -s bench -- benchmarks/uploads.py --size 1024 --rounds 3``

The limit is a protocol on uvloop that counts the bytes it is given and does nothing else; beside it
are a delegate of `zonda.httpserver`, and the handlers of frameworks that count a body as it comes.
The client is a socket that writes one piece again and again; it runs on another core.  Rounds are
interleaved.  "CPU us" is for one MiB; "MiB grown" is from before the uploads to the highest point
of the server's memory.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable
from pathlib import Path

from benchmarks.http_peers.servers import SERVERS
from benchmarks.programs import (
    PEERS,
    CannotRun,
    Peers,
    Running,
    Started,
    module,
    pin_load,
    versions,
)
from benchmarks.recording import CPU, LIMIT, Measure, Recording, arguments, progress
from zonda.http import HTTPConnection, HTTPMessageDelegate, HTTPServerConnectionDelegate
from zonda.httpserver import HTTP1Connection, HTTPServer

MIB = 1024 * 1024
PIECE = bytes(256 * 1024)
BARE = (LIMIT, "zonda.httpserver")
FRAMEWORKS = ("zonda-uvloop", "zonda", "aiohttp", "starlette", "tornado")
GROWN = "MiB grown"
MEASURES = (Measure("MiB/s"), CPU, Measure(GROWN, more_is_better=False))
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Counting(asyncio.Protocol):
    """The limit: counts bytes, answers when all that was announced are there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.left: int | None = None

    def data_received(self, data: bytes) -> None:
        if self.left is None:
            head, _, data = data.partition(b"\r\n\r\n")
            self.left = int(head.rpartition(b" ")[2])
        self.left -= len(data)
        if not self.left:
            self.left = None
            self.transport.write(ANSWER)  # type: ignore[attr-defined]  # a transport of a socket


class Upload(HTTPMessageDelegate):
    """A delegate that lets the body pass."""

    def __init__(self, connection: HTTPConnection) -> None:
        self.connection = connection

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return None

    def finish(self) -> None:
        assert isinstance(self.connection, HTTP1Connection)
        self.connection.respond(200, "", b"")


class Uploads(HTTPServerConnectionDelegate):
    """Makes an `Upload` for each request."""

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> Upload:
        return Upload(request_conn)


async def serve(name: str) -> None:
    """Print the port, and serve for ever."""
    if name == LIMIT:
        server = await asyncio.get_running_loop().create_server(Counting, "127.0.0.1", 0)
        sock = server.sockets[0]
    else:
        sock = HTTPServer(Uploads(), max_body_size=1 << 40).listen(0, "127.0.0.1")[0]
    print(sock.getsockname()[1], flush=True)
    await asyncio.Event().wait()


def upload(port: int, size: int) -> float:
    """Send *size* bytes; seconds until the answer is there.

    :raises CannotRun: it is not the right one.
    """
    head = b"POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size
    with socket.create_connection(("127.0.0.1", port), 60) as sock:
        sock.sendall(head)
        start = time.perf_counter()
        for _ in range(size // len(PIECE)):
            sock.sendall(PIECE)
        answer = sock.recv(65536)
        seconds = time.perf_counter() - start
    if b" 200 " not in answer.partition(b"\r\n")[0]:
        raise CannotRun(f"an upload gave {answer[:100]!r}")
    return seconds


def measure(recording: Recording, name: str, started: Started, port: int, size: int) -> None:
    """One upload to one server."""
    upload(port, MIB)
    before, cpu = started.resident(), started.cpu()[0]
    seconds = upload(port, size)
    case = f"{size // MIB} MiB"
    recording.add(case, name, size / MIB / seconds)
    recording.add(case, name, (started.cpu()[0] - cpu) * 1e6 / (size / MIB), CPU.unit)
    recording.add(case, name, max(0, started.highest() - before) / MIB, GROWN)


def one_round(recording: Recording, size: int, peers: Peers) -> None:
    """Each server once."""
    for name in BARE:
        with Started(module("uploads", "--serve", name), stdout=subprocess.PIPE) as started:
            measure(recording, name, started, int(started.line()), size)
    for name in FRAMEWORKS:
        if name in recording.failures:
            continue
        try:
            peers.install(name, SERVERS[name].requires)
            with Running(SERVERS[name], peers) as running:
                measure(recording, name, running, running.port, size)
        except (CannotRun, OSError) as error:
            recording.failed(name, str(error))


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=3)
    parser.add_argument("--size", type=int, default=1024, help="MiB of an upload")
    parser.add_argument("--peers", type=Path, default=PEERS, help="a directory for them")
    parser.add_argument("--serve", choices=BARE, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        import uvloop

        with contextlib.suppress(KeyboardInterrupt):
            uvloop.run(serve(options.serve))
        return 0
    pin_load()
    peers = Peers(options.peers)
    recording = Recording("uploads", MEASURES, (LIMIT, "aiohttp", "tornado"))
    for number in range(options.rounds):
        progress(f"round {number + 1}/{options.rounds}")
        one_round(recording, options.size * MIB, peers)
    recording.versions = {"zonda.httpserver": versions(["zonda-httpserver", "uvloop"])}
    recording.versions |= {name: peers.versions(SERVERS[name]) for name in FRAMEWORKS}
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
