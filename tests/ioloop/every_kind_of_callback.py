"""Callbacks of every kind; as a program it prints what they see, and what the log says of them."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import math
import signal
import sys
import threading
from collections.abc import Callable, Generator
from typing import Any

from zonda.ioloop import IOLoop, PeriodicCallback, compiled

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")

Schedule = Callable[..., object]


class Failure(Exception):
    """Raised by callbacks."""


class Awaitable:
    """Neither a coroutine nor a future."""

    def __await__(self) -> Generator[None, None, None]:
        yield
        raise Failure("awaitable")


class Callback:
    """An object that can be called."""

    def __call__(self, *args: object, **kwargs: object) -> None:
        print("object", args, kwargs)

    def __repr__(self) -> str:
        return "Callback()"


def show(*args: object, **kwargs: object) -> None:
    print("show", args, sorted(kwargs.items()), variable.get(), threading.current_thread().name)
    variable.set("changed by a callback")


def fail(error: BaseException) -> None:
    raise error


async def fail_at_once() -> None:
    raise Failure("coroutine, at once")


async def fail_later(number: int = 1) -> None:
    for _ in range(number):
        await asyncio.sleep(0)
    raise Failure(f"coroutine, after {number}")


async def cancel_itself() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)


def kinds() -> list[tuple[Any, tuple[Any, ...], dict[str, Any]]]:
    """Callbacks with their arguments; made anew for each way of scheduling them."""
    failed: asyncio.Future[None] = asyncio.Future(loop=IOLoop.current().asyncio_loop)
    failed.set_exception(Failure("future"))
    many = {f"name{number}": number for number in range(20)}
    return [
        (show, (), {}),
        (show, (1, "two"), {}),
        (show, (), {"one": 1}),
        (show, tuple(range(20)), many),
        (Callback(), (3,), {"four": 4}),
        (functools.partial(show, "partial"), ("more",), {}),
        (print, ("built in",), {"end": ".\n"}),
        (len, ("its result is ignored",), {}),
        (str, (), {}),
        (asyncio.sleep, (0,), {}),
        (Awaitable, (), {}),
        (lambda: failed, (), {}),
        (fail_at_once, (), {}),
        (fail_later, (), {}),
        (fail_later, (), {"number": 2}),
        (fail_later, ("one", "too many"), {}),
        (cancel_itself, (), {}),
        (fail, (Failure("callback"),), {}),
        (fail, (), {"error": asyncio.CancelledError()}),
        (fail, (), {}),
        (42, (), {}),
        (None, ("not callable",), {}),
    ]


class Log(logging.Handler):
    """Prints the message, where the error was raised, and what is being handled meanwhile."""

    def emit(self, record: logging.LogRecord) -> None:
        print(record.name, record.getMessage())
        if record.exc_info:
            error = record.exc_info[1]
            trace = record.exc_info[2]
            names = []
            while trace is not None:
                if trace.tb_frame.f_code.co_filename == __file__:
                    names.append(trace.tb_frame.f_code.co_name)
                trace = trace.tb_next
            print("  ", repr(error), names, sys.exception() is error)


def all_kinds(way: str, schedule: Schedule) -> None:
    """Schedule them all in this way, and run until nothing is left to do."""
    loop = IOLoop.current()
    token = variable.set(way)
    for callback, args, kwargs in kinds():
        schedule(callback, *args, **kwargs)
    variable.reset(token)
    loop.run_sync(lambda: asyncio.sleep(0.02))
    print(variable.get())


def in_a_callback(loop: IOLoop, method: Schedule) -> Schedule:
    def schedule(*args: Any, **kwargs: Any) -> None:
        loop.asyncio_loop.call_soon(lambda: method(*args, **kwargs))

    return schedule


def in_a_thread(method: Schedule) -> Schedule:
    def schedule(*args: Any, **kwargs: Any) -> None:
        context = contextvars.copy_context()
        call = functools.partial(method, *args, **kwargs)
        thread = threading.Thread(target=context.run, args=(call,))
        thread.start()
        thread.join()

    return schedule


def in_a_signal(loop: IOLoop) -> Schedule:
    def schedule(*args: Any, **kwargs: Any) -> None:
        def handle(*_: object) -> None:
            loop.add_callback_from_signal(*args, **kwargs)

        signal.signal(signal.SIGUSR1, handle)
        signal.raise_signal(signal.SIGUSR1)

    return schedule


def periodic(loop: IOLoop) -> None:
    """Twice."""
    calls: list[str] = []

    def tick() -> None:
        calls.append(variable.get())
        variable.set("changed by the first call")
        if len(calls) == 2:
            timer.stop()
            loop.stop()
        raise Failure("periodic")

    timer = PeriodicCallback(tick, 1)
    timer.start()
    loop.start()
    print("periodic", calls)


def timeouts(loop: IOLoop) -> None:
    """Delays of every kind, and timeouts that are taken back."""
    delays: list[Any] = [0, 0.001, True, -1, -math.inf, 2**1100, math.inf, math.nan, "1", None]
    for delay in delays:
        try:
            timeout = loop.call_later(delay, show, repr(delay))
        except (ArithmeticError, TypeError, ValueError) as error:
            print(repr(error))
        else:
            print(timeout)
            if delay > 0:
                loop.remove_timeout(timeout)
                loop.remove_timeout(timeout)
                print(timeout)
    schedule: Schedule = loop.call_later
    for args in ((), (0,)):
        try:
            schedule(*args)
        except TypeError as error:
            print(error)
    schedule(delay=0, callback=show)
    kept = [loop.call_later(0.02 * (number % 2), print, "kept", number) for number in range(6)]
    taken_back = [loop.call_later(0.001, print, "taken back") for _ in range(400)]
    for timeout in taken_back:
        loop.remove_timeout(timeout)
    loop.call_later(0.02, loop.stop)
    loop.start()
    for timeout in (*kept, *taken_back):
        loop.remove_timeout(timeout)
    print({str(timeout) for timeout in (*kept, *taken_back)})


def order(loop: IOLoop) -> None:
    """Callbacks of the IOLoop and of asyncio's loop come in one line."""
    seen: list[str] = []

    def first() -> None:
        loop.add_callback(seen.append, "1")
        loop.asyncio_loop.call_soon(seen.append, "2")
        loop.spawn_callback(seen.append, "3")
        loop.asyncio_loop.call_soon(seen.append, "4")
        loop.add_callback(loop.add_callback, seen.append, "6")
        loop.add_callback(seen.append, "5")
        seen.append("0")

    loop.add_callback(first)
    loop.run_sync(lambda: asyncio.sleep(0.01))
    print("order", *seen)


