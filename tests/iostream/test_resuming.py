"""When a task goes on at once, and when it is put off."""

from __future__ import annotations

import asyncio
from contextvars import copy_context

import pytest

from tests.iostream.pairs import tcp_sockets
from zonda.iostream import IOStream, stream_pair
from zonda.iostream.resuming import AT_ONCE_SIZE, set_result_now


class Waiter:
    """A task that waits for a future and takes down what it got."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.future: asyncio.Future[str] = loop.create_future()
        self.got: list[str] = []
        self.context = copy_context()
        self.task = loop.create_task(self._wait(), context=self.context)

    async def _wait(self) -> None:
        self.got.append(await self.future)

    def in_a_callback(self) -> asyncio.Future[list[str]]:
        """Give the result outside of any task; what has been got when that returns."""
        loop = asyncio.get_running_loop()
        seen: asyncio.Future[list[str]] = loop.create_future()

        def give() -> None:
            set_result_now(self.future, "result")
            seen.set_result(list(self.got))

        loop.call_soon(give)
        return seen


async def test_the_only_task_that_waits_goes_on_at_once() -> None:
    waiter = Waiter()
    await asyncio.sleep(0)
    assert await waiter.in_a_callback() == ["result"]
    await waiter.task


async def test_while_a_task_runs_no_other_does() -> None:
    waiter = Waiter()
    await asyncio.sleep(0)
    set_result_now(waiter.future, "result")
    assert waiter.got == []
    await waiter.task
    assert waiter.got == ["result"]


async def test_who_else_waits_is_told_in_the_order_of_asking() -> None:
    waiter = Waiter()
    waiter.future.add_done_callback(lambda _: waiter.got.append("before"))
    await asyncio.sleep(0)
    assert await waiter.in_a_callback() == []
    await waiter.task
    assert waiter.got == ["before", "result"]


async def test_a_callback_that_belongs_to_a_task_is_no_waiting_task() -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    other = Waiter()
    await asyncio.sleep(0)
    future.add_done_callback(other.task.cancel)
    asyncio.get_running_loop().call_soon(set_result_now, future, "result")
    with pytest.raises(asyncio.CancelledError):
        await other.task
    assert other.got == []


async def test_nobody_has_to_wait() -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    set_result_now(future, "result")
    assert await future == "result"


async def test_the_context_of_the_task_cannot_be_entered_twice() -> None:
    waiter = Waiter()
    await asyncio.sleep(0)
    give = waiter.context.run
    asyncio.get_running_loop().call_soon(give, set_result_now, waiter.future, "result")
    await waiter.task
    assert waiter.got == ["result"]


async def test_an_error_of_the_task_stays_there() -> None:
    left, right = stream_pair()

    async def fail() -> None:
        await right.read_bytes(AT_ONCE_SIZE)
        raise RuntimeError("of the task")

    failing = asyncio.ensure_future(fail())
    await asyncio.sleep(0)
    await left.write(b"x" * AT_ONCE_SIZE)
    with pytest.raises(RuntimeError, match="of the task"):
        await failing
    await left.write(b"y")
    assert await right.read_bytes(1) == b"y"


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt])
async def test_what_ends_the_program_is_no_error_of_a_stream(end: type[BaseException]) -> None:
    async def main() -> None:
        left, right = (IOStream(sock) for sock in tcp_sockets())

        async def ends() -> None:
            await right.read_bytes(AT_ONCE_SIZE)
            raise end

        task = asyncio.ensure_future(ends())
        await left.write(b"x" * AT_ONCE_SIZE)
        try:
            await asyncio.sleep(60)
        finally:
            assert right.error is None
            assert task.done()
            left.close()
            right.close()

    loop = type(asyncio.get_running_loop())

    def run() -> None:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(main())

    with pytest.raises(end):
        await asyncio.to_thread(run)


@pytest.mark.parametrize("size", [AT_ONCE_SIZE - 1, AT_ONCE_SIZE])
async def test_a_task_may_end_its_stream_wherever_it_goes_on(size: int) -> None:
    left, right = stream_pair()

    async def take() -> bytes:
        data = await right.read_bytes(size, partial=True)
        right.close()
        return data

    taking = asyncio.ensure_future(take())
    await asyncio.sleep(0)
    await left.write(b"x" * size)
    assert await taking == b"x" * size
    assert right.closed()
