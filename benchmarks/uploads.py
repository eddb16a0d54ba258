"""Uploads: how fast a body streams into a server, and how much memory that costs.

``nox -s bench -- benchmarks/uploads.py --size 1024 --rounds 3``

The limit is a protocol of the same event loop that counts the bytes it is given and does nothing
else.  Beside it a delegate of `zonda.httpserver`, and a `zonda.web` handler that streams its body.
The client is a socket that writes one piece again and again; it runs on another core.  Rounds are
interleaved; a figure is the median, in MiB/s, and its ratio to the limit.  "memory" is how much the
resident size of the server grew from before the uploads to their highest point.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable

from benchmarks.programs import Started, module, pin_load, versions
from benchmarks.recording import LIMIT, Measure, Recording, arguments
from zonda.http import HTTPConnection, HTTPMessageDelegate, HTTPServerConnectionDelegate
from zonda.httpserver import HTTP1Connection, HTTPServer
from zonda.web import Application, RequestHandler, stream_request_body

MIB = 1024 * 1024
PIECE = bytes(256 * 1024)
KINDS = {LIMIT: LIMIT, "httpserver": "zonda.httpserver", "web": "zonda.web"}
MEASURES = (Measure("MiB/s"), Measure("MiB grown", more_is_better=False))
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


@stream_request_body
class UploadHandler(RequestHandler):
    """The same as a handler."""

    def data_received(self, chunk: bytes) -> None:
        """Let a piece pass."""

    def post(self) -> None:
        """Answer."""


async def serve(kind: str) -> None:
    """Print the port, serve until standard input ends, print how much memory was added."""
    if kind == "limit":
        server = await asyncio.get_running_loop().create_server(Counting, "127.0.0.1", 0)
        sock = server.sockets[0]
    else:
        delegate = Uploads() if kind == "httpserver" else Application([("/", UploadHandler)])
        sock = HTTPServer(delegate, max_body_size=1 << 40).listen(0, "127.0.0.1")[0]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(sock.getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print((after - before) / 1024, flush=True)


class Server(Started):
    """A server in a process of its own."""

    def __init__(self, kind: str, loop: str) -> None:
        command = module("uploads", "--serve", kind, "--loop", loop)
        super().__init__(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.line())

    def upload(self, size: int) -> float:
        """Send *size* bytes; bytes per second until the answer is there."""
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size)
            start = time.perf_counter()
            for _ in range(size // len(PIECE)):
                sock.sendall(PIECE)
            answer = sock.recv(65536)
            seconds = time.perf_counter() - start
        assert b" 200 " in answer.partition(b"\r\n")[0], answer
        return size / seconds

    def grown(self) -> float:
        """End it; how many MiB its memory has grown."""
        said, _ = self.process.communicate("")
        return float(said)


def run_server(options: argparse.Namespace) -> None:
    """Be the server that the option names."""
    factory = asyncio.new_event_loop
    if options.loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(options.serve))


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=3)
    parser.add_argument("--size", type=int, default=1024, help="MiB of an upload")
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--serve", choices=KINDS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        run_server(options)
        return 0
    pin_load()
    recording = Recording("uploads", MEASURES, (LIMIT,))
    recording.versions = {"zonda": versions(["zonda-web", "uvloop"])}
    case = f"{options.size} MiB, {options.loop}"
    servers = {kind: Server(kind, options.loop) for kind in KINDS}
    for _ in range(options.rounds):
        for kind, server in servers.items():
            recording.add(case, KINDS[kind], server.upload(options.size * MIB) / MIB)
    for kind, server in servers.items():
        recording.add(case, KINDS[kind], server.grown(), "MiB grown")
        server.stop()
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
