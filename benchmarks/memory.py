# /// script
# requires-python = ">=3.11"
# dependencies = ["anyio", "tornado", "uvloop"]
# ///
"""Memory of connections that wait, and how fast they come, of Zonda and its peers in one run.

``nox -s bench -- benchmarks/memory.py --connections 10000 --only http``

Three kinds: HTTP connections that had one answer and are kept alive, websockets that had one echo,
and streams that echoed one line.  All are opened one after another and stay open; a figure is what
the server's resident memory has grown by, for each.  The first hundred do not count, since they
fill caches.  "connections/s" are those that were opened, asked and answered in a second, all of
them by one thread on the other core.
"""

from __future__ import annotations

import argparse
import resource
import socket
import sys
import time
from pathlib import Path

from benchmarks.http_peers.servers import SERVERS as HTTP_SERVERS
from benchmarks.programs import PEERS, CannotRun, Peers, Running, Server, Started, pin_load
from benchmarks.recording import CPU, Measure, Recording, arguments, progress
from benchmarks.streams import LINE
from benchmarks.streams import Server as StreamServer
from benchmarks.websocket import SERVERS as WEBSOCKET_SERVERS

FIRST = 100
ANSWER_SECONDS = 10.0
# For all connections of one program: thirty milliseconds for each of the usual number.
ALL_SECONDS = 300.0
MEASURES = (Measure("KiB each", more_is_better=False), Measure("connections/s"), CPU)

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HELLO = b"Hello, world"
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
FRAME = b"\x81\x85\0\0\0\0hello"  # masked with zeros: the same bytes come back
ECHO = b"\x81\x05hello"

# By the name of the program; the last item is what the answer ends with.
Talk = tuple[tuple[bytes, bytes], ...]
HTTP: Talk = ((REQUEST, HELLO),)
WEBSOCKET: Talk = ((HANDSHAKE, b"\r\n\r\n"), (FRAME, ECHO))
STREAM: Talk = ((LINE, LINE),)

HTTP_PROGRAMS: dict[str, Server] = {
    "zonda": HTTP_SERVERS["zonda-uvloop"],
    "aiohttp": HTTP_SERVERS["aiohttp"],
    "uvicorn": HTTP_SERVERS["starlette"],
    "socketify": HTTP_SERVERS["socketify"],
    "tornado": HTTP_SERVERS["tornado"],
}
STREAM_PROGRAMS = ("zonda", "asyncio", "anyio", "tornado")


def open_one(number: int, address: tuple[str, int], talk: Talk) -> socket.socket:
    """A connection on which everything was said and answered.

    :raises CannotRun: it was closed, or something has not come in time.
    """
    awaited = b"a connection"
    connection = None
    try:
        connection = socket.create_connection(address, ANSWER_SECONDS)
        for said, awaited in talk:
            connection.sendall(said)
            received = b""
            until = time.monotonic() + ANSWER_SECONDS
            while not received.endswith(awaited):
                more = connection.recv(65536)
                if not more:
                    raise CannotRun(f"connection {number} was closed")
                received += more
                if time.monotonic() > until:
                    raise TimeoutError
    except TimeoutError:
        if connection is not None:
            connection.close()
        within = f"within {ANSWER_SECONDS:.0f} s"
        raise CannotRun(f"connection {number} waited for {awaited!r} in vain {within}") from None
    return connection


def open_all(server: Started, address: tuple[str, int], talk: Talk, count: int) -> list[float]:
    """Open *count* connections; KiB of each, how many a second, processor microseconds of each."""
    connections: list[socket.socket] = []
    deadline = time.monotonic() + ALL_SECONDS
    try:
        for number in range(FIRST + count):
            if number == FIRST:
                started, before, cpu = time.perf_counter(), server.resident(), server.cpu()[0]
            if time.monotonic() > deadline:
                raise CannotRun(f"only {number} connections within {ALL_SECONDS:.0f} s")
            connections.append(open_one(number, address, talk))
        elapsed, used = time.perf_counter() - started, server.cpu()[0] - cpu
        grown = server.resident() - before
    finally:
        for connection in connections:
            connection.close()
    return [grown / count / 1024, count / elapsed, used / count * 1e6]


class Measuring:
    """Adds one round at a time."""

    def __init__(self, recording: Recording, peers: Peers, count: int) -> None:
        self.recording = recording
        self.peers = peers
        self.count = count

    def round(self, kinds: list[str]) -> None:
        """Each program of each kind once."""
        programs = {
            "http keep-alive": (HTTP_PROGRAMS, HTTP),
            "websocket": (WEBSOCKET_SERVERS, WEBSOCKET),
        }
        for case, (servers, talk) in programs.items():
            if case.split()[0] in kinds:
                for name, server in servers.items():
                    self.server(case, name, server, talk)
        if "stream" in kinds:
            for name in STREAM_PROGRAMS:
                try:
                    with StreamServer(name) as started:
                        self.add("stream", name, started, started.addresses["line"], STREAM)
                except (CannotRun, OSError) as error:
                    self.recording.failed(f"{name} stream", str(error))

    def server(self, case: str, name: str, server: Server, talk: Talk) -> None:
        """A program that is given its port."""
        if f"{name} {case}" in self.recording.failures:
            return
        try:
            self.peers.install(server.name, server.requires)
            with Running(server, self.peers) as running:
                self.add(case, name, running, ("127.0.0.1", running.port), talk)
        except (CannotRun, OSError) as error:
            self.recording.failed(f"{name} {case}", str(error))

    def add(
        self, case: str, name: str, server: Started, address: tuple[str, int], talk: Talk
    ) -> None:
        """Measure and record."""
        progress(f"{case}: {name}")
        figures = open_all(server, address, talk, self.count)
        for measure, figure in zip(MEASURES, figures, strict=True):
            self.recording.add(case, name, figure, measure.unit)


def raise_limit() -> None:
    """As many descriptors as this process and its children may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=3)
    kinds = ["http", "websocket", "stream"]
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--only", nargs="+", choices=kinds, default=kinds)
    parser.add_argument("--peers", type=Path, default=PEERS, help="a directory for them")
    options: argparse.Namespace = parser.parse_args()
    raise_limit()
    pin_load()
    peers = Peers(options.peers)
    recording = Recording("memory", MEASURES, ("aiohttp", "tornado"))
    measuring = Measuring(recording, peers, options.connections)
    for number in range(options.rounds):
        progress(f"round {number + 1}/{options.rounds}")
        measuring.round(options.only)
    recording.versions = {
        name: peers.versions(server) for name, server in (HTTP_PROGRAMS | WEBSOCKET_SERVERS).items()
    }
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
