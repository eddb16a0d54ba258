"""Websocket messages per second of Zonda and its peers, in one run on one pinned core.

``nox -s bench -- benchmarks/websocket.py --rounds 3 --seconds 2 --only picows zonda tornado``

Three things are measured: servers that echo (32 connections), clients that talk to a server that
counts bytes, and servers that send one message to many members of a room.  Where a connection
waits for its echo, most of the time is the kernel's; in a "burst" it has 32 messages on their way,
sent in one piece, and the time is that of the program itself.

Each program runs alone on a core, what loads it on the other; rounds are interleaved, so that a
slow minute of the machine hits everyone.  A figure is worth something only beside its peers', and
often the processor time of a message ("CPU us") says more than the rate: on a machine that does
other work, and where the other side has more to do than the program ("peer busy", the part of the
time in which it ran, near 1).  There the rate is that of the load, and fast programs seem closer to
each other than they are.  picows' figure is that of its bare listener, which checks neither text
nor close frames and puts no fragments together.

"zonda" has the functions in C where they are compiled (``--compiled``), "zonda-pure" has none of
them but that of the extra "speedups", and "zonda-portable" not even this.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.programs import (
    LOAD_CORE,
    PEERS,
    SAY_SECONDS,
    CannotRun,
    Peers,
    Running,
    Server,
    next_line,
    pinned,
)
from benchmarks.recording import CPU, Measure, Recording, arguments, progress

HERE = Path(__file__).resolve().parent / "websocket_peers"
CONNECTIONS = 32
MEMBERS = 2000
SIZES = (32, 1024, 16384)
# Messages on their way in a burst, and the bytes of each.
BURST = 32
BURST_SIZE = 32

_UVLOOP = "uvloop"


def _server(name: str, arguments: tuple[str, ...] = (), requires: tuple[str, ...] = ()) -> Server:
    program = "serve_zonda.py" if name.startswith("zonda") else f"serve_{name}.py"
    return Server(name, str(HERE / program), arguments, requires)


SERVERS = {
    server.name: server
    for server in (
        _server("picows", (), ("picows", _UVLOOP)),
        _server("zonda"),
        _server("zonda-pure", ("pure",)),
        _server("zonda-portable", ("portable",)),
        _server("aiohttp", (), ("aiohttp", _UVLOOP)),
        _server("websockets", (), ("websockets", _UVLOOP)),
        _server("uvicorn", (), ("uvicorn", "websockets", "httptools", _UVLOOP)),
        _server("tornado", (), ("tornado", _UVLOOP)),
    )
}
FIXED = Server("fixed answers", str(HERE / "serve_fixed.py"))
CLIENTS = {
    "picows": ("client_peer.py", "picows"),
    "zonda": ("client_zonda.py", "callback"),
    "zonda-coroutine": ("client_zonda.py", "coroutine"),
    "aiohttp": ("client_peer.py", "aiohttp"),
    "websockets": ("client_peer.py", "websockets"),
    "tornado": ("client_peer.py", "tornado"),
}


@dataclass(frozen=True)
class Figure:
    """One measurement.

    :ivar rate: messages per second.
    :ivar cpu: microseconds of processor time for one.
    :ivar peer_busy: the part of the time in which the other side ran.
    :ivar memory: KiB of an idle connection, where it was measured.
    """

    rate: float
    cpu: float
    peer_busy: float
    memory: float = 0.0


MEMORY = "KiB of a member"
PEER_BUSY = "peer busy"
MEASURES = (
    Measure("messages/s"),
    CPU,
    Measure(PEER_BUSY, more_is_better=False),
    Measure(MEMORY, more_is_better=False),
)


class Measuring:
    """Where programs run and what they are asked."""

    def __init__(self, peers: Peers, seconds: float) -> None:
        self.peers = peers
        self.seconds = seconds

    def echo(self, server: Server, size: int, kind: str, compress: str, window: int) -> Figure:
        """A server that echoes."""
        asked = Server(server.name, server.program, (*server.arguments, compress), server.requires)
        arguments = [str(size), kind, compress, str(window), str(CONNECTIONS), str(self.seconds)]
        with Running(asked, self.peers) as running:
            load = self._load("load_echo.py", [str(running.port), *arguments])
            rate, load_busy, busy = self._watch(running, load)
            return Figure(rate, busy / rate * 1e6, load_busy)

    def client(self, name: str, size: int, window: int) -> Figure:
        """A client that talks to a server of fixed answers."""
        program, argument = CLIENTS[name]
        python = sys.executable if name.startswith("zonda") else str(self.peers.python)
        with Running(FIXED.with_arguments(str(size)), self.peers) as running:
            arguments = [str(running.port), str(size), str(window), str(CONNECTIONS)]
            load = self._load(program, [*arguments, str(self.seconds), argument], python)
            rate, busy, server_busy = self._watch(running, load)
            return Figure(rate, busy / rate * 1e6, server_busy)

    def room(self, server: Server) -> Figure:
        """A server that sends each message to all members of a room."""
        with Running(server, self.peers) as running:
            before = running.resident()
            arguments = [str(running.port), str(MEMBERS), str(self.seconds)]
            load = self._load("load_broadcast.py", arguments)
            if next_line(load, "that all members are connected") != "connected":
                raise CannotRun("the members could not connect")
            memory = (running.resident() - before) / MEMBERS / 1024
            assert load.stdin is not None
            load.stdin.write("\n")
            load.stdin.flush()
            rate, load_busy, busy = self._watch(running, load)
        return Figure(rate, busy / rate * 1e6, load_busy, memory)

    def _load(
        self, program: str, arguments: list[str], python: str | None = None
    ) -> subprocess.Popen[str]:
        command = [python or str(self.peers.python), str(HERE / program), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(pinned(LOAD_CORE, command), stdin=pipe, stdout=pipe, text=True)

    def _watch(self, running: Running, load: subprocess.Popen[str]) -> tuple[float, float, float]:
        """Messages per second, and how busy the load and the server were meanwhile."""
        with load:
            if next_line(load, "that the load begins") != "begin":
                load.kill()
                raise CannotRun(f"the load stopped; the server says: {running.last_words()}")
            before = running.cpu_seconds() or 0.0
            said = next_line(load, "how much was echoed", self.seconds + SAY_SECONDS)
            used = (running.cpu_seconds() or 0.0) - before
        rate, load_busy = (float(word) for word in said.split()) if said else (0.0, 0.0)
        if not rate:
            raise CannotRun("nothing was echoed")
        return rate, load_busy, used / self.seconds


def cases(names: list[str], quick: bool) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What to measure: kind, name of the case, and the arguments."""
    for size in SIZES:
        for kind in ("text",) if quick else ("text", "binary"):
            yield "echo", f"echo {size} {kind}", (str(size), kind, "plain", "1")
    for size in SIZES[1:]:
        yield "echo", f"echo {size} deflate", (str(size), "text", "compress", "1")
    yield "burst", f"burst {BURST_SIZE}", (str(BURST_SIZE), "text", "plain", str(BURST))
    for size in SIZES:
        yield "client", f"client {size}", (str(size), "1")
    yield "burst", f"client burst {BURST_SIZE}", (str(BURST_SIZE), str(BURST))
    yield "room", f"room of {MEMBERS}", ()


