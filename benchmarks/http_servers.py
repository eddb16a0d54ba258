"""Requests per second of Zonda and its peers, in one run on one pinned core.

``python benchmarks/http_servers.py --rounds 3 --seconds 3 --only limit zonda tornado``

Each server runs in a process of its own on the first core, wrk (``apt install wrk``) on the
second.  The rounds are interleaved (A B C A B C), so that a slow minute of the machine hits
everyone.  A figure is the median of the rounds and is worth something only beside its peers': the
ratio to the limit (a protocol that answers every read with fixed bytes, doing nothing else) and the
ratio to Tornado stand in every line.  Before a case is measured its answer is compared with what
it has to be; what cannot run is reported with the reason.

"CPU us" is the processor time of the server for one request, "CPU limit" the limit's as a part of
it: on a machine that does other work at the same time these say more than the rates.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shutil
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path

if not __package__:  # started as a file: import from the repository, not from this directory
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.http_peers.measure import CONNECTIONS, Figure, check, load
from benchmarks.http_peers.servers import CASES, SERVERS, CannotRun, Case, Peers, Running, Server

Figures = dict[tuple[str, str], list[Figure]]
Failures = dict[str, str]
WARM_UP_SECONDS = 1


def measure(
    servers: list[Server], cases: list[str], rounds: int, seconds: int, peers: Peers
) -> tuple[Figures, Failures]:
    """All rounds; the figures by (server, case), and by name the reason of what failed."""
    figures: Figures = {}
    failures: Failures = {}
    for number in range(rounds):
        for server in servers:
            chosen = [CASES[name] for name in server.cases if name in cases]
            if server.name in failures or not chosen:
                continue
            progress(f"round {number + 1}/{rounds}: {server.name}")
            try:
                one_round(server, chosen, seconds, peers, figures, failures)
            except CannotRun as error:
                failures[server.name] = str(error)
    return figures, failures


def one_round(
    server: Server,
    cases: list[Case],
    seconds: int,
    peers: Peers,
    figures: Figures,
    failures: Failures,
) -> None:
    """Start *server*, measure its cases, stop it; a case that fails does not end the others."""
    with Running(server, peers) as running:
        load(running, cases[0], WARM_UP_SECONDS)
        for case in cases:
            if f"{server.name} {case.name}" in failures:
                continue
            try:
                check(running, case)
                figure = load(running, case, seconds)
            except CannotRun as error:
                failures[f"{server.name} {case.name}"] = str(error)
                continue
            figures.setdefault((server.name, case.name), []).append(figure)


def install(servers: list[Server], peers: Peers) -> tuple[list[Server], Failures]:
    """The servers that could be installed, and why the others could not."""
    ready, failures = [], {}
    for server in servers:
        try:
            if server.requires:
                peers.install(server)
            ready.append(server)
        except CannotRun as error:
            failures[server.name] = str(error)
    return ready, failures


def machine() -> str:
    """What the figures were made on."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass
    loaded = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    bound = "pinned" if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else "NOT pinned"
    return (
        f"{model}, {os.cpu_count()} cores, {bound}; {platform.platform(terse=True)}; "
        f"Python {platform.python_version()}; load before the run {loaded}"
    )


def report(servers: Iterable[Server], figures: Figures, failures: Failures) -> Iterable[str]:
    """The table, one line for each server and case, then what failed."""
    yield (
        f"{'server':<14}{'case':<15}{'requests/s':>11}{'spread':>8}{'of limit':>10}"
        f"{'x Tornado':>11}{'CPU us':>8}{'CPU limit':>11}{'p50 us':>8}{'p99 us':>8}"
    )
    for case in CASES:
        for server in servers:
            rounds = figures.get((server.name, case))
            if rounds:
                yield line(server.name, case, rounds, figures)
    for name, reason in failures.items():
        yield f"FAILED {name}: {reason}"


def line(server: str, case: str, rounds: list[Figure], figures: Figures) -> str:
    """One line of the table: the median, its spread, and its ratios."""
    rates = [figure.rate for figure in rounds]
    rate = statistics.median(rates)
    # The limit has no handlers: its plain answer is the limit of every case it is not asked.
    limit = median_rate(figures.get(("limit", case)) or figures.get(("limit", "plain")))
    tornado = median_rate(figures.get(("tornado", case)))
    cpu = median_cpu(rounds)
    cpu_limit = median_cpu(figures.get(("limit", case)) or figures.get(("limit", "plain")) or [])
    errors = sum(figure.refused + figure.broken for figure in rounds)
    return (
        f"{server:<14}{case:<15}{rate:>11,.0f}{(max(rates) - min(rates)) / rate:>8.0%}"
        f"{ratio(rate, limit):>10}{ratio(rate, tornado):>11}"
        f"{cpu:>8.1f}{cpu_limit / cpu:>11.3f}"
        f"{statistics.median(figure.p50 for figure in rounds):>8.0f}"
        f"{statistics.median(figure.p99 for figure in rounds):>8.0f}"
        + (f"  {errors} ERRORS" if errors else "")
    )


def median_rate(rounds: list[Figure] | None) -> float | None:
    return statistics.median(figure.rate for figure in rounds) if rounds else None


def median_cpu(rounds: list[Figure]) -> float:
    found = [figure.cpu for figure in rounds if figure.cpu is not None]
    return statistics.median(found) if found else math.nan


def ratio(rate: float, other: float | None) -> str:
    return "-" if other is None else f"{rate / other:.3f}"


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of one case in one round")
    parser.add_argument("--only", nargs="+", choices=SERVERS, default=list(SERVERS), metavar="NAME")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES), metavar="CASE")
    parser.add_argument("--peers", type=Path, default=Path(".nox/bench-peers"), help="a directory")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.epilog = f"servers: {' '.join(SERVERS)}\ncases: {' '.join(CASES)}"
    return parser.parse_args()


def main() -> int:
    options = arguments()
    if not shutil.which("wrk"):
        print("wrk is not installed (apt install wrk)", file=sys.stderr)
        return 2
    peers = Peers(options.peers.resolve())
    about = machine()
    started = time.strftime("%Y-%m-%d %H:%M:%S %Z")
    servers, missing = install([SERVERS[name] for name in options.only], peers)
    versions = {server.name: peers.versions(server) for server in servers}
    figures, failures = measure(servers, options.cases, options.rounds, options.seconds, peers)
    failures = {**missing, **failures}
    print(f"{started}; {about}; {CONNECTIONS} connections")
    print(
        f"{options.rounds} rounds of {options.seconds} s, interleaved; medians; spread = max - min"
    )
    for name, version in versions.items():
        print(f"  {name}: {version}")
    print("\n".join(report(servers, figures, failures)))
    if options.json:
        rounds = {
            f"{server} {case}": [vars(figure) for figure in figures[server, case]]
            for server, case in figures
        }
        document = {"machine": about, "started": started, "versions": versions}
        options.json.write_text(
            json.dumps({**document, "figures": rounds, "failures": failures}, indent=1) + "\n"
        )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
