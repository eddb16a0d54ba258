"""Running test modules, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from .overlay import Overlay

CHILD = Path(__file__).with_name("child.py")

#: Seconds without any news after which a process is ended.
PATIENCE = 20.0
#: How often a module is taken up again behind a test that hung or crashed.
MOST_STARTS = 6


class Outcome(NamedTuple):
    """What became of a test.

    :ivar state: ``passed``, ``failed``, ``skipped``, or ``ended`` for one that hung or crashed.
    :ivar text: why.
    """

    state: str
    text: str


def run_module(overlay: Overlay, module: str, python: str = sys.executable) -> dict[str, Outcome]:
    """The outcome of every test of *module*, by ``module.Class.test``."""
    outcomes: dict[str, Outcome] = {}
    for start in range(MOST_STARTS):
        report = overlay.site / f"{module}.{start}"
        report.touch()
        output = run_process(overlay, [python, str(CHILD), module, str(report), *outcomes], report)
        begun = None
        lines = report.read_text(encoding="utf-8").splitlines()
        for line in map(json.loads, lines):
            if line["event"] == "ended":
                return {short(name): outcome for name, outcome in outcomes.items()}
            if line["event"] == "begun":
                begun = line["test"]
            elif outcomes.get(line["test"], Outcome("", "")).state != "failed":
                outcomes[line["test"]] = Outcome(line["event"], line["text"])
        if begun is None or begun in outcomes:
            outcomes[f"tornado.test.{module}"] = Outcome("ended", output[-2000:])
            break
        outcomes[begun] = Outcome("ended", "it hung, or ended the process")
    return {short(name): outcome for name, outcome in outcomes.items()}


def run_process(overlay: Overlay, command: list[str], report: Path) -> str:
    """Run a child as long as it has news; the result is what it printed."""
    log = report.with_suffix(report.suffix + ".log")
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=overlay.site,
            env=overlay.environment(),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        size, since = 0, time.monotonic()
        while process.poll() is None:
            time.sleep(0.05)
            grown = report.stat().st_size
            if grown != size:
                size, since = grown, time.monotonic()
            elif time.monotonic() - since > PATIENCE:
                process.kill()
                process.wait()
    return log.read_text(encoding="utf-8", errors="replace")


def short(name: str) -> str:
    """The name of a test without what all have in common."""
    return name.removeprefix("tornado.test.")
