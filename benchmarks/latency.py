"""How long requests take at a fixed rate, of Zonda and its peers, in one run.

``nox -s bench -- benchmarks/latency.py --rounds 3 --seconds 3``

A closed loop, such as wrk's, asks less of a server that has stopped for a moment; here requests
come when they are due, and their time counts from then.  Each server is asked at half of what it
can do, which wrk finds out in the same round (at most at %d a second, beyond which this generator
would be measured and not the server), and all of them at the same rate of %d a second.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.http_peers.measure import CONNECTIONS, load
from benchmarks.http_peers.servers import CASES, SERVERS
from benchmarks.programs import (
    HERE,
    LOAD_CORE,
    PEERS,
    CannotRun,
    Peers,
    Running,
    last_line,
    pinned,
)
from benchmarks.recording import CPU, Measure, Recording, arguments, progress

NAMES = ("zonda-uvloop", "socketify", "granian", "aiohttp", "starlette", "tornado")
MOST = 12_000
SAME = 2_000
__doc__ = (__doc__ or "") % (MOST, SAME)


def ask(running: Running, rate: float, seconds: float) -> dict[str, float]:
    """Ask at a rate; the times in microseconds."""
    program = str(HERE / "http_peers" / "load_schedule.py")
    command = [sys.executable, program, *map(str, (running.port, rate, seconds, CONNECTIONS))]
    done = subprocess.run(pinned(LOAD_CORE, command), capture_output=True, text=True)
    if done.returncode:
        raise CannotRun(last_line(done.stderr))
    found: dict[str, float] = json.loads(done.stdout)
    return found


def one_round(recording: Recording, name: str, seconds: float, peers: Peers) -> None:
    """One server at both rates."""
    with Running(SERVERS[name], peers) as running:
        load(running, CASES["plain"], 1)
        half = load(running, CASES["plain"], seconds).rate / 2
        for case, rate in (("half of capacity", min(half, MOST)), (f"{SAME} a second", SAME)):
            before = running.cpu()[0]
            found = ask(running, rate, seconds)
            used = running.cpu()[0] - before
            recording.add(f"p50, {case}", name, found["p50"])
            recording.add(f"p99, {case}", name, found["p99"])
            recording.add(f"p99, {case}", name, found["rate"], "requests/s")
            recording.add(f"p99, {case}", name, used * 1e6 / found["done"], CPU.unit)


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=3, seconds=3)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES), metavar="NAME")
    parser.add_argument("--peers", type=Path, default=PEERS, help="a directory for them")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        print("wrk is not installed (apt install wrk)", file=sys.stderr)
        return 2
    peers = Peers(options.peers)
    measures = (Measure("us", more_is_better=False), Measure("requests/s"), CPU)
    recording = Recording("latency", measures, ("socketify", "aiohttp", "tornado"))
    names = peers.ready([SERVERS[name] for name in options.only], recording.failed)
    recording.versions = {name: peers.versions(SERVERS[name]) for name in names}
    for number in range(options.rounds):
        for name in names:
            progress(f"round {number + 1}/{options.rounds}: {name}")
            try:
                one_round(recording, name, options.seconds, peers)
            except CannotRun as error:
                recording.failed(name, str(error))
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
