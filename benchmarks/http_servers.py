"""Requests per second of Zonda and its peers, in one run on one pinned core.

``nox -s bench -- benchmarks/http_servers.py --rounds 3 --seconds 3 --only limit zonda tornado``

Each server runs in a process of its own on the first core, wrk (``apt install wrk``) on the
second.  The rounds are interleaved (A B C A B C), so that a slow minute of the machine hits
everyone.  A figure is the median of the rounds and is worth something only beside its peers': the
ratio to the limit (a protocol that answers every read with fixed bytes, doing nothing else) and the
ratio to Tornado stand in every line.  Before a case is measured its answer is compared with what
it has to be; what cannot run is reported with the reason.

``nox -s bench -- --compiled benchmarks/http_servers.py --only limit zonda-uvloop zonda-pure``
compares Zonda with its functions in C, and without them.

"CPU us" is the processor time of the server for one request: on a machine that does other work at
the same time it says more than the rates.
"""

from __future__ import annotations

import sys

from benchmarks.http_peers import rounds
from benchmarks.http_peers.measure import Figure, check, load
from benchmarks.http_peers.servers import CASES, SERVERS, Case, Server
from benchmarks.programs import CannotRun, Peers, Running
from benchmarks.recording import CPU, Measure, Recording

WARM_UP_SECONDS = 1
MEASURES = (Measure("requests/s"), CPU, Measure("p50 us", False), Measure("p99 us", False))


def one_round(
    recording: Recording, server: Server, cases: list[Case], seconds: float, peers: Peers
) -> None:
    """Start *server*, measure its cases, stop it; a case that fails does not end the others."""
    with Running(server, peers) as running:
        load(running, cases[0], WARM_UP_SECONDS)
        for case in cases:
            if f"{server.name} {case.name}" in recording.failures:
                continue
            try:
                check(running, case)
                record(recording, case.name, server.name, load(running, case, seconds))
            except CannotRun as error:
                recording.failed(f"{server.name} {case.name}", str(error))


def record(recording: Recording, case: str, program: str, figure: Figure) -> None:
    """Add what one round of one case gave."""
    if figure.refused or figure.broken:
        raise CannotRun(f"{figure.refused} bad answers, {figure.broken} broken connections")
    recording.add(case, program, figure.rate)
    if figure.cpu is not None:
        recording.add(case, program, figure.cpu, CPU.unit)
    recording.add(case, program, figure.p50, "p50 us")
    recording.add(case, program, figure.p99, "p99 us")


def main() -> int:
    """Measure what was asked for."""
    parser = rounds.command(__doc__, SERVERS)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES), metavar="CASE")
    parser.epilog = f"servers: {' '.join(SERVERS)}\ncases: {' '.join(CASES)}"
    options = parser.parse_args()
    recording = Recording("http", MEASURES, ("limit", "tornado"))

    def measure(server: Server, peers: Peers) -> None:
        chosen = [CASES[name] for name in server.cases if name in options.cases]
        if chosen:
            one_round(recording, server, chosen, options.seconds, peers)

    return rounds.measure(options, recording, measure)


if __name__ == "__main__":
    sys.exit(main())
