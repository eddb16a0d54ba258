"""A thread runs functions in order, and never keeps a program alive."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading

import pytest

from zonda.database.worker import Worker


async def test_functions_run_in_order_and_in_one_thread() -> None:
    worker = Worker("w")
    seen: list[int] = []
    futures = [worker.run(seen.append, number) for number in range(5)]
    name = await worker.run(lambda: threading.current_thread().name)
    assert (name, seen) == ("w", [0, 1, 2, 3, 4])
    await asyncio.gather(*futures)
    worker.stop()
    await asyncio.to_thread(worker._thread.join)
    assert not worker._thread.is_alive()


async def test_the_thread_keeps_no_context_variables_of_who_needed_it_first() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    variable.set("of one request")
    worker = Worker("w")
    assert await worker.run(variable.get, "unset") == "unset"
    worker.stop()


async def test_exception_is_the_callers() -> None:
    worker = Worker("w")
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 / 0)
    assert await worker.run(lambda: 1) == 1
    worker.stop()


async def test_cancelled_function_is_not_called() -> None:
    worker = Worker("w")
    gate = threading.Event()
    called: list[str] = []
    running = worker.run(gate.wait)
    waiting = worker.run(called.append, "waiting")
    waiting.cancel()
    gate.set()
    await running
    await worker.run(called.append, "last")
    assert called == ["last"]
    worker.stop()


async def test_result_and_error_of_a_cancelled_call_are_dropped() -> None:
    worker = Worker("w")
    gate, started = threading.Event(), threading.Event()

    def fail() -> None:
        started.set()
        gate.wait()
        raise ValueError

    def work() -> None:
        started.set()
        gate.wait()

    for function in (fail, work):
        gate.clear()
        started.clear()
        future = worker.run(function)
        await asyncio.to_thread(started.wait)
        future.cancel()
        gate.set()
        assert await worker.run(lambda: 1) == 1
    worker.stop()


async def test_interruption_goes_on_until_what_was_asked_for_has_returned() -> None:
    worker = Worker("w")
    deaf, interrupted = threading.Event(), threading.Event()
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        deaf.set() if calls == 1 else interrupted.set()

    def late() -> None:
        deaf.wait()  # what is to be stopped begins only after the first call
        interrupted.clear()
        interrupted.wait()

    first, second = worker.run(late), worker.run(late)
    worker.interrupt(stop)
    await asyncio.gather(first, second)
    worker.interrupt(stop)
    before = calls
    assert await worker.run(lambda: 1) == 1
    assert calls == before >= 2
    worker.stop()


def test_loop_that_was_closed_hears_nothing() -> None:
    worker = Worker("w")
    gate = threading.Event()

    async def start() -> None:
        worker.run(gate.wait)

    asyncio.run(start())
    gate.set()
    worker.stop()
    worker._thread.join()
    assert gate.is_set()


def test_forgotten_database_does_not_keep_the_program_alive() -> None:
    program = (
        "import asyncio\n"
        "from zonda.database import Database\n"
        "db = Database('sqlite://')\n"
        "asyncio.run(db.execute('CREATE TABLE t (i INTEGER)'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=20, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
