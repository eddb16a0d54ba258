"""``python -m zonda.tornado doctor``: whose ``tornado`` is imported here, and who asks for it."""

from __future__ import annotations

import sys

from .doctor import examine


def main(argv: list[str]) -> int:
    """Print what was found; the status is 1 if something is wrong."""
    if argv != ["doctor"]:
        print("usage: python -m zonda.tornado doctor", file=sys.stderr)
        return 2
    findings = examine()
    for finding in findings:
        print(f"{finding.level}: {finding.text}")
    return int(any(finding.level == "error" for finding in findings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
