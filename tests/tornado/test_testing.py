"""Test cases whose tests are generators."""

from __future__ import annotations

import unittest
from collections.abc import Generator
from typing import Any

import pytest

import tornado.testing
from tornado import gen


class Case(tornado.testing.AsyncTestCase):
    __test__ = False  # the tests below run it

    @tornado.testing.gen_test
    def test_generator(self) -> Generator[Any, Any, None]:
        yield gen.sleep(0.001)

    @tornado.testing.gen_test
    async def test_native(self) -> None:
        await gen.sleep(0.001)

    @tornado.testing.gen_test(timeout=0.01)
    def test_late(self) -> Generator[Any, Any, None]:
        yield gen.sleep(10)

    @tornado.testing.gen_test(timeout=0.01)
    async def test_late_native(self) -> None:
        await gen.sleep(10)

    @tornado.testing.gen_test
    def test_plain(self) -> None:
        pass

    async def test_undecorated(self) -> None:
        pass


@pytest.mark.parametrize("name", ["test_generator", "test_native", "test_plain"])
def test_coroutines_run(name: str) -> None:
    result = Case(name).run(unittest.TestResult())
    assert result is not None and result.wasSuccessful(), result


@pytest.mark.parametrize("name", ["test_late", "test_late_native"])
def test_what_takes_too_long_fails(name: str) -> None:
    result = Case(name).run(unittest.TestResult())
    assert result is not None
    ((_, text),) = result.errors
    assert "TimeoutError" in text
    if name == "test_late":
        assert "yield gen.sleep(10)" in text


def test_a_coroutine_must_be_decorated() -> None:
    result = Case("test_undecorated").run(unittest.TestResult())
    assert result is not None
    ((_, text),) = result.errors
    assert "should be decorated" in text
