"""Set the one version everywhere: ``python scripts/bump.py 0.2.0``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def bump(text: str, version: str) -> str:
    """The text of a pyproject.toml with *version* for its own and in the pins of siblings."""
    text = re.sub(r'^version = ".*"$', f'version = "{version}"', text, count=1, flags=re.M)
    return re.sub(r'(["\']zonda-\w+(?:\[[\w,-]+\])?)==[^"\';, ]+', rf"\1=={version}", text)


def main(version: str) -> None:
    if not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", version):
        sys.exit(f"{version!r} is not a version such as 1.2.3 or 1.2.3rc1")
    for path in [ROOT / "pyproject.toml", *ROOT.glob("packages/*/pyproject.toml")]:
        path.write_text(bump(path.read_text(encoding="utf-8"), version), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
