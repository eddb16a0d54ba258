"""Runs one test module, and writes a line for each test that begins or ends.

The lines go to a file at once, so that a test which hangs or kills the process costs only itself.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import unittest
import warnings
from collections.abc import Iterator
from typing import Any

Error = Any  # what unittest hands around: an ``exc_info`` tuple


class Reporter(unittest.TestResult):
    """Writes what happens to *descriptor*; tests that fork are reported by their parent only."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._process = os.getpid()
        self._failed_part = False

    def tell(self, event: str, test: unittest.TestCase | None = None, text: str = "") -> None:
        """Write one line."""
        if os.getpid() == self._process:
            line = {"event": event, "test": "" if test is None else test.id(), "text": text}
            os.write(self._descriptor, (json.dumps(line) + "\n").encode())

    def startTest(self, test: unittest.TestCase) -> None:
        """A test begins."""
        super().startTest(test)
        self._failed_part = False
        self.tell("begun", test)

    def addSuccess(self, test: unittest.TestCase) -> None:
        """It passed."""
        if not self._failed_part:
            self.tell("passed", test)

    def addFailure(self, test: unittest.TestCase, err: Error) -> None:
        """It failed."""
        self.tell("failed", test, self._exc_info_to_string(err, test))  # type: ignore[attr-defined]  # unittest's own

    def addError(self, test: unittest.TestCase, err: Error) -> None:
        """It raised."""
        self.addFailure(test, err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        """It does not want to run here."""
        self.tell("skipped", test, reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: Error) -> None:
        """It failed as it should."""
        self.tell("passed", test)

    def addSubTest(
        self, test: unittest.TestCase, subtest: unittest.TestCase, err: Error | None
    ) -> None:
        """A part of it ended."""
        if err is not None:
            self._failed_part = True
            self.addFailure(test, err)


def flattened(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    """The tests of a suite."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flattened(test)
        else:
            yield test


def main(module: str, report: str, *done: str) -> None:
    """Run the tests of *module* but those *done*."""
    # What Tornado's own runner does before it imports anything.
    warnings.filterwarnings("error")
    warnings.filterwarnings("ignore", category=ImportWarning)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    logging.getLogger("tornado.access").setLevel(logging.CRITICAL)
    reporter = Reporter(os.open(report, os.O_WRONLY | os.O_APPEND | os.O_CREAT))
    suite = unittest.TestLoader().loadTestsFromName(f"tornado.test.{module}")
    tests = [test for test in flattened(suite) if test.id() not in done]
    unittest.TestSuite(tests).run(reporter)
    reporter.tell("ended")
    os._exit(0)  # whatever threads are left


if __name__ == "__main__":
    main(*sys.argv[1:])
