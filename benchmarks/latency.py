"""How long requests take at a fixed rate, of Zonda and its peers, in one run.

``nox -s bench -- benchmarks/latency.py --rounds 3 --seconds 3``

A closed loop, such as wrk's, asks less of a server that has stopped for a moment; here requests
come when they are due, and their time counts from then.  Each server is asked at half of what it
can do, which wrk finds out in the same round (at most at %d a second, beyond which this generator
would be measured and not the server), and all of them at the same rate of %d a second.
"""

from __future__ import annotations

import json
import sys

from benchmarks.http_peers import rounds
from benchmarks.http_peers.measure import CONNECTIONS, load
from benchmarks.http_peers.servers import CASES, Server
from benchmarks.programs import (
    HERE,
    LOAD_CORE,
    SAY_SECONDS,
    CannotRun,
    Peers,
    Running,
    finished,
    last_line,
    pinned,
)
from benchmarks.recording import CPU, Measure, Recording

NAMES = ("zonda-uvloop", "socketify", "granian", "aiohttp", "starlette", "tornado")
MOST = 12_000
SAME = 2_000
__doc__ = (__doc__ or "") % (MOST, SAME)


def ask(running: Running, rate: float, seconds: float) -> dict[str, float]:
    """Ask at a rate; the times in microseconds."""
    program = str(HERE / "http_peers" / "load_schedule.py")
    command = [sys.executable, program, *map(str, (running.port, rate, seconds, CONNECTIONS))]
    done = finished(pinned(LOAD_CORE, command), "asking at a rate", seconds + SAY_SECONDS)
    if done.returncode:
        raise CannotRun(last_line(done.stderr))
    found: dict[str, float] = json.loads(done.stdout)
    return found


def one_round(recording: Recording, server: Server, seconds: float, peers: Peers) -> None:
    """One server at both rates."""
    name = server.name
    with Running(server, peers) as running:
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
    options = rounds.command(__doc__, NAMES).parse_args()
    measures = (Measure("us", more_is_better=False), Measure("requests/s"), CPU)
    recording = Recording("latency", measures, ("socketify", "aiohttp", "tornado"))
    return rounds.measure(
        options,
        recording,
        lambda server, peers: one_round(recording, server, options.seconds, peers),
    )


if __name__ == "__main__":
    sys.exit(main())
