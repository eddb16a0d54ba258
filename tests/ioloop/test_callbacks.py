"""What becomes of the results and errors of callbacks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator

import pytest

from zonda.ioloop import IOLoop, eager


class Awaitable:
    """Neither a coroutine nor a future."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.ended = asyncio.Event()

    def __await__(self) -> Generator[None, None, None]:
        yield
        self.ended.set()
        if self.error is not None:
            raise self.error


def itself(value: object) -> object:
    return value


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_awaitable_results_are_seen_through(caplog: pytest.LogCaptureFixture) -> None:
    awaitables = [Awaitable(), Awaitable(LookupError("of the awaitable"))]
    for awaitable in awaitables:
        IOLoop.current().add_callback(itself, awaitable)
        await awaitable.ended.wait()
    await settle()
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == [
        "of the awaitable"
    ]


@pytest.mark.parametrize("result", [0, "text", [], object(), eager.Finished(1)])
async def test_other_results_are_ignored(result: object, caplog: pytest.LogCaptureFixture) -> None:
    IOLoop.current().add_callback(lambda: result)
    await settle()
    assert caplog.records == []


@pytest.mark.parametrize("done_before", [False, True])
async def test_error_of_a_future(done_before: bool, caplog: pytest.LogCaptureFixture) -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    if done_before:
        future.set_exception(LookupError("of the future"))
    IOLoop.current().add_callback(lambda: future)
    await settle()
    if not done_before:
        future.set_exception(LookupError("of the future"))
        await settle()
    assert len(caplog.records) == 1
    assert "of the future" in caplog.text


async def test_cancelling_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    loop = IOLoop.current()

    def cancelled() -> None:
        raise asyncio.CancelledError

    async def cancelled_coroutine() -> None:
        raise asyncio.CancelledError

    async def cancelled_later() -> None:
        await future

    for callback in (cancelled, cancelled_coroutine, cancelled_later, lambda: future):
        loop.add_callback(callback)
    await settle()
    future.cancel()
    await settle()
    assert caplog.records == []


async def test_callback_that_cannot_be_called(caplog: pytest.LogCaptureFixture) -> None:
    IOLoop.current().add_callback(42)  # type: ignore[arg-type]  # the wrong type
    await settle()
    assert (
        "Exception in callback 42, scheduled in test_callback_that_cannot_be_called" in caplog.text
    )
    assert "'int' object is not callable" in caplog.text


async def test_wrong_arguments(caplog: pytest.LogCaptureFixture) -> None:
    IOLoop.current().add_callback(settle, "one too many")  # type: ignore[call-arg]  # wrong
    await settle()
    assert "takes 0 positional arguments but 1 was given" in caplog.text


async def test_place_is_named_wherever_it_is(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise LookupError

    IOLoop.current().add_callback(fail)
    exec("from zonda.ioloop import IOLoop\nIOLoop.current().add_callback(fail)", {"fail": fail})
    await settle()
    first, second = caplog.messages
    assert "scheduled in test_place_is_named_wherever_it_is" in first
    assert "scheduled in <module>, file <string>, line 2" in second


async def test_task_of_a_callback_is_not_forgotten() -> None:
    """Nothing but its own coroutine refers to what it waits for."""
    import gc
    import weakref

    ended: list[bool] = []
    reference: list[weakref.ref[asyncio.Future[None]]] = []

    async def callback() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        reference.append(weakref.ref(future))
        await future
        ended.append(True)

    IOLoop.current().add_callback(callback)
    await settle()
    gc.collect()
    future = reference[0]()
    assert future is not None
    future.set_result(None)
    await settle()
    assert ended == [True]


async def test_handled_errors_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    def callback() -> None:
        with contextlib.suppress(LookupError):
            raise LookupError

    IOLoop.current().add_callback(callback)
    await settle()
    assert caplog.records == []
