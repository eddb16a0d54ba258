"""``python -m zonda.template check directory``: find what is wrong with templates.

The exit status is 0 if there is nothing, 1 if there is something, and 2 for wrong arguments.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from .check import find_problems, names_in_code, template_names


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m zonda.template")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check", help="report syntax errors, and names that nothing defines, with file and line"
    )
    check.add_argument("directories", nargs="+", metavar="DIRECTORY", help="has templates")
    check.add_argument(
        "--code",
        action="append",
        metavar="PATH",
        help="a Python file, or a directory of them, that gives values to the templates;"
        " the default is the current directory",
    )
    check.add_argument(
        "--name", action="append", default=[], help="a name that templates are given besides"
    )
    options = parser.parse_args(arguments)
    code: list[str] = options.code or [os.curdir]
    for path in options.directories:
        if not os.path.isdir(path):
            check.error(f"there is no directory {path}")
    for path in code:
        if not os.path.exists(path):
            check.error(f"there is no {path}")
    return _check(options.directories, names_in_code(code) | frozenset(options.name))


def _check(directories: list[str], names: frozenset[str]) -> int:
    problems = [
        problem
        for directory in directories
        # Without a program nobody knows what its templates are given.
        for problem in find_problems(directory, names or None)
    ]
    for problem in problems:
        print(problem)
    count = sum(len(template_names(directory)) for directory in directories)
    print(f"{count} templates, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
