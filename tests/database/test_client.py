"""The database: opened, shared by tasks, closed; and transactions around a task's statements."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any

import pytest

from tests.database.conftest import Engine, add, prepare, titles
from zonda.database import (
    Connection,
    Database,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    PoolTimeoutError,
    TransactionConflictError,
)


async def test_open_finds_out_whether_it_works(tmp_path: Path, engine: Engine) -> None:
    db = Database(engine.url)
    await db.open()
    await db.close()
    wrong = Database(engine.url + "_missing/x" if engine.name == "sqlite" else engine.url + "_x")
    with pytest.raises(OperationalError):
        await wrong.open()
    await wrong.close()


async def test_closed_database_is_closed(engine: Engine) -> None:
    async with Database(engine.url) as db:
        assert await db.query("SELECT 1 AS one") == [{"one": 1}]
    with pytest.raises(InterfaceError, match="the database is closed"):
        await db.query("SELECT 1")
    await db.close()


async def test_reconnect_makes_new_connections(db: Database, server: Engine) -> None:
    async with Database(server.url, pool_size=1) as one:
        before = await one.get(server.identity)
        await one.reconnect()
        assert await one.get(server.identity) != before


async def test_many_tasks_share_few_connections(db: Database) -> None:
    await asyncio.gather(*[add(db, f"n{number:03}") for number in range(60)])
    assert len(await titles(db)) == 60
    found = await asyncio.gather(*[db.query("SELECT count(*) AS n FROM notes") for _ in range(50)])
    assert found == [[{"n": 60}]] * 50


async def test_exhausted_pool_waits_and_then_tells(engine: Engine) -> None:
    async with Database(engine.url, pool_size=1, pool_timeout=0.1) as db:
        async with db.session() as session:
            waiting = asyncio.ensure_future(db.query("SELECT 1 AS one"))
            with pytest.raises(PoolTimeoutError, match=r"all 1 connections were in use for 0.1 s"):
                await waiting
            assert await session.query("SELECT 2 AS two") == [{"two": 2}]
        assert await db.query("SELECT 1 AS one") == [{"one": 1}]


async def test_transaction_happens_as_a_whole(db: Database) -> None:
    async with db.transaction():
        await add(db, "a", "b")
    assert await titles(db) == ["a", "b"]
    with pytest.raises(RuntimeError, match="changed my mind"):
        async with db.transaction():
            await add(db, "c")
            assert await titles(db) == ["a", "b", "c"]
            raise RuntimeError("changed my mind")
    assert await titles(db) == ["a", "b"]


async def test_savepoint_undoes_its_own_part(db: Database) -> None:
    async with db.transaction() as outer:
        await add(db, "a")
        with pytest.raises(IntegrityError):
            async with db.transaction() as inner:
                assert inner is outer
                await add(db, "b", "a")
        async with outer.transaction():
            await add(outer, "c")
            with contextlib.suppress(ValueError):
                async with db.transaction():
                    await add(outer, "d")
                    raise ValueError
    assert await titles(db) == ["a", "c"]


async def test_only_the_outermost_transaction_has_settings(db: Database) -> None:
    async with db.transaction():
        with pytest.raises(InterfaceError, match="only the outermost transaction"):
            async with db.transaction(read_only=True):
                pass
        await add(db, "a")
    assert await titles(db) == ["a"]


async def test_transaction_belongs_to_its_task(db: Database, engine: Engine) -> None:
    async with db.transaction():
        await add(db, "a")
        assert await asyncio.ensure_future(titles(db)) == []
        if engine.name == "sqlite":
            return  # another writer would wait for the end of this one
        await asyncio.ensure_future(add(db, "z"))
    assert await titles(db) == ["a", "z"]


async def test_tasks_take_turns_in_a_session(db: Database) -> None:
    async with db.transaction() as session:
        await asyncio.gather(*[add(session, f"n{number}") for number in range(20)])
        assert len(await session.query("SELECT * FROM notes")) == 20
        task = asyncio.ensure_future(add(session, "cancelled"))
        await asyncio.sleep(0)
    await asyncio.wait([task])
    assert len(await titles(db)) >= 20


async def test_session_is_of_use_inside_its_block_only(db: Database) -> None:
    async with db.transaction() as session:
        assert session.raw is not None
    for use in (session.query, session.execute):
        with pytest.raises(InterfaceError, match="the session or transaction has ended"):
            await use("SELECT 1")
    with pytest.raises(InterfaceError, match="has ended"):
        _ = session.raw


async def test_session_remembers(db: Database) -> None:
    async with db.session() as session:
        await session.execute("CREATE TEMPORARY TABLE mine (i INTEGER)")
        async with session.transaction():
            await session.execute("INSERT INTO mine VALUES (1)")
        with contextlib.suppress(ValueError):
            async with session.transaction():
                await session.execute("INSERT INTO mine VALUES (2)")
                raise ValueError
        assert await session.query("SELECT i FROM mine") == [{"i": 1}]
        await session.execute("DROP TABLE mine")


LEVELS = ["read uncommitted", "read committed", "repeatable read", "serializable"]


@pytest.mark.parametrize("level", LEVELS)
async def test_isolation_levels(db: Database, engine: Engine, level: str) -> None:
    if engine.name == "sqlite" and level != "serializable":
        with pytest.raises(NotSupportedError, match="always serializable"):
            async with db.transaction(isolation=level):
                pass
        return
    async with db.transaction(isolation=level):
        await add(db, "a")
    assert await titles(db) == ["a"]


@pytest.mark.parametrize("level", ["snapshot", "serializable; DROP TABLE notes", ""])
async def test_unknown_isolation_is_refused(db: Database, level: str) -> None:
    with pytest.raises(NotSupportedError):
        async with db.transaction(isolation=level):
            pass
    assert await titles(db) == []


async def test_read_only_transaction(db: Database, engine: Engine) -> None:
    async with db.transaction(read_only=True):
        assert await titles(db) == []
        if engine.name != "sqlite":
            with pytest.raises(OperationalError):
                await add(db, "a")


async def test_concurrent_transactions_that_conflict(server: Engine) -> None:
    """Two that lock the same rows in opposite order: one gets the rows, the other an error."""
    async with Database(server.url) as db:
        await prepare(db, server)
        await add(db, "a", "b")
        both = asyncio.Barrier(2)

        async def work(first: str, second: str) -> None:
            async with db.transaction():
                await db.update("UPDATE notes SET size = 9 WHERE title = %s", first)
                await both.wait()
                await db.update("UPDATE notes SET size = 9 WHERE title = %s", second)

        results = await asyncio.gather(work("a", "b"), work("b", "a"), return_exceptions=True)
        assert sorted(str(type(result)) for result in results) == sorted(
            [str(type(None)), str(TransactionConflictError)]
        )
        assert await db.query("SELECT size FROM notes") == [{"size": 9}, {"size": 9}]


async def test_concurrent_transactions_lose_no_update(db: Database) -> None:
    await add(db, "counter")
    await db.execute("UPDATE notes SET size = 0")

    async def increment() -> None:
        async with db.transaction():
            await db.execute("UPDATE notes SET size = size + 1")

    await asyncio.gather(*[increment() for _ in range(30)])
    assert await db.get("SELECT size FROM notes") == {"size": 30}


MILLION = {
    "sqlite": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000) "
    "SELECT n, {text} AS text FROM c",
    "mysql": "SELECT seq AS n, {text} AS text FROM seq_1_to_1000000",
    "postgresql": "SELECT n, {text} AS text FROM generate_series(1, 1000000) AS n",
}


def resident() -> int:
    """Bytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is not told here")
