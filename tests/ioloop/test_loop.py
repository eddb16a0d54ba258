"""The IOLoop: which one is current, running and stopping, callbacks, time, executors."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import ctypes
import datetime
import functools
import gc
import logging
import math
import os
import signal
import socket
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from zonda.ioloop import IOLoop, LoopStoppedError

Start = Callable[[IOLoop], None]

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


# Which one is current


def test_current_is_made_once_for_a_thread() -> None:
    loop = IOLoop.current()
    try:
        assert IOLoop.current() is IOLoop.instance() is loop
        assert asyncio.get_event_loop() is loop.asyncio_loop
    finally:
        loop.close()


def test_current_can_be_asked_without_making_one() -> None:
    IOLoop.clear_current()
    assert IOLoop.current(instance=False) is None
    assert IOLoop.current(instance=False) is None


def test_current_in_a_coroutine_is_the_running_one() -> None:
    async def main() -> tuple[IOLoop, IOLoop]:
        return IOLoop.current(), IOLoop.current()

    with asyncio.Runner() as runner:
        first, second = runner.run(main())
        assert first is second
        assert first.asyncio_loop is runner.get_loop()


async def test_guest_in_a_running_loop_works_as_an_owner() -> None:
    done = asyncio.Event()
    IOLoop.current().add_callback(done.set)
    await done.wait()
    assert IOLoop.current().asyncio_loop is asyncio.get_running_loop()


async def test_current_without_making_one_in_a_running_loop() -> None:
    assert IOLoop.current(instance=False) is None
    loop = IOLoop.current()
    assert IOLoop.current(instance=False) is loop


def test_loop_that_asyncio_was_given_is_current() -> None:
    asyncio_loop = asyncio.new_event_loop()
    asyncio.set_event_loop(asyncio_loop)
    loop = IOLoop.current()
    assert loop.asyncio_loop is asyncio_loop
    loop.close()


def test_closed_loop_is_not_current() -> None:
    first = IOLoop.current()
    first.asyncio_loop.close()
    second = IOLoop.current()
    assert second is not first
    second.close()


def test_after_asyncio_run_there_is_a_new_one() -> None:
    async def main() -> IOLoop:
        return IOLoop.current()

    first = asyncio.run(main())
    second = IOLoop.current()
    assert second is not first
    second.close()


def test_make_current_and_clear_current() -> None:
    loop = IOLoop(make_current=False)
    IOLoop.clear_current()
    assert IOLoop.current(instance=False) is None
    loop.make_current()
    assert IOLoop.current() is loop
    IOLoop.clear_instance()
    assert IOLoop.current(instance=False) is None
    loop.install()
    assert IOLoop.current() is loop
    loop.close()
    assert IOLoop.current(instance=False) is None


def test_every_thread_has_its_own(io_loop: IOLoop) -> None:
    def work() -> tuple[IOLoop, str]:
        loop = IOLoop.current()
        try:
            return loop, loop.run_sync(lambda: asyncio.sleep(0, "from the thread"))
        finally:
            loop.close()

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        results = [future.result() for future in [pool.submit(work) for _ in range(3)]]
    assert {value for _, value in results} == {"from the thread"}
    assert len({id(loop) for loop, _ in results} | {id(io_loop)}) == 4
    assert IOLoop.current() is io_loop


def test_one_asyncio_loop_has_one_io_loop(io_loop: IOLoop) -> None:
    with pytest.raises(ValueError, match="has an IOLoop already"):
        IOLoop(asyncio_loop=io_loop.asyncio_loop)


def test_loops_that_others_have_closed_are_forgotten() -> None:
    class Loop(asyncio.SelectorEventLoop):
        pass

    asyncio_loop = Loop()
    reference = weakref.ref(asyncio_loop)
    IOLoop(make_current=False, asyncio_loop=asyncio_loop)
    asyncio_loop.close()
    IOLoop(make_current=False).close()
    del asyncio_loop
    gc.collect()
    assert reference() is None


# Running and stopping


def test_start_runs_until_stop(io_loop: IOLoop, start: Start) -> None:
    order: list[int] = []
    for number in range(3):
        io_loop.add_callback(order.append, number)
    io_loop.add_callback(io_loop.stop)
    start(io_loop)
    assert order == [0, 1, 2]


def test_loop_can_be_started_again(io_loop: IOLoop, start: Start) -> None:
    for _ in range(3):
        io_loop.add_callback(io_loop.stop)
        start(io_loop)


def test_stop_before_start_lets_start_return_at_once(io_loop: IOLoop, start: Start) -> None:
    called: list[bool] = []
    io_loop.stop()
    io_loop.add_callback(called.append, True)
    start(io_loop)
    io_loop.add_callback(io_loop.stop)
    start(io_loop)
    assert called == [True]


def test_stop_from_another_thread(io_loop: IOLoop, start: Start) -> None:
    started = threading.Event()
    io_loop.add_callback(started.set)

    def stop() -> None:
        started.wait()
        io_loop.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    start(io_loop)
    thread.join()


def test_stop_after_close_does_nothing() -> None:
    loop = IOLoop(make_current=False)
    loop.close()
    loop.stop()
    assert loop.asyncio_loop.is_closed()


async def test_start_inside_a_running_loop_is_refused() -> None:
    with pytest.raises(RuntimeError, match="already running"):
        IOLoop.current().start()


async def test_close_of_a_running_loop_is_refused() -> None:
    with pytest.raises(RuntimeError, match="stop it first"):
        IOLoop.current().close()


def test_close_twice() -> None:
    loop = IOLoop()
    loop.close()
    loop.close()
    assert loop.asyncio_loop.is_closed()


@pytest.mark.parametrize("all_fds", [False, True])
def test_close_frees_the_descriptors_that_it_is_told_to(all_fds: bool) -> None:
    loop = IOLoop()
    one, other = socket.socketpair()
    number = os.dup(other.fileno())
    loop.add_handler(one, lambda *_: None, IOLoop.READ)
    loop.add_handler(number, lambda *_: None, IOLoop.READ)
    loop.close(all_fds=all_fds)
    assert (one.fileno() == -1) is all_fds
    if all_fds:
        with pytest.raises(OSError):
            os.fstat(number)
    else:
        os.close(number)
    one.close()
    other.close()


# run_sync


def test_run_sync_returns_the_result(io_loop: IOLoop) -> None:
    async def main() -> IOLoop:
        await asyncio.sleep(0)
        return IOLoop.current()

    assert io_loop.run_sync(main) is io_loop


def test_run_sync_of_a_plain_function(io_loop: IOLoop) -> None:
    called: list[bool] = []
    assert io_loop.run_sync(lambda: called.append(True)) is None
    assert called == [True]


def test_run_sync_of_a_future(io_loop: IOLoop) -> None:
    def main() -> asyncio.Future[str]:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        io_loop.call_later(0.001, future.set_result, "result")
        return future

    assert io_loop.run_sync(main) == "result"


def test_run_sync_raises_what_the_function_raises(io_loop: IOLoop) -> None:
    async def main() -> None:
        await asyncio.sleep(0)
        raise LookupError("inside")

    with pytest.raises(LookupError, match="inside"):
        io_loop.run_sync(main)

    async def runtime_error() -> None:
        raise RuntimeError("of the function")

    with pytest.raises(RuntimeError, match="of the function"):
        io_loop.run_sync(runtime_error)


def test_run_sync_refuses_what_cannot_be_awaited(io_loop: IOLoop) -> None:
    with pytest.raises(TypeError, match="not 42"):
        io_loop.run_sync(lambda: 42)  # type: ignore[arg-type,return-value]  # the wrong type


def test_run_sync_with_a_timeout(io_loop: IOLoop) -> None:
    cancelled: list[bool] = []

    async def main() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    with pytest.raises(TimeoutError, match=r"took more than 0\.01 seconds"):
        io_loop.run_sync(main, timeout=0.01)
    assert cancelled == [True]
    assert io_loop.run_sync(lambda: asyncio.sleep(0, "in time"), timeout=60) == "in time"


def test_timeout_error_of_the_function_itself_passes(io_loop: IOLoop) -> None:
    async def main() -> None:
        raise TimeoutError("of the function")

    with pytest.raises(TimeoutError, match="of the function"):
        io_loop.run_sync(main, timeout=60)


def test_stop_during_run_sync(io_loop: IOLoop) -> None:
    future: asyncio.Future[None] = asyncio.Future(loop=io_loop.asyncio_loop)

    async def main() -> None:
        io_loop.stop()
        await future

    with pytest.raises(LoopStoppedError, match="stopped before"):
        io_loop.run_sync(main)
    future.set_result(None)
    io_loop.run_sync(lambda: asyncio.sleep(0))


async def test_run_sync_inside_a_running_loop_is_refused() -> None:
    with pytest.raises(RuntimeError, match="is running in this thread already"):
        IOLoop.current().run_sync(lambda: asyncio.sleep(0))


# Callbacks


def test_callback_gets_its_arguments(io_loop: IOLoop, start: Start) -> None:
    calls: list[Any] = []

    def callback(*args: object, **kwargs: object) -> None:
        calls.append((args, kwargs))
        if len(calls) == 3:
            io_loop.stop()

    io_loop.add_callback(callback)
    io_loop.add_callback(callback, 1, 2)
    io_loop.spawn_callback(callback, 1, two=2)
    start(io_loop)
    assert calls == [((), {}), ((1, 2), {}), ((1,), {"two": 2})]


def test_callback_of_a_callback_runs_in_the_next_round(io_loop: IOLoop, start: Start) -> None:
    order: list[str] = []

    def first() -> None:
        order.append("first")
        io_loop.add_callback(second)
        io_loop.add_callback(io_loop.stop)

    def second() -> None:
        order.append("of the callback")

    io_loop.add_callback(first)
    io_loop.add_callback(order.append, "beside")
    start(io_loop)
    assert order == ["first", "beside", "of the callback"]


def test_callback_runs_in_the_context_of_its_scheduling(io_loop: IOLoop, start: Start) -> None:
    seen: list[str] = []

    def look() -> None:
        seen.append(variable.get())
        variable.set("changed by a callback")

    token = variable.set("scheduled")
    io_loop.add_callback(look)
    io_loop.call_later(0, look)
    io_loop.add_callback(lambda: io_loop.add_callback(look))
    variable.reset(token)
    io_loop.call_later(0.01, io_loop.stop)
    start(io_loop)
    assert seen == ["scheduled"] * 3
    assert variable.get() == "unset"


def test_coroutine_function_as_a_callback(io_loop: IOLoop, start: Start) -> None:
    order: list[str] = []

    async def callback(name: str) -> None:
        order.append(f"{name} begins")
        await asyncio.sleep(0)
        order.append(f"{name} ends")
        if len(order) == 4:
            io_loop.stop()

    io_loop.add_callback(callback, "one")
    io_loop.spawn_callback(callback, name="two")
    start(io_loop)
    assert sorted(order) == ["one begins", "one ends", "two begins", "two ends"]


def test_callbacks_from_many_threads(io_loop: IOLoop, start: Start) -> None:
    each, threads = 500, 8
    seen: dict[int, list[int]] = {number: [] for number in range(threads)}
    identities: set[int] = set()

    def receive(thread: int, number: int) -> None:
        identities.add(threading.get_ident())
        seen[thread].append(number)
        if sum(map(len, seen.values())) == each * threads:
            io_loop.stop()

    def send(thread: int) -> None:
        for number in range(each):
            io_loop.add_callback(receive, thread, number)

    workers = [threading.Thread(target=send, args=(number,)) for number in range(threads)]
    for worker in workers:
        io_loop.add_callback(worker.start)
    start(io_loop)
    for worker in workers:
        worker.join()
    assert all(numbers == list(range(each)) for numbers in seen.values())
    assert identities == {threading.get_ident()}


def test_callback_from_a_thread_wakes_a_sleeping_loop(io_loop: IOLoop, start: Start) -> None:
    def later() -> None:
        time.sleep(0.05)  # the loop has nothing to do by now
        io_loop.add_callback(io_loop.stop)

    thread = threading.Thread(target=later)
    io_loop.add_callback(thread.start)
    start(io_loop)
    thread.join()


@pytest.mark.parametrize("method", ["add_callback", "add_callback_from_signal"])
def test_callback_from_a_thread_without_a_frame_of_python(
    io_loop: IOLoop, start: Start, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    """As libraries in C have: the method is the first that is called in it."""

    def fail(_: object) -> None:
        io_loop.stop()
        raise LookupError("in the loop")

    function_type = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    function = function_type(functools.partial(getattr(io_loop, method), fail))
    threads, thread = ctypes.CDLL(None), ctypes.c_void_p()
    create = [ctypes.byref(thread), None, ctypes.cast(function, ctypes.c_void_p), None]
    assert threads.pthread_create(*create) == 0
    start(io_loop)
    threads.pthread_join(thread, None)
    assert "LookupError: in the loop" in caplog.text


def test_callback_after_close_is_dropped() -> None:
    loop = IOLoop(make_current=False)
    loop.close()
    loop.add_callback(pytest.fail)
    loop.add_callback_from_signal(pytest.fail)
    thread = threading.Thread(target=loop.add_callback, args=(pytest.fail,))
    thread.start()
    thread.join()
    assert loop.asyncio_loop.is_closed()


def test_callback_from_a_signal_handler(io_loop: IOLoop, start: Start) -> None:
    numbers: list[int] = []

    def handle(number: int, frame: object) -> None:
        io_loop.add_callback_from_signal(numbers.append, number)
        io_loop.add_callback_from_signal(io_loop.stop)

    previous = signal.signal(signal.SIGUSR1, handle)
    try:
        io_loop.call_later(0.01, os.kill, os.getpid(), signal.SIGUSR1)
        start(io_loop)
    finally:
        signal.signal(signal.SIGUSR1, previous)
    assert numbers == [signal.SIGUSR1]


def test_failing_callbacks_are_logged_and_the_loop_goes_on(
    io_loop: IOLoop, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(way: str) -> None:
        raise LookupError(way)

    async def fail_later(way: str) -> None:
        await asyncio.sleep(0)
        fail(way)

    io_loop.add_callback(fail, "callback")
    io_loop.add_callback(fail_later, "coroutine")
    io_loop.call_later(0, fail, "timeout")
    io_loop.add_callback_from_signal(fail, "signal")
    io_loop.call_later(0.3, io_loop.stop)
    with caplog.at_level(logging.ERROR, "zonda.application"):
        start(io_loop)
    ways = [str(record.exc_info[1]) for record in caplog.records if record.exc_info]
    assert sorted(ways) == ["callback", "coroutine", "signal", "timeout"]
    for record in caplog.records:
        message = record.getMessage()
        assert "test_failing_callbacks_are_logged" in message
        assert os.path.basename(__file__) in message


def test_the_logged_line_is_that_of_the_scheduling(
    io_loop: IOLoop, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise LookupError

    line = fail.__code__.co_firstlineno
    io_loop.add_callback(fail)  # four lines further down
    io_loop.add_callback(io_loop.stop)
    start(io_loop)
    assert caplog.messages[0].endswith(f"line {line + 4}")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_exceptions_that_end_the_program_leave_start(
    io_loop: IOLoop, start: Start, error: type[BaseException]
) -> None:
    def end() -> None:
        raise error

    called: list[str] = []
    for schedule in (io_loop.add_callback, io_loop.add_callback_from_signal):
        schedule(end)
        schedule(called.append, "goes on")
        with pytest.raises(error):
            start(io_loop)
    io_loop.call_later(0.01, io_loop.stop)
    start(io_loop)
    assert called == ["goes on", "goes on"]


# Futures


def test_add_future(io_loop: IOLoop, start: Start) -> None:
    seen: list[Any] = []

    def done(future: asyncio.Future[str]) -> None:
        seen.append((future.result(), threading.get_ident()))
        io_loop.stop()

    future: asyncio.Future[str] = asyncio.Future(loop=io_loop.asyncio_loop)
    io_loop.add_future(future, done)
    io_loop.add_callback(future.set_result, "result")
    start(io_loop)
    assert seen == [("result", threading.get_ident())]


def test_add_future_of_another_thread(io_loop: IOLoop, start: Start) -> None:
    seen: list[Any] = []

    def done(future: concurrent.futures.Future[str]) -> None:
        seen.append((future.result(), threading.get_ident()))
        io_loop.stop()

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        io_loop.add_future(pool.submit(lambda: "result"), done)
        start(io_loop)
    assert seen == [("result", threading.get_ident())]


def test_add_future_logs_what_the_callback_raises(
    io_loop: IOLoop, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(future: object) -> None:
        io_loop.stop()
        raise LookupError

    future: asyncio.Future[None] = asyncio.Future(loop=io_loop.asyncio_loop)
    future.set_result(None)
    io_loop.add_future(future, fail)
    start(io_loop)
    assert "test_add_future_logs_what_the_callback_raises" in caplog.text


def test_add_future_refuses_other_things(io_loop: IOLoop) -> None:
    with pytest.raises(TypeError, match="takes a future, not 42"):
        io_loop.add_future(42, print)  # type: ignore[arg-type]  # the wrong type


# Time


def test_timeouts_come_in_the_order_of_their_times(io_loop: IOLoop, start: Start) -> None:
    order: list[str] = []
    now = io_loop.time()
    io_loop.call_later(0.03, order.append, "call_later")
    io_loop.call_at(now + 0.02, order.append, "call_at")
    io_loop.add_timeout(now + 0.01, order.append, "add_timeout")
    io_loop.add_timeout(datetime.timedelta(milliseconds=40), order.append, "timedelta")
    io_loop.call_later(0.06, io_loop.stop)
    start(io_loop)
    assert order == ["add_timeout", "call_at", "call_later", "timedelta"]


def test_deadlines_are_the_time_of_day(io_loop: IOLoop, start: Start) -> None:
    assert abs(io_loop.time() - time.time()) < 5
    io_loop.add_timeout(time.time() + 0.001, io_loop.stop)
    start(io_loop)


@pytest.mark.parametrize("past", [-1, -1e9, -math.inf, 0])
def test_time_that_has_passed_means_now(io_loop: IOLoop, start: Start, past: float) -> None:
    called: list[str] = []
    io_loop.call_later(past, called.append, "later")
    io_loop.call_at(io_loop.time() + past, called.append, "at")
    io_loop.add_timeout(io_loop.time() + past, called.append, "timeout")
    io_loop.call_later(0.01, io_loop.stop)
    start(io_loop)
    assert sorted(called) == ["at", "later", "timeout"]


def test_time_that_never_comes(io_loop: IOLoop, start: Start) -> None:
    io_loop.call_later(math.inf, pytest.fail)
    io_loop.call_later(1e12, pytest.fail)
    io_loop.call_later(0.001, io_loop.stop)
    start(io_loop)


def test_nan_is_refused(io_loop: IOLoop) -> None:
    for method in (io_loop.call_later, io_loop.call_at, io_loop.add_timeout):
        with pytest.raises(ValueError, match="must be a number, not nan"):
            method(math.nan, pytest.fail)


@pytest.mark.parametrize("delay", ["soon", None, datetime.timedelta(seconds=1)])
def test_delay_of_another_type_is_refused(io_loop: IOLoop, delay: Any) -> None:
    with pytest.raises(TypeError, match="a delay is a number of seconds, not "):
        io_loop.call_later(delay, pytest.fail)


@pytest.mark.parametrize("deadline", ["soon", None, datetime.datetime(2030, 1, 1)])
def test_deadline_of_another_type_is_refused(io_loop: IOLoop, deadline: Any) -> None:
    with pytest.raises(TypeError, match="a number of seconds or a timedelta"):
        io_loop.add_timeout(deadline, pytest.fail)


def test_remove_timeout(io_loop: IOLoop, start: Start) -> None:
    timeout = io_loop.call_later(0.001, pytest.fail)
    io_loop.remove_timeout(timeout)
    io_loop.remove_timeout(timeout)
    io_loop.call_later(0.01, io_loop.stop)
    start(io_loop)


def test_remove_timeout_after_it_was_called(io_loop: IOLoop, start: Start) -> None:
    timeout = io_loop.call_later(0, io_loop.stop)
    start(io_loop)
    io_loop.remove_timeout(timeout)
    io_loop.call_later(0, io_loop.stop)
    start(io_loop)


@pytest.mark.parametrize("jump", [-7200, 7200])
def test_setting_the_time_of_day_moves_no_timeout(
    io_loop: IOLoop, start: Start, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    real = time.time
    called: list[str] = []
    io_loop.add_timeout(io_loop.time() + 0.02, called.append, "absolute")
    io_loop.add_timeout(datetime.timedelta(seconds=0.02), called.append, "relative")
    io_loop.call_later(3600, called.append, "in an hour")
    io_loop.add_timeout(io_loop.time() + 3600, called.append, "in an hour")
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    assert abs(io_loop.time() - real() - jump) < 5
    io_loop.call_later(0.05, io_loop.stop)
    start(io_loop)
    assert sorted(called) == ["absolute", "relative"]
    io_loop.add_timeout(io_loop.time() + 0.001, io_loop.stop)  # counts from the new time
    start(io_loop)


# Threads


def test_run_in_executor(io_loop: IOLoop) -> None:
    async def main() -> tuple[int, int]:
        own = io_loop.run_in_executor(None, threading.get_ident)
        other = io_loop.run_in_executor(pool, pow, 2, 10)
        return await own, await other

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        identity, power = io_loop.run_sync(main)
    assert identity != threading.get_ident()
    assert power == 1024


def test_exception_in_an_executor(io_loop: IOLoop) -> None:
    with pytest.raises(ZeroDivisionError):
        io_loop.run_sync(lambda: io_loop.run_in_executor(None, divmod, 1, 0))


def test_set_default_executor(io_loop: IOLoop) -> None:
    pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="mine")
    io_loop.set_default_executor(pool)

    def name() -> str:
        return threading.current_thread().name

    assert io_loop.run_sync(lambda: io_loop.run_in_executor(None, name)).startswith("mine")
    pool.shutdown()


def test_default_executor_must_be_of_threads(io_loop: IOLoop) -> None:
    with pytest.raises(TypeError, match="ThreadPoolExecutor"):
        io_loop.set_default_executor(42)  # type: ignore[arg-type]  # the wrong type
