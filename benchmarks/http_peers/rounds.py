"""What benchmarks of HTTP servers do alike: their arguments, who can run, and the rounds."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.programs import PEERS, CannotRun, Peers
from benchmarks.recording import Recording, arguments, progress

from .servers import SERVERS, Server


def command(doc: str | None, names: Iterable[str], seconds: float = 3) -> argparse.ArgumentParser:
    """The arguments of a benchmark that compares the servers of these names."""
    parser = arguments(doc, rounds=3, seconds=seconds)
    names = list(names)
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--peers", type=Path, default=PEERS, help="a directory for them")
    return parser


def measure(
    options: argparse.Namespace, recording: Recording, one_round: Callable[[Server, Peers], None]
) -> int:
    """All rounds of the servers that were asked for, in turns, and the report; the exit status.

    :param one_round: measures one server once.
    """
    if not shutil.which("wrk"):
        print("wrk is not installed (apt install wrk)", file=sys.stderr)
        return 2
    peers = Peers(options.peers)
    names = peers.ready([SERVERS[name] for name in options.only], recording.failed)
    recording.versions = {name: peers.versions(SERVERS[name]) for name in names}
    for number in range(options.rounds):
        for name in [name for name in names if name not in recording.failures]:
            progress(f"round {number + 1}/{options.rounds}: {name}")
            try:
                one_round(SERVERS[name], peers)
            except CannotRun as error:
                recording.failed(name, str(error))
    return recording.finish(options.json)
