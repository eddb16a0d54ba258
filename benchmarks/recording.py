"""What a benchmark found: the figures of every round, on which machine, with which versions.

A benchmark makes one `Recording`, adds a value for each round of each case and program, and ends
with `Recording.finish`, which prints the table and writes a file of JSON where one was asked for.
The median of the rounds is the figure; the spread is the distance from the lowest to the highest
as a part of it.  A ratio is the median of those of each round: what a slow minute of the machine
does to both programs of a round does nothing to their ratio.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from benchmarks.programs import can_pin


@dataclasses.dataclass(frozen=True)
class Measure:
    """What is counted.

    :ivar unit: its name and unit, such as ``requests/s``.
    :ivar more_is_better: whether a higher value is the better one.
    """

    unit: str
    more_is_better: bool = True


CPU = Measure("CPU us", more_is_better=False)

#: A program that does the least that can be done, and nothing else; where it has no figure for a
#: case, that of its first case is the limit.
LIMIT = "limit"

Key = tuple[str, str, str]  # case, program, unit


class Recording:
    """The figures of one discipline.

    :param discipline: its name, which is that of the file.
    :param measures: what is counted; the first is what the discipline is about.
    :param references: programs with which every other is compared in the table.
    """

    def __init__(
        self, discipline: str, measures: Sequence[Measure], references: Sequence[str] = ()
    ) -> None:
        self.discipline = discipline
        self.measures = {measure.unit: measure for measure in measures}
        self.references = tuple(references)
        self.rounds: dict[Key, list[float]] = {}
        self.versions: dict[str, str] = {}
        self.failures: dict[str, str] = {}
        self.notes: list[str] = []
        self.about: dict[str, object] = {
            "started": time.strftime("%Y-%m-%d %H:%M:%S %Z"),
            "command": command_line(),
            "machine": machine(),
            "python": platform.python_version(),
            "load": [round(value, 1) for value in os.getloadavg()],
        }

    def add(self, case: str, program: str, value: float, unit: str | None = None) -> None:
        """One round; without *unit* it is of the first measure."""
        unit = unit or next(iter(self.measures))
        if unit not in self.measures:
            raise ValueError(f"{unit!r} is none of {', '.join(self.measures)}")
        self.rounds.setdefault((case, program, unit), []).append(value)

    def failed(self, what: str, reason: str) -> None:
        """*what* (a program, or a program and a case) could not be measured."""
        self.failures[what] = reason

    def note(self, text: str) -> None:
        """Something that a figure does not say, once."""
        if text not in self.notes:
            self.notes.append(text)

    def median(self, case: str, program: str, unit: str | None = None) -> float | None:
        """The figure, or None where there is none."""
        found = self.rounds.get((case, program, unit or next(iter(self.measures))))
        return statistics.median(found) if found else None

    def spread(self, case: str, program: str, unit: str | None = None) -> float:
        """How far the rounds are apart, as a part of the figure."""
        found = self.rounds.get((case, program, unit or next(iter(self.measures))), [])
        middle = statistics.median(found) if found else 0.0
        return (max(found) - min(found)) / middle if middle else 0.0

    def cases(self) -> list[str]:
        """In the order in which they came."""
        return list(dict.fromkeys(case for case, _, _ in self.rounds))

    def programs(self, case: str | None = None) -> list[str]:
        """Those that have figures, of all cases or of one."""
        keys = [key for key in self.rounds if case is None or key[0] == case]
        return list(dict.fromkeys(program for _, program, _ in keys))

    def ratio(
        self,
        case: str,
        program: str,
        other: str,
        unit: str | None = None,
        other_case: str | None = None,
    ) -> float | None:
        """How many times as good *program* is as *other*: above 1 is better."""
        unit = unit or next(iter(self.measures))
        mine = self.rounds.get((case, program, unit))
        theirs = self.rounds.get((other_case or case, other, unit))
        if theirs is None and other == LIMIT:
            theirs = self.rounds.get((self.cases()[0], other, unit))
        if not mine or not theirs:
            return None
        if len(mine) != len(theirs):  # somebody has failed in a round
            mine, theirs = [statistics.median(mine)], [statistics.median(theirs)]
        if not self.measures[unit].more_is_better:
            mine, theirs = theirs, mine
        return statistics.median(map(_times, mine, theirs))

    # The table for a terminal.

    def table(self) -> Iterator[str]:
        """A line for each case and program: figures, spread, and how it stands to others."""
        width = max([len(case) for case in self.cases()] + [10]) + 2
        name = max([len(program) for program in self.programs()] + [10]) + 2
        compared = [
            (unit, other)
            for unit in self.measures
            if unit == CPU.unit or unit == next(iter(self.measures))
            for other in self.references
        ]
        columns = [f"{'CPU ' if unit == CPU.unit else ''}x {other}" for unit, other in compared]
        head = "".join(f"{unit:>14}{'spread':>8}" for unit in self.measures)
        head += "".join(f"{column:>{len(column) + 2}}" for column in columns)
        yield f"{'case':<{width}}{'program':<{name}}{head}"
        for case in self.cases():
            for program in self.programs(case):
                line = f"{case:<{width}}{program:<{name}}"
                for unit in self.measures:
                    line += f"{shown(self.median(case, program, unit)):>14}"
                    known = (case, program, unit) in self.rounds
                    line += f"{self.spread(case, program, unit):>8.0%}" if known else " " * 8
                for column, (unit, other) in zip(columns, compared, strict=True):
                    ratio = self.ratio(case, program, other, unit)
                    text = "-" if ratio is None else f"{ratio:.2f}"
                    line += f"{text:>{len(column) + 2}}"
                yield line
        yield from self.notes
        for what, reason in self.failures.items():
            yield f"FAILED {what}: {reason}"

    # The file.

    def document(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            "discipline": self.discipline,
            **self.about,
            "measures": [dataclasses.asdict(measure) for measure in self.measures.values()],
            "references": list(self.references),
            "versions": self.versions,
            "figures": [
                {"case": case, "program": program, "unit": unit, "rounds": rounds}
                for (case, program, unit), rounds in self.rounds.items()
            ],
            "notes": self.notes,
            "failures": self.failures,
        }

    @classmethod
    def read(cls, path: Path) -> Self:
        """The recording that a file holds."""
        document = json.loads(path.read_text())
        measures = [Measure(**measure) for measure in document["measures"]]
        recording = cls(document["discipline"], measures, document["references"])
        recording.about = {name: document[name] for name in recording.about}
        recording.versions = document["versions"]
        recording.notes = document["notes"]
        recording.failures = document["failures"]
        for figure in document["figures"]:
            key = (figure["case"], figure["program"], figure["unit"])
            recording.rounds[key] = figure["rounds"]
        return recording

    def finish(self, path: Path | None) -> int:
        """Print the table, write the file, and return the status of the process."""
        print(f"{self.about['started']}; {self.about['machine']}; Python {self.about['python']}")
        print(f"load before the run {self.about['load']}; medians; spread = highest - lowest")
        for name, version in self.versions.items():
            print(f"  {name}: {version}")
        print("\n".join(self.table()))
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(self.document(), indent=1, ensure_ascii=False) + "\n")
        return 1 if self.failures else 0


def _times(better: float, worse: float) -> float:
    if not worse:  # nothing at all, such as no answer that was lost
        return math.inf if better else 1.0
    return better / worse


def shown(value: float | None) -> str:
    """A figure with as many digits as say something."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def command_line() -> str:
    """How this benchmark was called, as a user would."""
    name = Path(sys.argv[0]).stem
    arguments = [word for word in sys.argv[1:]]
    if "--json" in arguments:
        place = arguments.index("--json")
        del arguments[place : place + 2]
    return " ".join(["nox -s bench --", f"benchmarks/{name}.py", *arguments])


def machine() -> str:
    """What the figures are made on."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass
    bound = "server and load on a core each" if can_pin() else "cores NOT assigned"
    return f"{model}, {os.cpu_count()} cores, {bound}; {platform.platform(terse=True)}"


def arguments(
    doc: str | None, rounds: int, seconds: float | None = None
) -> argparse.ArgumentParser:
    """The parser of a benchmark's command line, with what all of them have."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=rounds)
    if seconds is not None:
        parser.add_argument(
            "--seconds", type=float, default=seconds, help="of one case in one round"
        )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    return parser


def progress(text: str) -> None:
    """Say on standard error what is being done."""
    print(text, file=sys.stderr, flush=True)