def measure(
    recording: Recording,
    names: list[str],
    kinds: list[str],
    rounds: int,
    quick: bool,
    measuring: Measuring,
) -> None:
    """All rounds, interleaved."""
    for kind, case, asked in cases(names, quick):
        if kind not in kinds:
            continue
        progress(case)
        for _ in range(rounds):
            for name in names:
                if f"{name} {case}" in recording.failures or not _can(name, case, asked):
                    continue
                try:
                    figure = _one(measuring, case, name, asked)
                except CannotRun as error:
                    recording.failed(f"{name} {case}", str(error))
                    continue
                recording.add(case, name, figure.rate)
                recording.add(case, name, figure.cpu, CPU.unit)
                recording.add(case, name, figure.peer_busy, PEER_BUSY)
                if figure.memory:
                    recording.add(case, name, figure.memory, MEMORY)


def _can(name: str, case: str, arguments: tuple[str, ...]) -> bool:
    if case.startswith("client"):
        return name in CLIENTS
    if name not in SERVERS:
        return False
    # picows has no compression, and uvicorn's is that of websockets.
    return "compress" not in arguments or name not in ("picows", "uvicorn")


def _one(measuring: Measuring, case: str, name: str, arguments: tuple[str, ...]) -> Figure:
    if case.startswith(("echo", "burst")):
        size, kind, compress, window = arguments
        return measuring.echo(SERVERS[name], int(size), kind, compress, int(window))
    if case.startswith("client"):
        return measuring.client(name, int(arguments[0]), int(arguments[1]))
    return measuring.room(SERVERS[name])


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=3, seconds=2)
    names = list(dict.fromkeys([*SERVERS, *CLIENTS]))
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--kinds", nargs="+", default=["echo", "burst", "client", "room"])
    parser.add_argument("--quick", action="store_true", help="text only")
    parser.add_argument("--peers", type=Path, default=PEERS, help="where peers are installed")
    options = parser.parse_args()
    peers = Peers(options.peers)
    recording = Recording("websocket", MEASURES, ("picows", "aiohttp", "tornado"))
    ready = peers.ready(list(SERVERS.values()), recording.failed)
    recording.versions = {name: peers.versions(SERVERS[name]) for name in ready}
    measuring = Measuring(peers, options.seconds)
    chosen = [name for name in options.only if name in ready or name not in SERVERS]
    measure(recording, chosen, options.kinds, options.rounds, options.quick, measuring)
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
