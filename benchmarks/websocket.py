"""Websocket messages per second of Zonda and its peers, in one run on one pinned core.

``python benchmarks/websocket.py --rounds 3 --seconds 2 --only picows zonda tornado``

Three things are measured: servers that echo (32 connections), clients that talk to the fastest of
these servers, and servers that send one message to many members of a room.  Where a connection
waits for its echo, most of the time is the kernel's; in a "burst" it has 32 messages on their way,
sent in one piece, and the time is that of the program itself.

Each program runs alone on the first core, what loads it on the second; rounds are interleaved, so
that a slow minute of the machine hits everyone.  A figure is worth something only beside its
peers', and on a machine that does other work the processor time of a message ("CPU us") says more
than the rate.  picows' figure is that of its bare listener, which checks neither text nor close
frames and puts no fragments together.

"speedups" is the extra of zonda-websocket; "zonda-portable" runs without it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

if not __package__:  # started as a file: import from the repository, not from this directory
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.http_peers.servers import LOAD_CORE, CannotRun, Peers, Running, Server, pinned

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
        _server("zonda-portable", ("portable",)),
        _server("aiohttp", (), ("aiohttp", _UVLOOP)),
        _server("websockets", (), ("websockets", _UVLOOP)),
        _server("uvicorn", (), ("uvicorn", "websockets", "httptools", _UVLOOP)),
        _server("tornado", (), ("tornado", _UVLOOP)),
    )
}
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
    :ivar memory: KiB of an idle connection, where it was measured.
    """

    rate: float
    cpu: float
    memory: float = 0.0


Figures = dict[tuple[str, str], list[Figure]]


class Observed(Running):
    """A started server whose memory can be seen."""

    def resident(self) -> float:
        """KiB of memory that it holds."""
        status = Path(f"/proc/{self._process.pid}/status")
        for line in status.read_text().splitlines():
            if line.startswith("VmRSS:"):
                return float(line.split()[1])
        return 0.0


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
            return self._figure(running, load)

    def client(self, name: str, size: int, window: int) -> Figure:
        """A client that talks to the server of picows."""
        program, argument = CLIENTS[name]
        python = sys.executable if name.startswith("zonda") else str(self.peers.python)
        with Running(SERVERS["picows"], self.peers) as running:
            command = [python, str(HERE / program), str(running.port), str(size)]
            command += [str(window), str(CONNECTIONS), str(self.seconds), argument]
            done = subprocess.run(
                pinned(LOAD_CORE, command), capture_output=True, text=True, check=False
            )
        try:
            rate, cpu, _ = (float(word) for word in done.stdout.split())
        except ValueError:
            raise CannotRun(done.stderr.strip().rpartition("\n")[2] or "no figure") from None
        return Figure(rate, cpu)

    def room(self, server: Server) -> Figure:
        """A server that sends each message to all members of a room."""
        with Observed(server, self.peers) as running:
            assert isinstance(running, Observed)
            before = running.resident()
            arguments = [str(running.port), str(MEMBERS), str(self.seconds)]
            load = self._load("load_broadcast.py", arguments)
            if _line(load) != "connected":
                raise CannotRun("the members could not connect")
            memory = (running.resident() - before) / MEMBERS
            assert load.stdin is not None
            load.stdin.write("\n")
            load.stdin.flush()
            figure = self._figure(running, load)
        return Figure(figure.rate, figure.cpu, memory)

    def _load(self, program: str, arguments: list[str]) -> subprocess.Popen[str]:
        command = [str(self.peers.python), str(HERE / program), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(pinned(LOAD_CORE, command), stdin=pipe, stdout=pipe, text=True)

    def _figure(self, running: Running, load: subprocess.Popen[str]) -> Figure:
        with load:
            if _line(load) != "begin":
                load.kill()
                raise CannotRun(f"the load stopped; the server says: {running.last_words()}")
            before = running.cpu_seconds() or 0.0
            rate = float(_line(load) or 0)
            used = (running.cpu_seconds() or 0.0) - before
        if not rate:
            raise CannotRun("nothing was echoed")
        return Figure(rate, used / self.seconds / rate * 1e6)


def _line(load: subprocess.Popen[str]) -> str:
    assert load.stdout is not None
    return load.stdout.readline().strip()


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
    names: list[str], kinds: list[str], rounds: int, quick: bool, measuring: Measuring
) -> tuple[Figures, dict[str, str]]:
    """All rounds, interleaved; the figures, and why some could not be made."""
    figures: Figures = {}
    failures: dict[str, str] = {}
    for kind, case, arguments in cases(names, quick):
        if kind not in kinds:
            continue
        for _ in range(rounds):
            for name in names:
                if f"{name} {case}" in failures or not _can(name, case, arguments):
                    continue
                print(f"\r{case}: {name:<20}", end="", file=sys.stderr, flush=True)
                try:
                    figure = _one(measuring, case, name, arguments)
                except CannotRun as error:
                    failures[f"{name} {case}"] = str(error)
                    continue
                figures.setdefault((name, case), []).append(figure)
    print(file=sys.stderr)
    return figures, failures


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


def report(figures: Figures, failures: dict[str, str]) -> Iterable[str]:
    """The table: one line for each case and program."""
    yield f"{'case':<20}{'program':<18}{'messages/s':>12}{'CPU us':>9}{'of picows':>11}{'KiB':>7}"
    for (name, case), rounds in sorted(figures.items(), key=lambda item: item[0][1]):
        rate = statistics.median(figure.rate for figure in rounds)
        cpu = statistics.median(figure.cpu for figure in rounds)
        best = figures.get(("picows", case)) or []
        # By processor time, which does not suffer from what else the machine does.
        ratio = statistics.median(figure.cpu for figure in best) / cpu if best and cpu else None
        memory = statistics.median(figure.memory for figure in rounds)
        yield (
            f"{case:<20}{name:<18}{rate:>12,.0f}{cpu:>9.2f}"
            f"{'' if ratio is None else f'{ratio:.2f}':>11}{f'{memory:.1f}' if memory else '':>7}"
        )
    for name, reason in failures.items():
        yield f"FAILED {name}: {reason}"


def main() -> None:
    """Measure what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    names = list(dict.fromkeys([*SERVERS, *CLIENTS]))
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--kinds", nargs="+", default=["echo", "burst", "client", "room"])
    parser.add_argument("--quick", action="store_true", help="text only")
    default = Path(tempfile.gettempdir()) / "zonda-websocket-peers"
    parser.add_argument("--peers", type=Path, default=default, help="where peers are installed")
    options = parser.parse_args()
    peers = Peers(options.peers)
    for server in SERVERS.values():
        if server.requires:
            peers.install(server)
    measuring = Measuring(peers, options.seconds)
    figures, failures = measure(
        options.only, options.kinds, options.rounds, options.quick, measuring
    )
    for line in report(figures, failures):
        print(line)


if __name__ == "__main__":
    main()
