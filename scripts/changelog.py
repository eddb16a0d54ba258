"""Make a release's chapter of CHANGELOG.md from the fragments in changes/.

``python scripts/changelog.py`` shows the chapter of what is not released yet;
``python scripts/changelog.py 0.2.0`` writes it above the others, and removes the fragments.

A fragment is ``changes/PACKAGE.KIND.md``, or ``changes/PACKAGE.KIND.WORD.md`` where there are
several, with one or more items of a list (``- ...``) for whoever uses the package.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
CHANGES = ROOT / "changes"
CHANGELOG = ROOT / "CHANGELOG.md"
TITLE = (
    "# Changes\n\nAll packages of Zonda have one version; a chapter says what is new in which.\n"
)

#: In the order in which a reader wants to know.
KINDS = ("security", "removed", "changed", "added", "fixed")
NAME = re.compile(rf"([a-z]+)\.({'|'.join(KINDS)})(\.[\w-]+)?\.md")


class Fragment(NamedTuple):
    """What changed in a package."""

    package: str
    kind: str
    text: str


def read(path: Path, packages: Iterable[str]) -> Fragment:
    """The fragment in a file.

    :raises ValueError: its name or its text is not that of a fragment.
    """
    match = NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path.name} is not named PACKAGE.KIND.md, with {', '.join(KINDS)}")
    if match[1] not in packages:
        raise ValueError(f"{path.name}: there is no package {match[1]!r}")
    text = path.read_text(encoding="utf-8").strip()
    if not re.fullmatch(r"- .+(\n(- |  ).+)*", text):
        raise ValueError(f"{path.name} is no list: lines begin with '- ', or with two spaces")
    return Fragment(match[1], match[2], text)


def chapter(heading: str, fragments: Iterable[Fragment]) -> str:
    """The fragments, by package and kind."""
    lines = [f"## {heading}\n"]
    ordered = sorted(fragments, key=lambda one: (one.package, KINDS.index(one.kind)))
    before: tuple[str, str] = ("", "")
    for package, kind, text in ordered:
        if package != before[0]:
            lines.append(f"### zonda-{package}\n")
        if (package, kind) != before:
            lines.append(f"{kind.capitalize()}:\n")
        lines.append(f"{text}\n")
        before = (package, kind)
    return "\n".join(lines)


def inserted(changelog: str, new: str) -> str:
    """The changelog with a new chapter above the others."""
    at = re.search(r"^## ", changelog, re.M)
    position = at.start() if at else len(changelog)
    head = changelog[:position].rstrip() or TITLE.rstrip()
    return (
        "\n\n".join(part.strip() for part in (head, new, changelog[position:]) if part.strip())
        + "\n"
    )


def found() -> dict[Path, Fragment]:
    """All fragments that are there."""
    packages = {path.parent.name for path in ROOT.glob("packages/*/pyproject.toml")}
    return {path: read(path, packages) for path in sorted(CHANGES.glob("*.md"))}


def main(version: str | None) -> None:
    try:
        fragments = found()
    except ValueError as error:
        sys.exit(str(error))
    if version is None:
        print(chapter("Not released yet", fragments.values()))
        return
    if not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", version):
        sys.exit(f"{version!r} is not a version such as 1.2.3 or 1.2.3rc1")
    if not fragments:
        sys.exit("there is nothing in changes/")
    old = CHANGELOG.read_text(encoding="utf-8") if CHANGELOG.exists() else ""
    if f"\n## {version}\n" in old:
        sys.exit(f"CHANGELOG.md has a chapter {version} already")
    CHANGELOG.write_text(inserted(old, chapter(version, fragments.values())), encoding="utf-8")
    for path in fragments:
        path.unlink()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    main(sys.argv[1] if len(sys.argv) == 2 else None)
