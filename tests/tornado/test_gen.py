"""Coroutines made of generators."""

from __future__ import annotations

import asyncio
import contextvars
import datetime
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tornado import gen

Steps = Generator[Any, Any, Any]


@gen.coroutine
def later(value: Any, rounds: int = 1) -> Steps:
    for _ in range(rounds):
        yield gen.moment
    raise gen.Return(value)


@gen.coroutine
def failing(error: Exception) -> Steps:
    yield
    raise error


def done(value: Any) -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future


async def native(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: later(1), 1),
        (lambda: native(2), 2),
        (lambda: done(3), 3),
        (lambda: None, None),
        (lambda: gen.moment, None),
        (lambda: [later(1), native(2), gen.moment], [1, 2, None]),
        (lambda: {"a": later(1), "b": done(2)}, {"a": 1, "b": 2}),
        (list, []),
        (dict, {}),
    ],
)
async def test_what_may_be_yielded(make: Callable[[], Any], expected: Any) -> None:
    @gen.coroutine
    def main() -> Steps:
        return (yield make())

    assert await main() == expected


async def test_a_future_of_a_thread_may_be_yielded() -> None:
    @gen.coroutine
    def main() -> Steps:
        return (yield pool.submit(lambda: 42))

    with ThreadPoolExecutor(1) as pool:
        assert await main() == 42


async def test_what_cannot_be_waited_for_is_an_error_at_its_yield() -> None:
    @gen.coroutine
    def main() -> Steps:
        with pytest.raises(gen.BadYieldError, match="not 42"):
            yield 42

    await main()


async def test_the_first_step_is_taken_at_once() -> None:
    seen = []

    @gen.coroutine
    def main() -> Steps:
        seen.append("begun")
        yield done(None)
        seen.append("went on")
        yield gen.moment
        seen.append("later")

    future = main()
    assert seen == ["begun", "went on"]
    await future


async def test_native_coroutines_may_be_yielded_from() -> None:
    @gen.coroutine
    def main() -> Steps:
        value = yield from native(7)  # type: ignore[misc]  # what types.coroutine allows
        return value

    assert await main() == 7


async def test_a_function_that_is_no_generator() -> None:
    @gen.coroutine
    def returning() -> int:
        return 1

    @gen.coroutine
    def raising() -> None:
        raise ZeroDivisionError

    @gen.coroutine
    def old() -> None:
        raise gen.Return(2)

    @gen.coroutine
    def cancelled() -> None:
        raise asyncio.CancelledError

    assert await returning() == 1
    assert await old() == 2
    with pytest.raises(ZeroDivisionError):
        await raising()
    assert cancelled().cancelled()


async def test_errors_are_raised_where_they_are_waited_for() -> None:
    @gen.coroutine
    def main() -> Steps:
        try:
            yield failing(ZeroDivisionError("deep"))
        except ZeroDivisionError as error:
            return str(error)

    assert await main() == "deep"
    with pytest.raises(KeyError):
        await failing(KeyError("x"))


async def test_cancelling_is_passed_on() -> None:
    inner: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @gen.coroutine
    def main() -> Steps:
        yield inner

    future = main()
    inner.cancel()
    with pytest.raises(asyncio.CancelledError):
        await future


async def test_of_several_errors_the_first_is_raised(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ZeroDivisionError):
        await gen.multi([failing(ZeroDivisionError()), failing(KeyError()), later(1)])
    assert "Multiple exceptions in yield list" in caplog.text
    caplog.clear()
    with pytest.raises(ZeroDivisionError):
        await gen.multi([failing(ZeroDivisionError()), failing(KeyError())], KeyError)
    assert not caplog.records


async def test_one_future_may_be_waited_for_twice() -> None:
    future = later(1)
    assert await gen.multi([future, later(2), future]) == [1, 2, 1]


