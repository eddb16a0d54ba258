"""A program that runs tests, on its own and for others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

OWN = """\
import logging, unittest
from zonda.options import define, options
from zonda.testing import AsyncTestCase, main

define("name", default="nobody")

class OneTest(AsyncTestCase):
    async def test_one(self):
        print("one of", options.name)

class TwoTest(AsyncTestCase):
    def test_two(self):
        self.fail("two")
"""
ALL = "def all():\n    return unittest.defaultTestLoader.loadTestsFromTestCase(OneTest)\n"
MAIN = 'if __name__ == "__main__":\n    main()\n'


def run(directory: Path, *arguments: str) -> tuple[int, str]:
    """Status and output of a program."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=50,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("source", "arguments", "status", "said"),
    [
        (OWN + MAIN, ["own.py"], 1, ["FAILED", "AssertionError: two", "one of nobody"]),
        (OWN + ALL + MAIN, ["own.py", "--name=me", "--verbose"], 0, ["OK", "test_one (", "of me"]),
        (OWN + MAIN, ["own.py", "--quiet", "OneTest.test_one"], 0, ["one of nobody"]),
        (OWN + MAIN, ["own.py", "--failfast", "--buffer", "TwoTest"], 1, ["two"]),
        (OWN, ["-m", "zonda.testing", "own.OneTest.test_one"], 0, ["Ran 1 test"]),
        (OWN, ["-m", "zonda.testing", "--exception-on-interrupt=false"], 5, ["Ran 0 tests"]),
        (OWN, ["-m", "zonda.testing", "--verbos"], 2, ["--verbose", "--help"]),
        (OWN, ["-m", "zonda.testing", "nothing_here"], 1, ["nothing_here"]),
    ],
)
def test_programs(
    tmp_path: Path, source: str, arguments: list[str], status: int, said: list[str]
) -> None:
    (tmp_path / "own.py").write_text(source)
    code, output = run(tmp_path, *arguments)
    for text in said:
        assert text in output
    # Before Python 3.12 no test at all was a success.
    assert code == status if status != 5 or sys.version_info >= (3, 12) else code == 0, output
