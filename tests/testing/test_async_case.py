"""Tests on a loop of their own: with callbacks, and as coroutines."""

from __future__ import annotations

import asyncio
import socket
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.cases import outcome, passes, problem
from zonda.ioloop import IOLoop
from zonda.testing import AsyncTestCase


class CallbacksTest(AsyncTestCase):
    """What `stop` and `wait` promise."""

    def test_stop_gives_its_argument(self) -> None:
        self.io_loop.add_callback(self.stop, 42)
        self.assertEqual(self.wait(), 42)

    def test_stop_gives_keyword_arguments(self) -> None:
        self.io_loop.add_callback(self.stop, a=1, b=2)
        self.assertEqual(self.wait(), {"a": 1, "b": 2})

    def test_stop_may_come_first(self) -> None:
        self.stop("early")
        self.assertEqual(self.wait(), "early")
        self.io_loop.add_callback(self.stop)
        self.assertIsNone(self.wait())

    def test_a_condition(self) -> None:
        seen: list[int] = []

        def count() -> None:
            seen.append(1)
            self.stop()
            if len(seen) < 3:
                self.io_loop.add_callback(count)

        self.io_loop.add_callback(count)
        self.wait(lambda: len(seen) == 3)
        self.assertEqual(len(seen), 3)

    def test_no_timeout(self) -> None:
        self.io_loop.call_later(0.001, self.stop)
        self.wait(timeout=0)

    def test_the_loop_is_current(self) -> None:
        self.assertIs(IOLoop.current(), self.io_loop)

    def test_one_kind_of_argument(self) -> None:
        with self.assertRaisesRegex(ValueError, "not both"):
            self.stop(1, a=2)

    async def test_a_coroutine(self) -> None:
        await asyncio.sleep(0)
        self.assertIs(asyncio.get_running_loop(), self.io_loop.asyncio_loop)


def test_a_wait_that_takes_too_long_fails_and_can_be_repeated() -> None:
    class Case(AsyncTestCase):
        def test(self) -> None:
            with self.assertRaisesRegex(AssertionError, "not called within 0.01 seconds"):
                self.wait(timeout=0.01)
            self.io_loop.add_callback(self.stop, 1)
            self.assertEqual(self.wait(), 1)

    assert passes(Case)


def test_each_test_has_its_own_loop_which_is_closed() -> None:
    loops: list[IOLoop] = []

    class Case(AsyncTestCase):
        def test(self) -> None:
            loops.append(self.io_loop)

    assert passes(Case) and passes(Case)
    assert loops[0] is not loops[1]
    assert all(loop.asyncio_loop.is_closed() for loop in loops)


def test_the_loop_of_others_stays_open() -> None:
    shared = IOLoop(make_current=True)

    class Case(AsyncTestCase):
        def get_new_ioloop(self) -> IOLoop:
            return IOLoop.current()

        async def test(self) -> None:
            self.assertIs(self.io_loop, shared)

    class Other(AsyncTestCase):
        async def test(self) -> None:
            self.assertIsNot(self.io_loop, shared)

    assert passes(Case) and passes(Other)
    assert IOLoop.current() is shared
    assert not shared.asyncio_loop.is_closed()
    shared.close()


def test_what_still_runs_is_cancelled() -> None:
    ends: list[str] = []

    async def run_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("cancelled")

    class Case(AsyncTestCase):
        async def test(self) -> None:
            self.task = asyncio.ensure_future(run_for_ever())
            await asyncio.sleep(0)

    assert passes(Case)
    assert ends == ["cancelled"]


def test_what_is_left_open_fails_where_warnings_are_errors() -> None:
    pytest.importorskip("uvloop")
    loops: list[IOLoop] = []

    class Case(AsyncTestCase):
        async def test(self) -> None:
            loops.append(self.io_loop)
            one, other = socket.socketpair()
            loop = asyncio.get_running_loop()
            self.left = await loop.create_connection(asyncio.Protocol, sock=one), other

        def tearDown(self) -> None:
            try:
                super().tearDown()
            finally:
                self.left[1].close()

    assert "ResourceWarning: unclosed resource" in problem(Case)
    assert loops[0].asyncio_loop.is_closed()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert passes(Case)
    assert any("unclosed resource" in str(told.message) for told in caught)


def test_a_coroutine_that_fails() -> None:
    class Case(AsyncTestCase):
        async def test(self) -> None:
            await asyncio.sleep(0)
            self.assertEqual(1, 2)

    assert "AssertionError: 1 != 2" in problem(Case)


def test_a_coroutine_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNC_TEST_TIMEOUT", "0.02")

    class Case(AsyncTestCase):
        async def test(self) -> None:
            await self.never()

        async def never(self) -> None:
            await asyncio.Event().wait()  # here it waits

    text = problem(Case)
    assert "TimeoutError" in text and "took more than 0.02 seconds" in text
    assert "in never: await asyncio.Event().wait()  # here it waits" in text


@pytest.mark.parametrize(
    ("test", "kind"), [(lambda self: (yield), "generator"), (lambda self: 7, "int")]
)
def test_a_result_is_a_mistake(test: Callable[..., Any], kind: str) -> None:
    case = type("Case", (AsyncTestCase,), {"test": test})
    text = problem(case)
    assert "Return value from test method ignored" in text and f"returned {kind};" in text


def test_the_result_counts_each_test_once() -> None:
    class Case(AsyncTestCase):
        async def test(self) -> None:
            """Nothing."""

    assert outcome(Case).testsRun == 1