@pytest.mark.long  # two seconds for each database; three times that where coverage is measured
@pytest.mark.deadline(60)
async def test_million_rows_in_little_memory(engine: Engine) -> None:
    # All of them together are more than 100 MB, as they come from the server and as rows.
    sql = MILLION[engine.name].format(text=repr("x" * 100))
    async with Database(engine.url) as db:
        total = count = before = most = 0
        async for row in db.iter(sql):
            total += row.n
            count += 1
            if count % 10_000 == 0:
                before = before or resident()
                most = max(most, resident())
    assert (count, total) == (1_000_000, 500_000_500_000)
    assert most - before < 30 * 2**20


@pytest.mark.parametrize("size", [0, -1])
def test_pool_has_at_least_one_connection(size: int) -> None:
    with pytest.raises(InterfaceError, match=f"at least one connection, not {size}"):
        Database("sqlite://", pool_size=size)


async def test_original_signature_is_mysql(mysql_engine: Engine) -> None:
    host, _, name = mysql_engine.url.partition("@")[2].partition("/")
    async with Connection(host, name, "root", time_zone="+2:00", sql_mode="ANSI") as db:
        assert isinstance(db, Database)
        row = await db.get("SELECT @@session.time_zone AS zone, @@session.sql_mode AS mode")
        assert row is not None
        assert row.zone == "+02:00" and "ANSI_QUOTES" in row.mode
    assert repr(db) == f"<Connection mysql://root@{host}/{name}>"


async def test_two_databases_have_their_own_transactions(db: Database) -> None:
    async with Database("sqlite://") as other:
        await other.execute("CREATE TABLE notes (title TEXT, size INTEGER)")
        with contextlib.suppress(ValueError):
            async with db.transaction(), other.transaction():
                await add(db, "a")
                await add(other, "b")
                assert await titles(db) == ["a"] and await titles(other) == ["b"]
                raise ValueError
        assert await titles(db) == await titles(other) == []


def test_one_database_after_another_loop(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'x.db'}")

    async def use() -> Any:
        found = await db.query("SELECT 1 AS one")
        await db.reconnect()
        return found

    assert asyncio.run(use()) == asyncio.run(use()) == [{"one": 1}]