def ends(loop: IOLoop) -> None:
    """What ends the program leaves the loop, which can be started again."""
    ways: list[Schedule] = [
        loop.add_callback,
        in_a_callback(loop, loop.add_callback),
        functools.partial(loop.call_later, 0),
    ]
    for schedule in ways:
        schedule(fail, KeyboardInterrupt("end"))
        schedule(print, "goes on")
        try:
            loop.start()
        except KeyboardInterrupt as error:
            print("ended by", repr(error))
        loop.run_sync(lambda: asyncio.sleep(0.01))


def wrong_calls(loop: IOLoop) -> None:
    """With the callback by name, and without any."""
    loop.add_callback(callback=show)
    loop.add_callback(callback=show, one=1)
    loop.run_sync(lambda: asyncio.sleep(0))
    schedule: Schedule = loop.add_callback
    for kwargs in ({}, {"one": 1}):
        try:
            schedule(**kwargs)
        except TypeError as error:
            print(error)


def unfinished() -> None:
    """A loop whose __init__ has not run."""
    loop = IOLoop.__new__(IOLoop)
    calls: list[Callable[[], object]] = [
        lambda: loop.add_callback(show),
        lambda: loop.call_later(0, show),
        lambda: loop.remove_timeout(IOLoop.current().call_later(0, show)),
    ]
    for call in calls:
        try:
            call()
        except AttributeError as error:
            print("AttributeError", error.name)


def main() -> None:
    logging.getLogger().addHandler(Log())
    loop = IOLoop()
    all_kinds("before the start", loop.add_callback)
    all_kinds("the other name", loop.spawn_callback)
    all_kinds("in a callback", in_a_callback(loop, loop.add_callback))
    all_kinds("in a thread", in_a_thread(loop.add_callback))
    all_kinds("in a handler of a signal", in_a_signal(loop))
    all_kinds("later", functools.partial(loop.call_later, 0))
    periodic(loop)
    timeouts(loop)
    order(loop)
    ends(loop)
    wrong_calls(loop)
    unfinished()
    loop.close()
    for method in (
        loop.add_callback,
        loop.add_callback_from_signal,
        in_a_thread(loop.add_callback),
    ):
        method(show, "after close")
    print("compiled" if compiled else "pure")


if __name__ == "__main__":
    main()
