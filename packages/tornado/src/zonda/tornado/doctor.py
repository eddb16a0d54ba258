"""Whose ``tornado`` is it?  Two distributions can claim the name, and must never be mixed.

Installing ``tornado`` and ``zonda-tornado`` into one environment writes both into the same
directory: whichever came last wins file by file, and uninstalling one takes files of the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

#: A file that only this package has, and one that only Tornado has.
OURS = "generator_runner.py"
THEIRS = "_locale_data.py"

_REQUIREMENT = re.compile(r"tornado(?![\w.-])", re.IGNORECASE)


class Finding(NamedTuple):
    """One thing that the doctor has to say.

    :ivar level: ``ok``, ``note`` (nothing is wrong, but know it) or ``error``.
    :ivar text: what it is, and what to do.
    """

    level: Literal["ok", "note", "error"]
    text: str


def examine() -> list[Finding]:
    """Look at the environment of this interpreter; imports nothing of ``tornado``."""
    spec = find_spec("tornado")
    directories = [] if spec is None else list(spec.submodule_search_locations or ())
    installed = {_name(found): found for found in metadata.distributions()}
    findings = [_whose(directories)]
    if "tornado" in installed:
        findings.append(
            Finding(
                "error",
                f"the distribution tornado {installed['tornado'].version} is installed beside "
                "zonda-tornado, and both own the same files: uninstall both, then install the one "
                "that you want",
            )
        )
    asking = sorted(
        name
        for name, found in installed.items()
        if not name.startswith("zonda") and asks_for_tornado(found.requires or ())
    )
    if asking and "tornado" not in installed:
        findings.append(
            Finding(
                "note",
                f"{', '.join(asking)} ask for the distribution tornado; pip check will say that it "
                "is missing.  The guide 'Moving from Tornado' tells how to satisfy them.",
            )
        )
    return findings


def asks_for_tornado(requirements: Iterable[str]) -> bool:
    """Whether one of the requirements is for ``tornado``, extras not counted.

    >>> asks_for_tornado(["tornado>=6; python_version>'3'"]), asks_for_tornado(["tornado-x"])
    (True, False)
    """
    return any(_REQUIREMENT.match(line) and "extra ==" not in line for line in requirements)


def _name(distribution: metadata.Distribution) -> str:
    return re.sub(r"[-_.]+", "-", distribution.metadata["Name"] or "").lower()


def _whose(directories: list[str]) -> Finding:
    found = [Path(directory) for directory in directories]
    ours = any((path / OURS).is_file() for path in found)
    theirs = any((path / THEIRS).is_file() for path in found)
    where = ", ".join(map(str, found))
    if not found:
        return Finding("error", "nothing called tornado can be imported: install zonda-tornado")
    if ours and theirs:
        return Finding("error", f"halves of two packages are mixed in {where}")
    if theirs:
        return Finding("error", f"import tornado gives Tornado itself, in {where}")
    if not ours:
        return Finding("error", f"import tornado gives something unknown, in {where}")
    return Finding("ok", f"import tornado gives Zonda, in {where}")
