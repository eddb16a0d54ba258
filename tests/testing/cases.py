"""Runs a test case inside a test, and says what came of it."""

from __future__ import annotations

import unittest

from zonda.testing import AsyncTestCase


def outcome(case: type[AsyncTestCase], name: str = "test") -> unittest.TestResult:
    """Run one method of a test case."""
    result = unittest.TestResult()
    case(name).run(result)
    return result


def problem(case: type[AsyncTestCase], name: str = "test") -> str:
    """The traceback of the one failure or error of a test."""
    result = outcome(case, name)
    [(_, text)] = [*result.failures, *result.errors]
    return text


def passes(case: type[AsyncTestCase], name: str = "test") -> bool:
    """Whether a test passes."""
    result = outcome(case, name)
    assert result.wasSuccessful(), [*result.failures, *result.errors]
    return True
