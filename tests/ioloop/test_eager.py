"""A coroutine that is started eagerly behaves as in a task of its own, from its first step on."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import warnings
import weakref
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import pytest

from zonda.ioloop import eager

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


def current_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None
    return task


async def returns(value: object) -> object:
    return value


async def raises(error: BaseException) -> None:
    raise error


async def waits(future: asyncio.Future[Any]) -> Any:
    return await future


async def yields() -> str:
    await asyncio.sleep(0)
    return "after one round"


def new_future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


async def use_up_spares() -> None:
    """Let the next starts make their tasks anew."""
    blocker = new_future()
    tasks = [eager.start(waits(blocker)) for _ in range(3)]
    blocker.set_result(None)
    await asyncio.gather(*tasks)


async def leave_spare() -> None:
    """Let the next start find a task that has been made, and has begun to rest, before."""
    eager.start(returns(None))
    await asyncio.sleep(0)


@pytest.fixture(params=[use_up_spares, leave_spare])
def prepare(request: pytest.FixtureRequest) -> Callable[[], Coroutine[Any, Any, None]]:
    """Both states that the machinery can be in when a coroutine is started."""
    value: Callable[[], Coroutine[Any, Any, None]] = request.param
    return value


# What start gives back


@pytest.mark.parametrize("value", [None, 0, "text", [1]])
async def test_coroutine_that_does_not_wait_has_ended(value: object) -> None:
    started = eager.start(returns(value))
    assert started.done()
    assert not started.cancelled()
    assert started.exception() is None
    assert started.result() == value
    assert await started == value


async def test_first_step_runs_inside_start() -> None:
    steps: list[str] = []

    async def coroutine() -> None:
        steps.append("first")
        await asyncio.sleep(0)
        steps.append("second")

    started = eager.start(coroutine())
    steps.append("start has returned")
    await started
    assert steps == ["first", "start has returned", "second"]


async def test_rest_runs_in_a_task(prepare: Callable[[], Coroutine[Any, Any, None]]) -> None:
    await prepare()
    future = new_future()
    started = eager.start(waits(future))
    assert isinstance(started, asyncio.Task)
    assert not started.done()
    future.set_result("result")
    assert await started == "result"


async def test_bare_yield_lets_exactly_one_round_pass(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    await prepare()
    order: list[str] = []

    async def coroutine(name: str) -> None:
        await asyncio.sleep(0)
        order.append(name)

    first = asyncio.create_task(coroutine("task, two rounds"))
    second = eager.start(coroutine("started, one round"))
    await asyncio.gather(first, second)
    assert order == ["started, one round", "task, two rounds"]


async def test_exception_of_first_step(prepare: Callable[[], Coroutine[Any, Any, None]]) -> None:
    await prepare()
    error = LookupError("first step")
    started = eager.start(raises(error))
    assert started.done()
    assert started.exception() is error
    with pytest.raises(LookupError, match="first step"):
        started.result()


async def test_exception_of_later_step(prepare: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def coroutine() -> None:
        await asyncio.sleep(0)
        raise LookupError("later")

    await prepare()
    with pytest.raises(LookupError, match="later"):
        await eager.start(coroutine())


async def test_exception_of_what_it_waits_for(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    await prepare()
    future = new_future()
    started = eager.start(waits(future))
    future.set_exception(LookupError("awaited"))
    with pytest.raises(LookupError, match="awaited"):
        await started


async def test_future_that_ends_right_after_the_first_step(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    await prepare()
    for outcome in (1, LookupError("at once")):
        future = new_future()
        started = eager.start(waits(future))
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
            with pytest.raises(LookupError, match="at once"):
                await started
        else:
            future.set_result(outcome)
            assert await started == outcome


async def test_cancelled_error_of_first_step_makes_a_cancelled_future() -> None:
    started = eager.start(raises(asyncio.CancelledError("why")))
    assert started.done()
    assert started.cancelled()
    with pytest.raises(asyncio.CancelledError, match="why"):
        await started


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
async def test_exceptions_that_end_the_program_leave_start(error: type[BaseException]) -> None:
    task = current_task()
    # From Python 3.12 on asyncio raises it, and also mentions it for the task that it came from.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    with pytest.raises(error):
        eager.start(raises(error()))
    assert current_task() is task


async def test_stop_iteration_cannot_pass_for_a_result() -> None:
    started = eager.start(raises(StopIteration("value")))
    assert isinstance(started.exception(), RuntimeError)


async def test_value_may_be_an_exception() -> None:
    started = eager.start(returns(StopIteration("value")))
    assert isinstance(started.result(), StopIteration)


@pytest.mark.parametrize("value", [None, 1, returns, asyncio.sleep])
async def test_what_is_not_a_coroutine_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="a coroutine was expected, got"):
        eager.start(value)


async def test_coroutine_that_has_ended_is_refused() -> None:
    coroutine = returns(1)
    eager.start(coroutine)
    assert isinstance(eager.start(coroutine).exception(), RuntimeError)


def test_without_a_running_loop() -> None:
    coroutine = returns(1)
    with pytest.raises(RuntimeError, match="no running event loop"):
        eager.start(coroutine)
    coroutine.close()


async def test_exception_that_nobody_asks_for_is_logged() -> None:
    contexts: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: contexts.append(context))
    try:
        eager.start(raises(LookupError("forgotten")))
        gc.collect()
    finally:
        loop.set_exception_handler(handler)
    assert [repr(context["exception"]) for context in contexts] == ["LookupError('forgotten')"]


async def test_no_reference_to_the_result_is_kept() -> None:
    class Value:
        pass

    value = Value()
    reference = weakref.ref(value)
    started = eager.start(returns(value))
    assert started.result() is value
    del started, value
    gc.collect()
    assert reference() is None


async def test_no_reference_to_the_error_is_kept() -> None:
    class Error(Exception):
        pass

    error = Error()
    reference = weakref.ref(error)
    assert eager.start(raises(error)).exception() is error
    del error
    gc.collect()
    assert reference() is None


async def test_waiting_coroutine_need_not_be_kept() -> None:
    class Event:
        """Waited for by a future that nothing else refers to."""

        future: weakref.ref[asyncio.Future[Any]]

    async def coroutine() -> None:
        future = new_future()
        Event.future = weakref.ref(future)
        ended.append(await future)

    ended: list[object] = []
    eager.start(coroutine())
    await asyncio.sleep(0)
    gc.collect()
    future = Event.future()
    assert future is not None
    future.set_result("kept")
    await asyncio.sleep(0)
    assert ended == ["kept"]


# The current task


async def test_current_task_is_one_and_the_same(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    seen: list[asyncio.Task[Any]] = []

    async def coroutine(future: asyncio.Future[None]) -> None:
        seen.append(current_task())
        await future
        seen.append(current_task())
        await asyncio.sleep(0)
        seen.append(current_task())

    await prepare()
    outer = current_task()
    future = new_future()
    started = eager.start(coroutine(future))
    assert current_task() is outer
    future.set_result(None)
    await started
    assert seen == [started] * 3
    assert started is not outer


async def test_in_a_callback_there_is_no_task_before_and_after() -> None:
    loop = asyncio.get_running_loop()
    seen: list[object] = []
    done = asyncio.Event()

    async def coroutine() -> None:
        seen.append(asyncio.current_task() is not None)

    def callback() -> None:
        seen.append(asyncio.current_task())
        eager.start(coroutine())
        seen.append(asyncio.current_task())
        eager.start(yields())
        seen.append(asyncio.current_task())
        done.set()

    loop.call_soon(callback)
    await done.wait()
    assert seen == [None, True, None, None]


async def test_started_inside_a_first_step() -> None:
    tasks: list[asyncio.Task[Any]] = []

    async def inner(future: asyncio.Future[None] | None) -> None:
        tasks.append(current_task())
        if future is not None:
            await future
            tasks.append(current_task())

    async def outer(future: asyncio.Future[None]) -> None:
        task = current_task()
        eager.start(inner(None))
        assert current_task() is task
        waiting = eager.start(inner(future))
        assert current_task() is task
        await waiting
        assert current_task() is task
        assert task not in tasks
        tasks.append(task)

    for _ in range(3):
        tasks.clear()
        future = new_future()
        started = eager.start(outer(future))
        asyncio.get_running_loop().call_soon(future.set_result, None)
        await started
        ended, waiting, waited, whole = tasks
        assert waiting is waited
        assert len({ended, waiting, whole}) == 3


async def test_task_that_somebody_remembers_is_not_given_to_another() -> None:
    tasks: list[asyncio.Task[Any]] = []

    async def coroutine() -> str:
        tasks.append(current_task())
        return "result"

    for _ in range(3):
        assert await eager.start(coroutine()) == "result"
    assert len(set(tasks)) == 3
    await asyncio.sleep(0)
    assert [task.result() for task in tasks] == ["result"] * 3


async def test_task_that_is_remembered_weakly_is_not_given_to_another(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    values: weakref.WeakKeyDictionary[asyncio.Task[Any], str] = weakref.WeakKeyDictionary()

    async def coroutine() -> bool:
        known = current_task() in values
        values[current_task()] = "value"
        return known

    await prepare()
    assert [await eager.start(coroutine()) for _ in range(3)] == [False] * 3


async def test_done_callback_that_is_added_in_the_first_step_is_called(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    called: list[object] = []

    async def coroutine(fail: bool) -> str:
        current_task().add_done_callback(lambda task: called.append(task.exception() or "ended"))
        if fail:
            raise LookupError("failed")
        return "result"

    for fail in (False, True):
        await prepare()
        started = eager.start(coroutine(fail))
        await asyncio.wait([started] if isinstance(started, asyncio.Future) else [])
        await asyncio.sleep(0)
        assert started.done()
    assert [str(value) for value in called] == ["ended", "failed"]


async def test_name_does_not_pass_to_another_task() -> None:
    names: list[str] = []

    async def coroutine() -> None:
        names.append(current_task().get_name())
        current_task().set_name("named")

    for _ in range(3):
        eager.start(coroutine())
        await asyncio.sleep(0)
    assert "named" not in names


async def test_all_tasks_holds_what_waits_and_nothing_else(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    await prepare()
    before = asyncio.all_tasks()
    eager.start(returns(1))
    assert asyncio.all_tasks() == before
    started = eager.start(yields())
    assert asyncio.all_tasks() == before | {started}
    await started
    assert asyncio.all_tasks() == before


# Cancelling


async def test_cancel_after_the_first_step(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    for rounds in (0, 1, 2):
        await prepare()
        future = new_future()
        started = eager.start(waits(future))
        assert isinstance(started, asyncio.Task)
        for _ in range(rounds):
            await asyncio.sleep(0)
        assert started.cancel("message")
        with pytest.raises(asyncio.CancelledError):
            await started
        assert started.cancelled()
        assert future.cancelled()


async def test_cancelling_reaches_the_task_that_it_waits_for(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    cleaned: list[str] = []

    async def inner() -> None:
        try:
            await new_future()
        finally:
            await asyncio.sleep(0)
            cleaned.append("inner")

    async def outer(inner_task: asyncio.Task[None]) -> None:
        try:
            await inner_task
        finally:
            cleaned.append("outer")

    await prepare()
    inner_task = asyncio.create_task(inner())
    await asyncio.sleep(0)
    started = eager.start(outer(inner_task))
    assert isinstance(started, asyncio.Task)
    started.cancel()
    with pytest.raises(asyncio.CancelledError):
        await started
    assert cleaned == ["inner", "outer"]


async def test_cancel_after_a_bare_yield(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    await prepare()
    started = eager.start(yields())
    assert isinstance(started, asyncio.Task)
    started.cancel()
    with pytest.raises(asyncio.CancelledError):
        await started


async def test_cancelling_may_be_refused(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    async def coroutine() -> str:
        try:
            await new_future()
        except asyncio.CancelledError as error:
            current_task().uncancel()
            await asyncio.sleep(0)
            return f"refused {error}"
        return "not cancelled"

    await prepare()
    started = eager.start(coroutine())
    assert isinstance(started, asyncio.Task)
    started.cancel("softly")
    assert await started == "refused softly"
    assert started.cancelling() == 0


async def test_cancelled_by_itself_in_the_first_step_before_waiting(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    future = new_future()

    async def coroutine(bare: bool) -> None:
        current_task().cancel()
        await (asyncio.sleep(0) if bare else future)
        pytest.fail("was not cancelled")

    for bare in (False, True):
        await prepare()
        started = eager.start(coroutine(bare))
        with pytest.raises(asyncio.CancelledError):
            await started
    assert future.cancelled()


async def test_cancelled_by_itself_without_waiting_is_cancelled(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    async def coroutine() -> str:
        current_task().cancel()
        return "too late"

    await prepare()
    started = eager.start(coroutine())
    with pytest.raises(asyncio.CancelledError):
        await started
    assert eager.start(returns("next is not harmed")).result() == "next is not harmed"


async def test_cancelled_by_itself_and_failed_has_failed(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    async def coroutine() -> str:
        current_task().cancel()
        raise LookupError("failed")

    await prepare()
    with pytest.raises(LookupError, match="failed"):
        await eager.start(coroutine())


async def test_uncancelled_in_the_first_step_leaves_no_trace() -> None:
    async def coroutine() -> None:
        current_task().cancel()
        current_task().uncancel()

    started = eager.start(coroutine())
    await asyncio.wait([started] if isinstance(started, asyncio.Future) else [])
    for _ in range(3):
        assert await eager.start(yields()) == "after one round"


# asyncio's own scopes


@pytest.mark.parametrize("seconds", [0, 0.001])
async def test_timeout_that_begins_in_the_first_step(
    seconds: float, prepare: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    async def coroutine() -> str:
        try:
            async with asyncio.timeout(seconds):
                await new_future()
        except TimeoutError:
            await asyncio.sleep(0)
            assert current_task().cancelling() == 0
            return "timed out"
        return "not timed out"

    await prepare()
    assert await eager.start(coroutine()) == "timed out"


async def test_timeout_that_ends_in_the_first_step() -> None:
    async def coroutine() -> asyncio.Task[Any]:
        async with asyncio.timeout(0.001):
            pass
        return current_task()

    for _ in range(10):
        eager.start(coroutine())
    await asyncio.sleep(0.003)
    assert await eager.start(yields()) == "after one round"


async def test_timeout_of_the_caller_is_not_that_of_the_started() -> None:
    future = new_future()
    started: list[eager.Started[Any]] = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            started.append(eager.start(waits(future)))
            await new_future()
    future.set_result("untouched")
    assert await started[0] == "untouched"


async def test_task_group_in_the_first_step(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    async def coroutine() -> list[object]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(returns(number)) for number in range(3)]
        return [task.result() for task in tasks]

    await prepare()
    assert await eager.start(coroutine()) == [0, 1, 2]


async def test_task_group_that_fails_cancels_the_started(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    async def coroutine() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(raises(LookupError("child")))
            await new_future()

    await prepare()
    with pytest.raises(ExceptionGroup) as caught:
        await eager.start(coroutine())
    assert caught.group_contains(LookupError, match="child")


async def test_gather_wait_for_and_shield() -> None:
    async def coroutine() -> Any:
        first = await asyncio.gather(returns(1), yields())
        second = await asyncio.wait_for(returns(2), 1)
        return first, second, await asyncio.shield(returns(3))

    assert await eager.start(coroutine()) == ([1, "after one round"], 2, 3)


async def test_async_generators_and_locks() -> None:
    lock = asyncio.Lock()
    order: list[int] = []

    async def numbers() -> Any:
        for number in range(3):
            async with lock:
                yield number

    async def coroutine() -> None:
        async for number in numbers():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(eager.start(coroutine()), eager.start(coroutine()))
    assert sorted(order) == [0, 0, 1, 1, 2, 2]


async def test_what_cannot_be_awaited_fails_inside_the_coroutine(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    class Wrong:
        def __await__(self) -> Generator[int, None, None]:
            yield 42

    async def coroutine() -> str:
        try:
            await Wrong()
        except RuntimeError as error:
            return str(error)
        return "no error"

    await prepare()
    assert "42" in await eager.start(coroutine())


async def test_future_of_another_loop_fails_inside_the_coroutine(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    other = asyncio.new_event_loop()
    future = other.create_future()

    async def coroutine() -> str:
        try:
            await future
        except RuntimeError as error:
            return str(error)
        return "no error"

    await prepare()
    assert "different loop" in await eager.start(coroutine())
    other.close()


# Context variables


async def test_changes_stay_inside(prepare: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def coroutine(value: str, wait: bool) -> list[str]:
        seen = [variable.get()]
        variable.set(value)
        if wait:
            await asyncio.sleep(0)
        seen.append(variable.get())
        await asyncio.sleep(0)
        variable.set(variable.get() + "!")
        await asyncio.sleep(0)
        seen.append(variable.get())
        return seen

    await prepare()
    token = variable.set("caller")
    first = eager.start(coroutine("first", True))
    second = eager.start(coroutine("second", False))
    assert variable.get() == "caller"
    assert await first == ["caller", "first", "first!"]
    assert await second == ["caller", "second", "second!"]
    assert variable.get() == "caller"
    variable.reset(token)


@pytest.mark.parametrize("wait", [False, True])
async def test_a_context_that_is_given_is_used_itself(wait: bool) -> None:
    async def coroutine() -> str:
        before = variable.get()
        if wait:
            await asyncio.sleep(0)
        variable.set("inside")
        return before

    context = contextvars.copy_context()
    context.run(variable.set, "given")
    assert await eager.start(coroutine(), context=context) == "given"
    assert context[variable] == "inside"
    assert variable.get() == "unset"


async def test_the_context_of_what_waits_can_be_had() -> None:
    async def coroutine(future: asyncio.Future[None] | None) -> None:
        variable.set("inside")
        if future is not None:
            await future

    assert eager.context_of(eager.Finished(None)) is None
    for _ in range(2):  # the second one finds what the first has left
        assert eager.start(coroutine(None)).done()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = eager.start(coroutine(future))
        context = eager.context_of(waiting)
        assert context is not None and context[variable] == "inside"
        future.set_result(None)
        await waiting
        assert variable.get() == "unset"


async def test_each_start_copies_the_context_of_that_moment() -> None:
    async def coroutine(wait: bool) -> str:
        seen = variable.get()
        variable.set("leaked")
        if wait:
            await asyncio.sleep(0)
        return seen

    for number in range(4):
        token = variable.set(f"caller {number}")
        assert await eager.start(coroutine(bool(number % 2))) == f"caller {number}"
        variable.reset(token)
        assert variable.get() == "unset"


async def test_context_reaches_callbacks_and_tasks_of_later_steps(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    seen: list[str] = []

    async def child() -> None:
        seen.append(variable.get())

    async def coroutine() -> None:
        variable.set("inside")
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(lambda: seen.append(variable.get()))
        await asyncio.create_task(child())

    await prepare()
    await eager.start(coroutine())
    assert seen == ["inside", "inside"]


async def test_token_of_the_first_step_is_good_in_the_last(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    async def coroutine() -> str:
        token = variable.set("inside")
        await asyncio.sleep(0)
        variable.reset(token)
        return variable.get()

    await prepare()
    assert await eager.start(coroutine()) == "unset"


# Loops


def test_each_loop_has_its_own_tasks() -> None:
    async def main() -> tuple[object, object]:
        return eager.start(returns("at once")).result(), await eager.start(yields())

    for _ in range(3):
        assert asyncio.run(main()) == ("at once", "after one round")


def test_nothing_is_left_behind_in_debug_mode() -> None:
    async def main() -> None:
        eager.start(returns(None))
        await eager.start(yields())
        eager.start(returns(None))
        eager.start(waits(new_future()))  # cancelled at the end

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(main(), debug=True)
        gc.collect()


async def test_task_can_be_described(prepare: Callable[[], Coroutine[Any, Any, None]]) -> None:
    await prepare()
    future = new_future()
    started = eager.start(waits(future))
    assert isinstance(started, asyncio.Task)
    await asyncio.sleep(0)
    assert "waits" in repr(started)
    assert [frame.f_code.co_name for frame in started.get_stack()] == ["waits"]
    future.set_result(None)
    await started


async def test_many_at_once() -> None:
    future = new_future()
    started = [eager.start(waits(future)) for _ in range(1000)]
    assert len(set(map(id, started))) == 1000
    future.set_result("all")
    assert await asyncio.gather(*started) == ["all"] * 1000


async def test_generator_based_coroutine_that_waits_twice_is_passed_through(
    prepare: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    class Twice:
        def __init__(self, *futures: asyncio.Future[Any]) -> None:
            self.futures = futures

        def __await__(self) -> Generator[Any, None, list[Any]]:
            values = []
            for future in self.futures:
                values.append((yield from future))
            return values

    async def coroutine(*futures: asyncio.Future[Any]) -> list[Any]:
        return await Twice(*futures)

    await prepare()
    first, second = new_future(), new_future()
    started = eager.start(coroutine(first, second))
    second.set_result(2)
    asyncio.get_running_loop().call_soon(first.set_result, 1)
    assert await started == [1, 2]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="asyncio itself does it")
async def test_tasks_are_used_again_where_nobody_can_know_it() -> None:
    numbers: set[int] = set()

    async def coroutine() -> None:
        numbers.add(id(asyncio.current_task()))

    for _ in range(100):
        eager.start(coroutine())
    assert len(numbers) == 1
