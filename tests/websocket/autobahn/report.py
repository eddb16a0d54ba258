"""What the Autobahn test suite found, in few lines."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

# Verdicts that a correct implementation may get.
GOOD = frozenset({"OK", "INFORMATIONAL"})


def read_report(directory: Path) -> dict[str, str]:
    """The verdict of each case, or of its closing if that was worse."""
    index: dict[str, dict[str, dict[str, Any]]] = json.loads((directory / "index.json").read_text())
    (cases,) = index.values()
    verdicts = {}
    for case, result in cases.items():
        behavior, closing = result["behavior"], result["behaviorClose"]
        verdicts[case] = (
            behavior if behavior not in GOOD or closing in GOOD else f"close: {closing}"
        )
    return verdicts


def summarize(name: str, verdicts: dict[str, str]) -> tuple[str, bool]:
    """Lines to print, and whether every case is good."""
    counts = Counter(verdicts.values())
    lines = [f"{name}: {len(verdicts)} cases"]
    lines += [f"  {count:4} {verdict}" for verdict, count in counts.most_common()]
    bad = sorted(
        (case for case, verdict in verdicts.items() if verdict not in GOOD),
        key=lambda case: [int(part) for part in case.split(".")],
    )
    lines += [f"  not good: {case} {verdicts[case]}" for case in bad]
    return "\n".join(lines), bool(verdicts) and not bad
