"""Conditions, events, semaphores and locks for coroutines."""

from __future__ import annotations

import asyncio
import datetime

import pytest

from tornado import gen, locks

SOON = datetime.timedelta(milliseconds=1)


async def test_a_condition_wakes_in_order() -> None:
    condition = locks.Condition()
    waiters = [condition.wait() for _ in range(3)]
    condition.notify()
    assert [waiter.done() for waiter in waiters] == [True, False, False]
    condition.notify_all()
    assert await gen.multi(waiters) == [True, True, True]


async def test_a_wait_for_a_condition_may_end_before() -> None:
    condition = locks.Condition()
    assert await condition.wait(timeout=SOON) is False
    waiter = condition.wait()
    assert "waiters[2]" in repr(condition)
    condition.notify()  # for the second: the first has gone
    assert await waiter


async def test_waiters_that_have_gone_are_forgotten() -> None:
    condition = locks.Condition()
    for _ in range(locks.MAX_EXPIRED + 1):
        condition.wait(timeout=0)
    kept = condition.wait()
    await asyncio.sleep(0.05)
    assert list(condition._waiters) == [kept]
    assert repr(locks.Condition()) == "<Condition>"


async def test_an_event() -> None:
    event = locks.Event()
    assert repr(event) == "<Event clear>"
    waiter = event.wait()
    with pytest.raises(gen.TimeoutError):
        await event.wait(timeout=SOON)
    event.set()
    await waiter
    await event.wait()
    assert event.is_set()
    assert repr(event) == "<Event set>"
    event.clear()
    assert not event.wait().done()


async def test_a_semaphore_lets_so_many_in() -> None:
    semaphore = locks.Semaphore(2)
    first, second, third = (semaphore.acquire() for _ in range(3))
    assert (first.done(), second.done(), third.done()) == (True, True, False)
    assert "locked,waiters:1" in repr(semaphore)
    with await first:
        assert not third.done()
    with await third:
        pass
    assert "unlocked,value:1" in repr(semaphore)
    async with semaphore:
        assert semaphore._value == 0
    with pytest.raises(ValueError, match="negative"):
        locks.Semaphore(-1)


async def test_a_semaphore_with_a_timeout() -> None:
    semaphore = locks.Semaphore(0)
    with pytest.raises(gen.TimeoutError):
        await semaphore.acquire(timeout=SOON)
    semaphore.release()
    assert semaphore._value == 1


async def test_a_bounded_semaphore() -> None:
    semaphore = locks.BoundedSemaphore(1)
    with await semaphore.acquire():
        pass
    with pytest.raises(ValueError, match="too many times"):
        semaphore.release()


async def test_a_lock() -> None:
    lock = locks.Lock()
    order = []

    async def work(name: str) -> None:
        async with lock:
            order.append(f"{name} in")
            await asyncio.sleep(0)
            order.append(f"{name} out")

    await asyncio.gather(work("a"), work("b"))
    assert order == ["a in", "a out", "b in", "b out"]
    with pytest.raises(RuntimeError, match="unlocked"):
        lock.release()
    assert repr(lock).startswith("<Lock _block=<")
    with await lock.acquire():
        pass


@pytest.mark.parametrize("make", [locks.Lock, locks.Semaphore])
def test_a_plain_with_is_a_mistake(make: type[locks.Lock]) -> None:
    with pytest.raises(RuntimeError, match="async with"), make():
        pass
    with pytest.raises(RuntimeError, match="async with"):
        make().__exit__(None, None, None)
