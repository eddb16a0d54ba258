"""Every benchmark in one run, and from its figures the tables and charts of the documentation.

``nox -s bench``, ``nox -s bench -- --quick``, ``nox -s bench -- --only http streams --rounds 9``

What is found goes to ``docs/figures/NAME.json``, from which `benchmarks.report` makes the rest.
With ``--quick`` the rounds are as few and short as possible: that shows whether everything runs,
and goes to another directory, since such figures are no statement.  A benchmark whose peers or
programs are missing says so and leaves them out; the others go on.
"""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.programs import module
from benchmarks.recording import progress
from benchmarks.report import FIGURES, write

QUICK_FIGURES = Path(".nox/bench-quick")


@dataclasses.dataclass(frozen=True)
class Discipline:
    """A benchmark, with its arguments for figures that count and for a quick look."""

    name: str
    module: str
    full: str
    quick: str


DISCIPLINES = {
    discipline.name: discipline
    for discipline in (
        Discipline("http", "http_servers", "--rounds 3 --seconds 2", "--rounds 1 --seconds 1"),
        Discipline("https", "https_servers", "--rounds 3 --seconds 2", "--rounds 1 --seconds 1"),
        Discipline("growth", "growth", "--rounds 3 --seconds 1", "--rounds 1 --seconds 1"),
        Discipline("latency", "latency", "--rounds 3 --seconds 2", "--rounds 1 --seconds 1"),
        Discipline("workers", "workers", "--rounds 3 --seconds 2", "--rounds 1 --seconds 1"),
        Discipline("uploads", "uploads", "--rounds 3", "--rounds 1 --size 64"),
        Discipline("streams", "streams", "--rounds 3 --seconds 1", "--rounds 1 --seconds 0.2"),
        Discipline(
            "websocket", "websocket", "--rounds 3 --seconds 1", "--rounds 1 --seconds 0.3 --quick"
        ),
        Discipline("client", "client", "--rounds 3 --seconds 1", "--rounds 1 --seconds 0.2"),
        Discipline("template", "template", "--rounds 15", "--rounds 1"),
        Discipline("database", "database", "--rounds 21", "--rounds 2"),
        Discipline("loop", "loop", "--rounds 7", "--rounds 1"),
        Discipline("imports", "imports", "--rounds 11", "--rounds 1"),
        Discipline("memory", "memory", "--rounds 3", "--rounds 1 --connections 500"),
        Discipline("hardship", "hardship", "--rounds 3", "--rounds 1 --quick"),
    )
}


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="only to see whether everything runs")
    parser.add_argument("--only", nargs="+", choices=DISCIPLINES, default=list(DISCIPLINES))
    parser.add_argument("--rounds", type=int, help="in place of each discipline's own number")
    options = parser.parse_args()
    figures = QUICK_FIGURES if options.quick else FIGURES
    failed = []
    for name in options.only:
        discipline = DISCIPLINES[name]
        started = time.monotonic()
        arguments = (discipline.quick if options.quick else discipline.full).split()
        if options.rounds:
            arguments += ["--rounds", str(options.rounds)]
        command = module(discipline.module, *arguments, "--json", figures / f"{name}.json")
        print(f"\n== {name}", flush=True)
        if subprocess.run(command).returncode:
            failed.append(name)
        progress(f"{name} took {time.monotonic() - started:.0f} s")
    if not options.quick:
        write()
    if failed:
        print(f"\nnot everything could be measured: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
