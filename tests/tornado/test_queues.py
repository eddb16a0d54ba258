"""Queues between coroutines."""

from __future__ import annotations

import asyncio
import datetime

import pytest

from tornado import gen, queues

SOON = datetime.timedelta(milliseconds=1)


async def test_first_in_first_out() -> None:
    queue: queues.Queue[int] = queues.Queue()
    for number in (3, 1, 2):
        await queue.put(number)
    assert [await queue.get() for _ in range(3)] == [3, 1, 2]
    assert queue.empty()
    assert not queue.full()


@pytest.mark.parametrize(
    ("kind", "order"), [(queues.PriorityQueue, [1, 2, 3]), (queues.LifoQueue, [2, 1, 3])]
)
async def test_other_orders(kind: type[queues.Queue[int]], order: list[int]) -> None:
    queue = kind()
    for number in (3, 1, 2):
        queue.put_nowait(number)
    assert [queue.get_nowait() for _ in range(3)] == order


async def test_a_full_queue_makes_the_sender_wait() -> None:
    queue: queues.Queue[str] = queues.Queue(maxsize=1)
    queue.put_nowait("a")
    assert (queue.full(), queue.maxsize, queue.qsize()) == (True, 1, 1)
    with pytest.raises(queues.QueueFull):
        queue.put_nowait("b")
    with pytest.raises(gen.TimeoutError):
        await queue.put("late", timeout=SOON)
    waiting = queue.put("b")
    assert "putters[1]" in repr(queue)
    assert await queue.get() == "a"
    await waiting
    assert await queue.get() == "b"


async def test_an_empty_queue_makes_the_reader_wait() -> None:
    queue: queues.Queue[str] = queues.Queue()
    with pytest.raises(queues.QueueEmpty):
        queue.get_nowait()
    with pytest.raises(gen.TimeoutError):
        await queue.get(timeout=SOON)
    waiting = queue.get()
    assert "getters[1]" in str(queue)
    queue.put_nowait("a")
    assert await waiting == "a"


async def test_joining_waits_for_what_was_taken() -> None:
    queue: queues.Queue[int] = queues.Queue()
    queue.put_nowait(1)
    with pytest.raises(gen.TimeoutError):
        await queue.join(timeout=SOON)
    await queue.get()
    assert "tasks=1" in repr(queue)
    queue.task_done()
    await queue.join()
    with pytest.raises(ValueError, match="too many times"):
        queue.task_done()


async def test_iterating() -> None:
    queue: queues.Queue[int] = queues.Queue()

    async def take() -> list[int]:
        taken: list[int] = []
        async for number in queue:
            taken.append(number)
            if len(taken) == 3:
                return taken
        raise AssertionError

    taking = asyncio.ensure_future(take())
    for number in range(3):
        await queue.put(number)
    assert await taking == [0, 1, 2]


def test_wrong_sizes() -> None:
    with pytest.raises(TypeError):
        queues.Queue(maxsize=None)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ValueError, match="negative"):
        queues.Queue(maxsize=-1)
