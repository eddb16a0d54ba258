# /// script
# requires-python = ">=3.11"
# dependencies = ["trustme"]
# ///
"""Hard times: Zonda and its peers with slow, greedy and silent clients, signals and shortage.

``nox -s bench -- benchmarks/hardship.py --rounds 3``, ``... --only zonda tornado --cases forms``

Every server has its own defaults, and the same site in front of it.  The cases:

slow       500 clients that send their head a byte a second, 500 that say nothing, 50 whose body
           drips, 50 that stall in the TLS handshake: seconds until the last of them is closed
pipelined  one connection that sends 1,000 requests and reads all answers, again and again
unread     the same without reading: what is taken in, and what memory grows by
cookies    the slowest of some cookie headers of 60,000 bytes, one request alone
forms      the slowest of some forms of 1 MiB, one request alone
large      a response of 1 GiB to a peer that does not read
sigterm    64 requests in flight and 20 websockets: answers lost, websockets that got no close
           code, seconds until the process is gone (the requests take half a second)
sigkill    one of two workers is killed: seconds until there is another one
short      64 descriptors and twice as many clients: processor time in 4 s, KiB logged
tls        what is accepted below what is good today

All of this is less is better but for what is counted per second.  Memory of idle connections is in
``memory.py``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.certificate import certificate
from benchmarks.hardships import endings, greed, slowness
from benchmarks.hardships.sites import SITES
from benchmarks.memory import raise_limit
from benchmarks.programs import PEERS, CannotRun, Peers, Running, Server, pin_load
from benchmarks.recording import Measure, Recording, arguments, progress

CASES = (
    *("pipelined", "unread", "cookies", "forms", "large"),
    *("sigterm", "sigkill", "short", "tls", "slow"),
)
RATE = "per second"
MEASURES = (Measure("figure", more_is_better=False), Measure(RATE))


class Hardship:
    """What is done to each server, one round at a time."""

    def __init__(self, recording: Recording, peers: Peers, file: str, quick: bool) -> None:
        self.recording = recording
        self.peers = peers
        self.file = file
        self.seconds = 0.5 if quick else 3.0

    def add(self, case: str, name: str, value: float) -> None:
        """A figure of which less is better."""
        self.recording.add(case, name, value)

    def pipelined(self, name: str, site: Server) -> None:
        with Running(site, self.peers) as running:
            greed.pipelined(running, 0.2)
            rate = greed.pipelined(running, self.seconds)
            self.recording.add("pipelined requests", name, rate, RATE)

    def unread(self, name: str, site: Server) -> None:
        with Running(site, self.peers) as running:
            taken, grown = greed.unread(running)
            self.add("unread pipelined requests: MiB taken in", name, taken)
            self.add("unread pipelined requests: MiB grown", name, grown)

    def cookies(self, name: str, site: Server) -> None:
        with Running(site, self.peers) as running:
            took, which = greed.worst(running, greed.cookies())
            self.add("cookies of 60 KB, worst: ms", name, took)
            self.recording.note(f"{name}: the slowest cookies are {which}")

    def forms(self, name: str, site: Server) -> None:
        with Running(site, self.peers) as running:
            took, which = greed.worst(running, greed.forms())
            self.add("form of 1 MiB, worst: ms", name, took)
            self.recording.note(f"{name}: the slowest form is {which}")

    def large(self, name: str, site: Server) -> None:
        with Running(site, self.peers) as running:
            self.add("1 GiB unread: MiB grown", name, greed.unread_answer(running))

    def sigterm(self, name: str, site: Server) -> None:
        with Running(site, self.peers) as running:
            lost, without, seconds, codes = endings.terminated(running)
            self.add("SIGTERM: answers lost, of 64", name, lost)
            self.add("SIGTERM: websockets without a close code, of 20", name, without)
            self.add("SIGTERM: s until the end", name, seconds)
            if running.process.poll() is None:
                self.recording.note(f"{name}: not ended {seconds:.0f} s after SIGTERM")
            self.recording.note(f"{name}: close codes at SIGTERM: {codes}")

    def sigkill(self, name: str, site: Server) -> None:
        if name == "aiohttp":
            return  # has no workers of its own
        with Running(site.with_arguments("workers=2"), self.peers) as running:
            self.add("SIGKILL: s until there is another worker", name, endings.replaced(running))

    def short(self, name: str, site: Server) -> None:
        cpu, logged = endings.without_descriptors(site, self.peers)
        self.add("no descriptors: CPU s in 4 s", name, cpu)
        self.add("no descriptors: KiB logged in 4 s", name, logged)

    def tls(self, name: str, site: Server) -> None:
        with Running(site.with_arguments(f"certificate={self.file}"), self.peers) as running:
            slowness.tls_defaults(self.recording, name, running)

    def round(self, names: list[str], cases: list[str]) -> None:
        """Each case of each server once."""
        for case in cases:
            if case == "slow":
                continue
            act: Callable[[str, Server], None] = getattr(self, case)
            for name in names:
                if f"{name} {case}" in self.recording.failures:
                    continue
                progress(f"{case}: {name}")
                try:
                    act(name, SITES[name])
                except (CannotRun, OSError) as error:
                    self.recording.failed(f"{name} {case}", str(error))


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=3)
    parser.add_argument("--only", nargs="+", choices=SITES, default=list(SITES))
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--quick", action="store_true", help="slow clients are few and give up")
    parser.add_argument("--peers", type=Path, default=PEERS, help="a directory for them")
    options: argparse.Namespace = parser.parse_args()
    raise_limit()
    pin_load()
    peers = Peers(options.peers)
    recording = Recording("hardship", MEASURES, ("aiohttp", "uvicorn", "tornado"))
    names = peers.ready([SITES[name] for name in options.only], recording.failed)
    recording.versions = {name: peers.versions(SITES[name]) for name in names}
    with certificate() as (file, _):
        hardship = Hardship(recording, peers, file, options.quick)
        for number in range(options.rounds):
            progress(f"round {number + 1}/{options.rounds}")
            hardship.round(names, options.cases)
        if "slow" in options.cases:  # once: the times are limits of the servers
            progress("slow clients")
            chosen = {name: SITES[name] for name in names}
            slowness.measure(recording, chosen, peers, file, options.quick)
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
