"""Print the closing line of every pytest in a log of nox: ``closing_lines.py < LOG``.

The runs of the session "tests", with everything installed, come last, and after them their sum in
the form of such a line: outcomes and seconds added over all Pythons and event loops.
"""

from __future__ import annotations

import re
import sys
from collections import Counter

#: How nox names the session whose output follows: in a block of its own, or as it comes.
HEADING = re.compile(r"=+ \S (?P<block>.+): \w+(?:, .*)? =+|nox > Running session (?P<live>.+)")
COLOUR = re.compile(r"\x1b\[[\d;]*m")
OUTCOMES = ("failed", "passed", "skipped", "deselected", "xfailed", "xpassed", "warning", "error")
OUTCOME = re.compile(rf"(\d+) ({'|'.join(OUTCOMES)})s?\b")
CLOSING = re.compile(rf"(?:{OUTCOME.pattern}(?:, )?)+ in (?P<seconds>[\d.]+)s(?: \([\d:]+\))?")


def closing_lines(log: str) -> list[tuple[str, str]]:
    """Pairs of a session's name and the closing line of a pytest in it, in the log's order."""
    session, found = "", []
    for line in log.splitlines():
        plain = COLOUR.sub("", line)
        if heading := HEADING.fullmatch(plain):
            session = heading["block"] or heading["live"]
        elif CLOSING.fullmatch(text := plain.strip("= ")):
            found.append((session, text))
    return found


def total(lines: list[str]) -> str:
    """The sum of closing lines, as one of them."""
    seconds, outcomes = 0.0, Counter[str]()
    for line in lines:
        seconds += float(CLOSING.fullmatch(line)["seconds"])  # type: ignore[index]  # is one
        for count, outcome in OUTCOME.findall(line):
            outcomes[outcome] += int(count)
    said = ", ".join(f"{outcomes[name]} {name}" for name in OUTCOMES if outcomes[name])
    return f"===== {said or 'no tests ran'} in {seconds:.2f}s ====="


def summary(log: str) -> str:
    """What this program prints for a log."""
    found = closing_lines(log)
    together = [pair for pair in found if pair[0].startswith("tests")]
    alone = [pair for pair in found if not pair[0].startswith("tests")]
    lines = [f"{session}: {line}" for session, line in alone + together]
    return "\n".join([*lines, total([line for _, line in together])])


if __name__ == "__main__":
    print(summary(sys.stdin.read()))
