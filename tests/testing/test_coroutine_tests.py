"""`gen_test`."""

from __future__ import annotations

import asyncio

import pytest

from tests.testing.cases import passes, problem
from zonda.testing import AsyncTestCase, gen_test


class GenTest(AsyncTestCase):
    """Every way to write it."""

    @gen_test
    async def test_plain(self) -> None:
        await asyncio.sleep(0)

    @gen_test()
    async def test_called(self) -> None:
        await asyncio.sleep(0)

    @gen_test(timeout=10)
    async def test_with_a_timeout(self) -> None:
        await asyncio.sleep(0)

    @gen_test
    def test_any_awaitable(self) -> asyncio.Future[int]:
        future = self.io_loop.asyncio_loop.create_future()
        self.io_loop.add_callback(future.set_result, 1)
        return future


def test_the_timeout_counts_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNC_TEST_TIMEOUT", "0.01")

    class Case(AsyncTestCase):
        @gen_test(timeout=5)
        async def long(self) -> None:
            await asyncio.sleep(0.03)

        @gen_test(timeout=0.02)
        async def short(self) -> None:
            await asyncio.Event().wait()

    assert passes(Case, "long")
    assert "took more than 0.02 seconds" in problem(Case, "short")


def test_arguments_go_through() -> None:
    seen: list[tuple[int, int]] = []

    class Case(AsyncTestCase):
        @gen_test
        async def both(self, a: int, b: int) -> None:
            seen.append((a, b))

        def test(self) -> None:
            self.both(1, b=2)

    assert passes(Case)
    assert seen == [(1, 2)]


def test_generators_are_refused() -> None:
    def test(self):  # type: ignore[no-untyped-def]
        yield

    with pytest.raises(TypeError, match="async def"):
        gen_test(test)