async def test_a_timeout() -> None:
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    with pytest.raises(gen.TimeoutError):
        await gen.with_timeout(datetime.timedelta(milliseconds=1), never)
    assert not never.cancelled()
    never.cancel()
    assert await gen.with_timeout(datetime.timedelta(hours=1), later(3)) == 3
    assert await gen.with_timeout(datetime.timedelta(hours=1), done(4)) == 4


async def test_an_error_after_its_timeout_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    for error, quiet in ((ZeroDivisionError(), ()), (KeyError(), KeyError)):
        late: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with pytest.raises(gen.TimeoutError):
            await gen.with_timeout(datetime.timedelta(milliseconds=1), late, quiet)
        late.set_exception(error)
        await asyncio.sleep(0)
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [
        ZeroDivisionError
    ]


async def test_results_in_the_order_in_which_they_come() -> None:
    futures = [later("slow", 5), later("quick"), done("at once")]
    iterator = gen.WaitIterator(*futures)
    seen = []
    while not iterator.done():
        value = await iterator.next()
        assert iterator.current_future is not None
        seen.append((iterator.current_index, value))
    assert seen == [(2, "at once"), (1, "quick"), (0, "slow")]
    assert iterator.current_index is None
    named = gen.WaitIterator(a=later(1), b=later(2, 3))
    assert [value async for value in named] == [1, 2]
    with pytest.raises(ValueError, match="not both"):
        gen.WaitIterator(futures[0], b=futures[1])


async def test_sleep() -> None:
    began = time.monotonic()
    await gen.sleep(0.01)
    assert time.monotonic() - began >= 0.009


async def test_maybe_future() -> None:
    assert await gen.maybe_future(1) == 1
    assert await gen.maybe_future(later(2)) == 2


async def test_the_moment_can_be_awaited_too() -> None:
    seen: list[str] = []
    asyncio.get_running_loop().call_soon(seen.append, "other")
    await gen.moment
    assert seen == ["other"]
    assert gen.moment.done()
    assert gen.moment.result() is None  # type: ignore[func-returns-value]  # that is the point
    assert repr(gen.moment) == "tornado.gen.moment"


async def test_context_variables_are_those_of_the_caller() -> None:
    variable = contextvars.ContextVar[str]("variable")

    @gen.coroutine
    def inner() -> Steps:
        assert variable.get() == "outer"
        variable.set("inner")
        yield
        return variable.get()

    variable.set("outer")
    assert await inner() == "inner"
    assert variable.get() == "outer"


def test_marks_of_coroutines() -> None:
    def function() -> Steps:
        yield

    made = gen.coroutine(function)
    assert gen.is_coroutine_function(made)
    assert not gen.is_coroutine_function(function)
    assert made.__wrapped__ is function  # type: ignore[attr-defined]  # set for programs


# The callback style of 2011.


def with_callback(value: Any, callback: Callable[..., None]) -> None:
    asyncio.get_running_loop().call_soon(callback, value)


async def test_tasks_with_callbacks() -> None:
    ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    @gen.engine
    def main() -> Steps:
        first = yield gen.Task(with_callback, 1)
        with_callback(2, (yield gen.Callback("key")))
        second = yield gen.Wait("key")
        for key in "ab":
            with_callback(key, (yield gen.Callback(key)))
        both = yield gen.WaitAll("ab")
        several = yield gen.Task(lambda callback: callback(1, 2, x=3))
        ended.set_result((first, second, both, several.args, several.kwargs))

    main()
    assert await ended == (1, 2, ["a", "b"], (1, 2), {"x": 3})


async def test_wrong_keys() -> None:
    @gen.coroutine
    def main() -> Steps:
        yield gen.Callback("key")
        with pytest.raises(gen.KeyReuseError):
            yield gen.Callback("key")
        with pytest.raises(gen.UnknownKeyError):
            yield gen.Wait("other")

    await main()


async def test_an_engine_returns_nothing(caplog: pytest.LogCaptureFixture) -> None:
    @gen.engine
    def main() -> Steps:
        yield
        return 1

    main()
    await asyncio.sleep(0.01)
    assert "nobody can receive 1" in caplog.text
