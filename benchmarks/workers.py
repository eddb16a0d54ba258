"""What worker processes cost: one beside several, how connections are spread, who wakes up.

``nox -s bench -- benchmarks/workers.py --rounds 3 --seconds 2``

For a small answer the load takes as much of the processor as the server, so with two cores two
workers cannot show twice the rate.  So all of them share one core, and the figure is the processor
time for one request: as long as it is that of one worker, each further core adds what the first
one gives.  A page of 50 rows takes many times what asking for it does: "pages/s" are those of
workers and load on both cores.  Two workers give twice as many only if connections are spread
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
from benchmarks.http_peers.measure import check, load
from benchmarks.http_peers.servers import CASES
from benchmarks.memory import raise_limit
from benchmarks.programs import BOTH_CORES, PEERS, CannotRun, Peers, Running, pin_load
from benchmarks.recording import CPU, Measure, Recording, arguments, progress

NAMES = ("zonda", "uvicorn", "tornado")
WITH_PAGES = ("zonda", "tornado")
COUNTS = (1, 2, 4)
MEASURES = (
    CPU,
    Measure("requests/s"),
    Measure("busiest part, %", more_is_better=False),
    Measure("wake-ups", more_is_better=False),
    Measure("pages/s"),
)
CORES = 2
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
    site = SITES[name].with_arguments(f"workers={count}")
    with Running(site, peers) as running:
        load(running, CASES["plain"], 1)
        figure = load(running, CASES["plain"], seconds)
        recording.add(name, program, figure.cpu or 0.0)
        recording.add(name, program, figure.rate, "requests/s")
        recording.add(name, program, busiest_part(running), "busiest part, %")
        recording.add(name, program, wake_ups(running), "wake-ups")
    if name in WITH_PAGES and count <= CORES:
        with Running(site, peers, core=BOTH_CORES) as running:
            check(running, CASES["page"])
            load(running, CASES["page"], 1, core=BOTH_CORES)
            pages = load(running, CASES["page"], seconds, core=BOTH_CORES)
            recording.add(name, program, pages.rate, "pages/s")


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
