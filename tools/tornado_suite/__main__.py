"""``python -m tools.tornado_suite [MODULE ...]``: run the suite, or some modules of it."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

from .overlay import Overlay
from .running import Outcome, run_module

LIST = Path(__file__).parents[2] / "docs" / "compatibility.md"

#: Of the tests that run, so many must pass: what was reached must not be lost.
LEAST_SHARE = 0.95

_LISTED = re.compile(r"`(\w+_test\.\w+\.\w+)`")


def listed() -> set[str]:
    """The tests that are known to fail."""
    return set(_LISTED.findall(LIST.read_text(encoding="utf-8")))


def main() -> int:
    """Run, and compare with the list; 0 if they agree."""
    parser = argparse.ArgumentParser(prog="python -m tools.tornado_suite", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as web_test")
    parser.add_argument("--show", action="store_true", help="why tests fail that are not listed")
    arguments = parser.parse_args()
    outcomes: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory() as directory:
        overlay = Overlay(Path(directory))
        print(f"the tests of Tornado {overlay.version}")
        for module in arguments.modules or overlay.modules():
            found = run_twice(overlay, module)
            counts = Counter(outcome.state for outcome in found.values())
            print(f"{module:26}", ", ".join(f"{n} {state}" for state, n in sorted(counts.items())))
            sys.stdout.flush()
            outcomes.update(found)
    return judge(outcomes, complete=not arguments.modules, show=arguments.show)


def run_twice(overlay: Overlay, module: str) -> dict[str, Outcome]:
    """Run a module, and once more if there is something wrong with it.

    Some of its tests compare durations, or have seconds to end: what passes once, passes.
    """
    outcomes = run_module(overlay, module)
    surprises = {
        name
        for name, outcome in outcomes.items()
        if outcome.state in ("failed", "ended") and name not in listed()
    }
    if surprises:
        again = run_module(overlay, module)
        outcomes.update({name: again.get(name, outcomes[name]) for name in surprises})
    return outcomes


def judge(outcomes: dict[str, Outcome], *, complete: bool, show: bool) -> int:
    """Whether the tests that fail are those of the list, and enough pass."""
    known = listed()
    bad = {name for name, outcome in outcomes.items() if outcome.state in ("failed", "ended")}
    passed = {name for name, outcome in outcomes.items() if outcome.state == "passed"}
    run = len(bad) + len(passed)
    share = len(passed) / max(run, 1)
    print(f"{len(passed)} of {run} passed ({share:.2%}), {len(bad & known)} fail as listed")
    for name in sorted(bad - known):
        print(f"fails, and is not listed: {name}")
        if show:
            print(outcomes[name].text)
    for name in sorted(passed & known):
        print(f"listed, but passes: {name}")
    gone = known - set(outcomes) if complete else set()
    for name in sorted(gone):
        print(f"listed, but not in the suite: {name}")
    enough = share >= LEAST_SHARE or not complete
    return int(bool(bad - known or passed & known or gone) or not enough)


if __name__ == "__main__":
    sys.exit(main())
