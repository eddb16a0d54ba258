"""Futures, and functions that run in threads."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tornado import concurrent as tornado_concurrent
from tornado.concurrent import (
    chain_future,
    dummy_executor,
    future_add_done_callback,
    future_set_exc_info,
    future_set_exception_unless_cancelled,
    future_set_result_unless_cancelled,
    is_future,
    run_on_executor,
)


class Worker:
    def __init__(self) -> None:
        self.executor = self.pool = concurrent.futures.ThreadPoolExecutor(1)

    @run_on_executor
    def where(self) -> int:
        return threading.get_ident()

    @run_on_executor(executor="pool")
    def fail(self, text: str) -> None:
        raise ValueError(text)


async def test_methods_in_threads() -> None:
    worker = Worker()
    assert await worker.where() != threading.get_ident()
    with pytest.raises(ValueError, match="in a thread"):
        await worker.fail("in a thread")
    worker.executor.shutdown()


def thread_future() -> concurrent.futures.Future[Any]:
    return concurrent.futures.Future()


def loop_future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


@pytest.mark.parametrize("source", [thread_future, loop_future])
@pytest.mark.parametrize("target", [thread_future, loop_future])
async def test_chains(source: Callable[[], Any], target: Callable[[], Any]) -> None:
    first, second = source(), target()
    chain_future(first, second)
    first.set_result(1)
    await asyncio.sleep(0.01)
    assert second.result() == 1
    first, second = source(), target()
    first.set_exception(KeyError())
    chain_future(first, second)
    await asyncio.sleep(0.01)
    assert isinstance(second.exception(), KeyError)
    first, second = source(), target()
    first.cancel()
    if isinstance(first, concurrent.futures.Future):
        first.set_running_or_notify_cancel()
    chain_future(first, second)
    await asyncio.sleep(0.01)
    assert second.cancelled()
    first, second = source(), target()
    chain_future(first, second)
    second.cancel()
    first.set_result(1)
    await asyncio.sleep(0.01)
    assert second.cancelled()


async def test_a_cancelled_future_takes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    future = loop_future()
    future.cancel()
    future_set_result_unless_cancelled(future, 1)
    future_set_exception_unless_cancelled(future, KeyError("late"))
    assert "late" in caplog.text
    with pytest.raises(ValueError, match="needs an exception"):
        future_set_exc_info(future, (None, None, None))


async def test_exception_tuples() -> None:
    future = loop_future()
    try:
        raise KeyError
    except KeyError:
        future_set_exc_info(future, sys.exc_info())
    assert isinstance(future.exception(), KeyError)


async def test_callbacks_of_what_is_done_come_at_once() -> None:
    seen: list[object] = []
    future = loop_future()
    future_add_done_callback(future, seen.append)
    future.set_result(1)
    assert not seen
    future_add_done_callback(future, seen.append)
    assert seen == [future]


def test_the_executor_without_threads() -> None:
    assert dummy_executor.submit(threading.get_ident).result() == threading.get_ident()
    assert isinstance(dummy_executor.submit(int, "x").exception(), ValueError)
    dummy_executor.shutdown()
    assert is_future(thread_future())
    assert not is_future(1)
    assert issubclass(tornado_concurrent.ReturnValueIgnoredError, Exception)
