"""SQLite: files, memory, waiting writers, and what only SQLite does."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import sqlite3
import threading
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.database.conftest import add, titles
from zonda.database import (
    Database,
    DatabaseError,
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    StatementTimeoutError,
    TransactionConflictError,
)
from zonda.database import sqlite as sqlite_module

FOREVER = (
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) AS n FROM c"
)
TABLE = "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT UNIQUE, size INTEGER)"


@pytest.mark.parametrize("name", ["plain.db", "a b.db", "ä☃.db", "q?.db", "h#.db", "p%41", "a&b=c"])
async def test_any_file_name(tmp_path: Path, name: str) -> None:
    async with Database(f"sqlite:///{urllib.parse.quote(str(tmp_path / name))}") as db:
        await db.execute(TABLE)
    assert (tmp_path / name).exists()


async def test_file_has_a_log_and_checked_keys(tmp_path: Path) -> None:
    async with Database(f"sqlite:///{tmp_path / 'x.db'}") as db:
        assert await db.query("PRAGMA journal_mode") == [{"journal_mode": "wal"}]
        assert await db.query("PRAGMA foreign_keys") == [{"foreign_keys": 1}]
        await db.execute("CREATE TABLE a (id INTEGER PRIMARY KEY)")
        await db.execute("CREATE TABLE b (a INTEGER REFERENCES a (id))")
        with pytest.raises(IntegrityError):
            await db.execute("INSERT INTO b VALUES (7)")


async def test_modes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    for mode in ("ro", "rw"):
        with pytest.raises(OperationalError, match=r"cannot open sqlite:///.*x.db: unable to open"):
            await Database(f"{url}?mode={mode}").open()
    async with Database(url) as db:
        await db.execute(TABLE)
    async with Database(f"{url}?mode=ro") as db:
        assert await titles(db) == []
        with pytest.raises(OperationalError, match=r"readonly database \(SQLITE_READONLY\)"):
            await add(db, "a")


async def test_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database " * 100)
    for path in (tmp_path / "text", tmp_path, tmp_path / "missing" / "x.db"):
        with pytest.raises(OperationalError, match="cannot open sqlite:///"):
            await Database(f"sqlite:///{path}").open()


async def test_memory_is_one_connection(tmp_path: Path) -> None:
    async with Database("sqlite://", pool_timeout=0.1) as db:
        await db.execute(TABLE)
        await asyncio.gather(*[add(db, name) for name in "abc"])
        async for row in db.iter("SELECT title FROM notes"):
            await db.update("UPDATE notes SET size = 9 WHERE title = %s", row.title)
        assert await db.get("SELECT count(*) AS n FROM notes WHERE size = 9") == {"n": 3}


async def test_memory_survives_errors_and_cancelled_tasks() -> None:
    async with Database("sqlite://", statement_timeout=0.1) as db:
        await db.execute(TABLE)
        await add(db, "a")
        with pytest.raises(StatementTimeoutError, match="the statement took too long"):
            await db.query(FOREVER)
        for steps in range(10):
            task = asyncio.ensure_future(db.query(FOREVER))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await titles(db) == ["a"]


async def test_statement_that_begins_when_it_was_cancelled_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop, turn, go = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def slowly(values: Sequence[object]) -> Sequence[object]:
        loop.call_soon_threadsafe(turn.set)
        go.wait()
        return values

    async with Database("sqlite://") as db:
        monkeypatch.setattr("zonda.database.sqlite.adapted", slowly)
        task = asyncio.ensure_future(db.query(FOREVER))
        await turn.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go.set()
        assert await db.get("SELECT 1 AS one") == {"one": 1}


async def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    async with Database(f"sqlite:///{tmp_path / 'x.db'}") as db:
        await db.execute(TABLE)
        async with db.transaction():
            await add(db, "a")
            other = asyncio.ensure_future(add(db, "b"))
            await asyncio.sleep(0.05)
            assert not other.done()
        await other
        assert await titles(db) == ["a", "b"]


async def test_writer_that_waits_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "LOCK_TIMEOUT", 0.05)
    async with Database(f"sqlite:///{tmp_path / 'x.db'}") as db:
        await db.execute(TABLE)
        async with db.transaction():
            with pytest.raises(TransactionConflictError, match=r"locked \(SQLITE_BUSY\)"):
                await asyncio.ensure_future(add(db, "b"))


async def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    async with Database(f"sqlite:///{tmp_path / 'x.db'}") as db:
        await db.execute(TABLE)
        async with db.transaction():
            await add(db, "a")
            assert await asyncio.ensure_future(titles(db)) == []


@pytest.mark.parametrize(
    ("kind", "sql", "value"),
    [
        (DataError, "INSERT INTO notes (size) VALUES (%s)", 2**70),
        (DataError, "INSERT INTO notes (size) VALUES (%s)", [1]),
        (DataError, "INSERT INTO notes (id) VALUES (%s)", "text"),
        (ProgrammingError, "SELECT nothing(%s)", 1),
        (ProgrammingError, "SELECT ? + %s", 1),
        (ProgrammingError, "SELECT 1; SELECT %s", 1),
        (IntegrityError, "INSERT INTO notes (id) VALUES (%s), (1)", 1),
    ],
)
async def test_errors(kind: type[DatabaseError], sql: str, value: object) -> None:
    async with Database("sqlite://") as db:
        await db.execute(TABLE)
        with pytest.raises(kind) as caught:
            await db.execute(sql, value)
        assert type(caught.value) is kind


async def test_raw_is_the_drivers_connection() -> None:
    async with Database("sqlite://") as db, db.session() as session:
        assert isinstance(session.raw, sqlite3.Connection)
        session.raw.create_function("twice", 1, lambda x: 2 * x)
        assert await session.get("SELECT twice(%s) AS x", 21) == {"x": 42}


async def test_foreign_exception_passes_through() -> None:
    async with Database("sqlite://") as db, db.session() as session:
        connection = session._held()

        async def fail() -> None:
            raise KeyError("not the database's")

        with pytest.raises(KeyError, match="not the database's"):
            await connection.run(fail(), "SELECT 1")


async def test_cancelled_opening_leaves_nothing_open(tmp_path: Path) -> None:
    for missing in (False, True):
        db = Database(f"sqlite:///{tmp_path / ('no/x.db' if missing else 'x.db')}")
        task = asyncio.ensure_future(db.open())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await db.close()
    async with Database(f"sqlite:///{tmp_path / 'x.db'}") as db:
        await db.execute(TABLE)
    gc.collect()  # a connection that was left open would warn
    assert (tmp_path / "x.db").exists()


async def test_closing_ends_a_running_statement_of_a_lent_connection(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'x.db'}")
    loop, running = asyncio.get_running_loop(), asyncio.Event()
    threads: list[threading.Thread] = []

    def begun() -> int:
        threads.append(threading.current_thread())
        loop.call_soon_threadsafe(running.set)
        return 1

    async def query() -> None:
        async with db.session() as session:
            session.raw.create_function("begun", 0, begun)
            await session.query(FOREVER.replace("SELECT 1", "SELECT begun()"))

    task = asyncio.ensure_future(query())
    await running.wait()
    await db.close()
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(threads[0].join)


async def test_cancelled_wait_for_the_lock_begins_nothing_later(tmp_path: Path) -> None:
    path, waiting = tmp_path / "x.db", asyncio.Event()
    tell = functools.partial(asyncio.get_running_loop().call_soon_threadsafe, waiting.set)
    async with Database(f"sqlite:///{path}", pool_size=1) as db:
        await db.execute(TABLE)
        async with db.session() as session:
            session.raw.set_trace_callback(lambda statement: tell())
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")

            async def begin() -> None:
                async with db.transaction():
                    raise AssertionError("somebody else has the lock")

            task = asyncio.ensure_future(begin())
            await waiting.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            other.execute("COMMIT")
        async with db.transaction() as session:
            await add(session, "after")
        assert await titles(db) == ["after"]


async def test_transaction_can_be_asked_for_while_a_statement_runs() -> None:
    """SQLite may hold its lock then, and a function that it calls needs the interpreter."""
    entered, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def begun() -> int:
        loop.call_soon_threadsafe(entered.set)
        go_on.wait()
        return 1

    async with Database("sqlite://") as db, db.session() as session:
        session.raw.create_function("begun", 0, begun)
        connection = session._held()
        for open_ in (False, True):
            entered.clear()
            go_on.clear()
            task = asyncio.ensure_future(session.query("SELECT begun()"))
            await entered.wait()
            assert connection.in_transaction is open_
            go_on.set()
            await task
            assert connection.in_transaction is open_
            await session.execute("BEGIN" if not open_ else "ROLLBACK")
            assert connection.in_transaction is not open_
