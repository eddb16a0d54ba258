"""The pool lends each connection to one task, waits when none is free, and loses none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from zonda.database import InterfaceError, OperationalError, PoolTimeoutError
from zonda.database import pool as pool_module
from zonda.database.driver import Driver, DriverConnection, Outcome, Table, Values
from zonda.database.errors import DatabaseError
from zonda.database.pool import Pool
from zonda.database.statement import Style


class Fake(DriverConnection):
    """A connection to nothing, which notes what is done with it."""

    def __init__(self) -> None:
        super().__init__(None)
        self.alive = True
        self.answers = True
        self.dirty = False
        self.ended: str | None = None

    raw = None

    @property
    def usable(self) -> bool:
        return self.alive and self.ended is None

    @property
    def in_transaction(self) -> bool:
        return self.dirty

    async def ping(self) -> None:
        await asyncio.sleep(0)
        if not self.answers:
            raise OperationalError("no answer")

    async def _close(self) -> None:
        self.ended = "closed"

    def _terminate(self) -> None:
        self.ended = self.ended or "terminated"

    async def fetch(self, text: str, values: Values) -> Table:
        raise AssertionError

    async def execute(self, text: str, values: Values) -> Outcome:
        raise AssertionError

    async def execute_many(self, text: str, rows: list[Values], count: bool) -> Outcome:
        raise AssertionError

    def stream(self, text: str, values: Values) -> Any:
        raise AssertionError

    def expire(self) -> None:
        raise AssertionError

    def cancelled(self) -> None:
        self.terminate()

    def translate(self, error: Exception) -> DatabaseError | None:
        return None


class FakeDriver(Driver):
    style = Style.SQLITE

    def __init__(self) -> None:
        self.made: list[Fake] = []
        self.refuse = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def connect(self) -> Fake:
        await self.gate.wait()
        if self.refuse:
            raise OperationalError("refused")
        self.made.append(Fake())
        return self.made[-1]

    def begin(self, isolation: str | None, read_only: bool) -> Iterable[str]:
        raise AssertionError


@pytest.fixture
async def driver() -> FakeDriver:
    return FakeDriver()


@pytest.fixture
async def pool(driver: FakeDriver) -> AsyncIterator[Pool]:
    made = Pool(driver, 2, 0.05, 600)
    yield made
    await made.close()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_connections_are_opened_when_needed_and_used_again(
    pool: Pool, driver: FakeDriver
) -> None:
    first = await pool.acquire()
    second = await pool.acquire()
    assert first is not second
    pool.release(first)
    pool.release(second)
    assert await pool.acquire() is second  # the last one used
    assert len(driver.made) == 2


async def test_waiting_is_in_order_and_ends_when_one_is_given_back(pool: Pool) -> None:
    held = [await pool.acquire(), await pool.acquire()]
    order: list[int] = []

    async def wait(number: int) -> DriverConnection:
        connection = await pool.acquire()
        order.append(number)
        return connection

    tasks = [asyncio.ensure_future(wait(number)) for number in range(2)]
    await settle()
    for connection in held:
        pool.release(connection)
    assert set(await asyncio.gather(*tasks)) == set(held)
    assert order == [0, 1]
    for connection in held:
        pool.release(connection)


async def test_exhausted_pool_is_a_clear_error(pool: Pool) -> None:
    held = [await pool.acquire(), await pool.acquire()]
    with pytest.raises(PoolTimeoutError, match=r"^all 2 connections were in use for 0.05 s$"):
        await pool.acquire()
    pool.release(held[0])
    assert await pool.acquire() is held[0]


async def test_cancelled_waiter_leaves_the_line(pool: Pool) -> None:
    held = [await pool.acquire(), await pool.acquire()]
    tasks = [asyncio.ensure_future(pool.acquire()) for _ in range(2)]
    await settle()
    tasks[0].cancel()
    pool.release(held[0])
    assert await tasks[1] is held[0]
    pool.release(held[1])
    pool.release(held[0])


@pytest.mark.parametrize("usable", [True, False])
async def test_waiter_cancelled_when_it_was_just_served_passes_it_on(
    pool: Pool, driver: FakeDriver, usable: bool
) -> None:
    held = [await pool.acquire(), await pool.acquire()]
    task = asyncio.ensure_future(pool.acquire())
    await settle()
    driver.made[0].alive = usable
    pool.release(held[0])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    taken = await pool.acquire()
    assert (taken is held[0]) == usable
    pool.release(taken)
    pool.release(held[1])
    assert pool._open == len(pool._idle) == 2 if usable else True


async def test_lost_connection_frees_its_place_for_the_waiter(
    pool: Pool, driver: FakeDriver
) -> None:
    held = [await pool.acquire(), await pool.acquire()]
    task = asyncio.ensure_future(pool.acquire())
    await settle()
    driver.made[0].alive = False
    pool.release(held[0])
    fresh = await task
    assert fresh is driver.made[2]
    pool.release(fresh)
    pool.release(held[1])


async def test_connection_left_in_a_transaction_is_not_used_again(
    pool: Pool, driver: FakeDriver
) -> None:
    connection = await pool.acquire()
    driver.made[0].dirty = True
    pool.release(connection)
    assert driver.made[0].ended == "terminated"
    assert await pool.acquire() is driver.made[1]


async def test_failed_connecting_frees_its_place(pool: Pool, driver: FakeDriver) -> None:
    driver.refuse = True
    for _ in range(5):
        with pytest.raises(OperationalError, match="refused"):
            await pool.acquire()
    driver.refuse = False
    assert await pool.acquire() is driver.made[0]


async def test_failed_connecting_lets_the_next_waiter_try(pool: Pool, driver: FakeDriver) -> None:
    driver.gate.clear()
    driver.refuse = True
    tasks = [asyncio.ensure_future(pool.acquire()) for _ in range(3)]
    await settle()
    driver.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [OperationalError] * 3
    assert pool._open == 0


async def test_connection_idle_for_a_while_is_asked(
    pool: Pool, driver: FakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "PING_AFTER", 0.0)
    connection = await pool.acquire()
    pool.release(connection)
    assert await pool.acquire() is connection
    driver.made[0].answers = False
    pool.release(connection)
    assert await pool.acquire() is driver.made[1]
    assert driver.made[0].ended == "terminated"


async def test_cancelled_ping_loses_no_place(
    pool: Pool, driver: FakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "PING_AFTER", 0.0)
    pool.release(await pool.acquire())
    task = asyncio.ensure_future(pool.acquire())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pool._open == 0
    assert driver.made[0].ended == "terminated"


async def test_old_idle_connection_is_closed(driver: FakeDriver) -> None:
    pool = Pool(driver, 2, 0.05, 0.0)
    connection = await pool.acquire()
    pool.release(connection)
    pool._idle[0] = (connection, -1e9)
    assert await pool.acquire() is driver.made[1]
    assert driver.made[0].ended == "terminated"


async def test_close_ends_waiting_and_closes_lent_connections_later(
    pool: Pool, driver: FakeDriver
) -> None:
    held = [await pool.acquire(), await pool.acquire()]
    pool.release(held[0])
    pool.release(held[1])
    lent = [await pool.acquire(), await pool.acquire()]
    task = asyncio.ensure_future(pool.acquire())
    await settle()
    pool.release(lent[0])
    await task
    waiting = asyncio.ensure_future(pool.acquire())
    await settle()
    await pool.close()
    with pytest.raises(InterfaceError, match="the database is closed"):
        await waiting
    with pytest.raises(InterfaceError, match="the database is closed"):
        await pool.acquire()
    for connection in lent:
        pool.release(connection)
    assert [fake.ended for fake in driver.made] == ["terminated", "terminated"]


async def test_close_says_good_bye_to_idle_connections(pool: Pool, driver: FakeDriver) -> None:
    pool.release(await pool.acquire())
    await pool.close()
    await pool.close()
    assert driver.made[0].ended == "closed"


async def test_idle_connections_may_be_dropped(pool: Pool, driver: FakeDriver) -> None:
    pool.release(await pool.acquire())
    await pool.drop_idle()
    assert await pool.acquire() is driver.made[1]


def test_pool_belongs_to_one_loop_at_a_time() -> None:
    async def make() -> Pool:
        pool = Pool(FakeDriver(), 1, 1, 600)
        pool.release(await pool.acquire())
        return pool

    async def use(pool: Pool) -> None:
        await pool.acquire()

    pool = asyncio.run(make())
    with pytest.raises(InterfaceError, match="in use in another event loop: close it there"):
        asyncio.run(use(pool))
