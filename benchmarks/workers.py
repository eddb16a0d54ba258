"""What worker processes cost: one beside several, how connections are spread, who wakes up.

``nox -s bench -- benchmarks/workers.py --rounds 3 --seconds 2``

With two cores, one of which makes the load, two workers cannot show twice the rate.  So all of them
share one core, and the figure is the processor time for one request: as long as it is that of one
worker, each further core adds what the first one gives.  That holds if connections are spread
evenly ("busiest part" is the part of them that the busiest worker has, in per cent; a half is best
for two) and if nobody wakes up for a connection that another worker takes ("wake-ups" are the
switches to any worker, for one connection that asks once and is closed).
"""

from __future__ import annotations

import collections
import shutil
import sys
from pathlib import Path

from benchmarks.hardships.sites import SITES, answer, ask, connect, get
from benchmarks.http_peers.measure import load
from benchmarks.http_peers.servers import CASES
from benchmarks.memory import raise_limit
from benchmarks.programs import PEERS, CannotRun, Peers, Running, pin_load
from benchmarks.recording import CPU, Measure, Recording, arguments, progress

NAMES = ("zonda", "uvicorn", "tornado")
COUNTS = (1, 2, 4)
MEASURES = (
    CPU,
    Measure("requests/s"),
    Measure("busiest part, %", more_is_better=False),
    Measure("wake-ups", more_is_better=False),
)
SPREAD_OVER = 400
ONE_BY_ONE = 500


def busiest_part(running: Running) -> float:
    """The part of all connections, in per cent, that one worker has."""
    found: collections.Counter[bytes] = collections.Counter()
    connections = []
    try:
        for _ in range(SPREAD_OVER):
            sock = connect(running.port)
            connections.append(sock)
            sock.sendall(get("/pid"))
            found[answer(sock)[1]] += 1
    finally:
        for sock in connections:
            sock.close()
    return 100 * max(found.values()) / SPREAD_OVER


def wake_ups(running: Running) -> float:
    """How often processes were switched to, for each of some connections one after another."""
    before = switches(running)
    for _ in range(ONE_BY_ONE):
        ask(running.port, "/pid")
    return (switches(running) - before) / ONE_BY_ONE


def switches(running: Running) -> int:
    """How often the server's processes gave up the processor to wait for something."""
    count = 0
    for pid, _ in running.processes():
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                count += int(line.split()[1])
    return count


def one_round(recording: Recording, name: str, count: int, seconds: float, peers: Peers) -> None:
    """One server with so many workers."""
    program = "1 worker" if count == 1 else f"{count} workers"
    with Running(SITES[name].with_arguments(f"workers={count}"), peers) as running:
        load(running, CASES["plain"], 1)
        figure = load(running, CASES["plain"], seconds)
        recording.add(name, program, figure.cpu or 0.0)
        recording.add(name, program, figure.rate, "requests/s")
        recording.add(name, program, busiest_part(running), "busiest part, %")
        recording.add(name, program, wake_ups(running), "wake-ups")


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=3, seconds=2)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--peers", type=Path, default=PEERS, help="a directory for them")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        print("wrk is not installed (apt install wrk)", file=sys.stderr)
        return 2
    raise_limit()
    pin_load()
    peers = Peers(options.peers)
    recording = Recording("workers", MEASURES, ("1 worker",))
    names = peers.ready([SITES[name] for name in options.only], recording.failed)
    recording.versions = {name: peers.versions(SITES[name]) for name in names}
    for number in range(options.rounds):
        for name in names:
            for count in COUNTS:
                progress(f"round {number + 1}/{options.rounds}: {name}, {count}")
                try:
                    one_round(recording, name, count, options.seconds, peers)
                except (CannotRun, OSError) as error:
                    recording.failed(f"{name}, {count}", str(error))
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
