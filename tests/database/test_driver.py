"""Time limits, cancelled tasks and lost connections: a clear error, and the next query works."""

from __future__ import annotations

import asyncio
import socket
import urllib.parse

import pytest

from tests.database.conftest import Engine, add, prepare, titles, until
from zonda.database import (
    ConnectionLostError,
    Database,
    DatabaseError,
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    StatementTimeoutError,
)


async def test_late_statement_is_stopped(engine: Engine) -> None:
    async with Database(engine.url, statement_timeout=0.2, pool_size=1) as db:
        for _ in range(2):
            with pytest.raises(StatementTimeoutError) as caught:
                await db.query(engine.forever)
            assert caught.value.statement == engine.forever
        assert await db.query("SELECT 1 AS one") == [{"one": 1}]


async def test_late_statement_of_a_transaction_undoes_it(engine: Engine) -> None:
    async with Database(engine.url, statement_timeout=0.3, pool_size=1) as db:
        await prepare(db, engine)
        with pytest.raises(StatementTimeoutError):
            async with db.transaction():
                await add(db, "a")
                await db.query(engine.forever)
        assert await titles(db) == []


async def test_cancelled_statement_is_stopped_and_the_next_one_works(engine: Engine) -> None:
    async with Database(engine.url, pool_size=1) as db:
        for _ in range(3):
            task = asyncio.ensure_future(db.query(engine.forever))
            done, _ = await asyncio.wait([task], timeout=0.1)
            assert not done
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await db.query("SELECT 1 AS one") == [{"one": 1}]


async def test_cancelled_transaction_is_undone(db: Database, engine: Engine) -> None:
    started = asyncio.Event()

    async def work() -> None:
        async with db.transaction():
            await add(db, "a")
            started.set()
            await db.query(engine.forever)

    task = asyncio.ensure_future(work())
    await started.wait()
    await asyncio.wait([task], timeout=0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await titles(db) == []


async def test_cancelled_iter_gives_its_connection_back(engine: Engine) -> None:
    async with Database(engine.url, pool_size=1) as db:
        await prepare(db, engine)
        await add(db, *[f"n{number}" for number in range(20)])

        async def read() -> None:
            async for _ in db.iter("SELECT * FROM notes"):
                await asyncio.sleep(60)

        task = asyncio.ensure_future(read())
        await asyncio.wait([task], timeout=0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(await titles(db)) == 20


async def test_connection_killed_during_a_statement(server: Engine) -> None:
    async with Database(server.url, pool_size=1) as db, Database(server.url) as other:
        victim = await db.get(server.identity)
        assert victim is not None
        task = asyncio.ensure_future(db.query(server.forever))
        await asyncio.wait([task], timeout=0.1)
        await other.query(server.kill.format(victim.id))
        with pytest.raises(ConnectionLostError) as caught:
            await task
        assert caught.value.statement == server.forever
        assert await db.query("SELECT 1 AS one") == [{"one": 1}]


async def test_idle_connection_closed_by_the_server_is_replaced(server: Engine) -> None:
    async with Database(server.url, pool_size=1) as db, Database(server.url) as other:
        victim = await db.get(server.identity)
        assert victim is not None
        await other.query(server.kill.format(victim.id))

        async def seen() -> bool:
            return not db._pool._idle[0][0].usable

        await until(seen)
        survivor = await db.get(server.identity)
        assert survivor is not None and survivor.id != victim.id


async def test_connection_killed_in_a_transaction(server: Engine) -> None:
    async with Database(server.url, pool_size=1) as db, Database(server.url) as other:
        await prepare(other, server)
        with pytest.raises(ConnectionLostError):
            async with db.transaction():
                await add(db, "a")
                victim = await db.get(server.identity)
                assert victim is not None
                await other.query(server.kill.format(victim.id))
                await add(db, "b")
        assert await titles(db) == []


async def test_errors_are_one_tree(db: Database) -> None:
    await add(db, "a")
    cases: list[tuple[type[DatabaseError], str, tuple[object, ...]]] = [
        (IntegrityError, "INSERT INTO notes (title) VALUES (%s)", ("a",)),
        (IntegrityError, "INSERT INTO notes (title) VALUES (%s)", (None,)),
        (IntegrityError, "INSERT INTO comments (note) VALUES (%s)", (99,)),
        (ProgrammingError, "SELEKT %s", (1,)),
        (ProgrammingError, "SELECT * FROM nowhere", ()),
        (ProgrammingError, "SELECT nothing FROM notes", ()),
        (DataError, "INSERT INTO notes (title) VALUES (%s)", (object(),)),
    ]
    for kind, sql, values in cases:
        for run in (db.execute, db.query, db.update):
            with pytest.raises(kind) as caught:
                await run(sql, *values)
            assert type(caught.value) is kind
            assert caught.value.statement == sql
    assert await titles(db) == ["a"]


SECRETS = ["hunter2-secret", "it's 'quoted'", 'dou"ble', "x" * 90]


@pytest.mark.parametrize("secret", SECRETS)
async def test_errors_do_not_show_the_parameters(db: Database, secret: str) -> None:
    await add(db, secret)
    statements = [
        ("INSERT INTO notes (title) VALUES (%s)", (secret,)),
        ("INSERT INTO notes (size, title) VALUES (%s, %s)", (secret, "b")),
        ("INSERT INTO notes (title) VALUES (%(title)s)", (secret,)),
    ]
    for sql, values in statements:
        try:
            if "%(" in sql:
                await db.execute(sql, title=secret)
            else:
                await db.execute(sql, *values)
        except DatabaseError as error:
            shown = f"{error} {error!r} {error.message} {error.statement}"
            assert secret not in shown and secret[:8] not in shown
            assert error.__cause__ is None and error.__context__ is None


async def test_many_do_not_show_the_parameters(db: Database) -> None:
    rows = [("hunter2-secret",), ("hunter2-secret",)]
    with pytest.raises(IntegrityError) as caught:
        await db.insertmany("INSERT INTO notes (title) VALUES (%s)", rows)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("password", ["hunter2", "p@ss:w/rd"])
async def test_refused_connection_does_not_show_the_password(server: Engine, password: str) -> None:
    scheme, _, rest = server.url.partition("://")
    host = rest.rpartition("@")[2]
    quoted = urllib.parse.quote(password, safe="")
    db = Database(f"{scheme}://nobody:{quoted}@{host.replace('/zonda_', '/nothing_')}")
    with pytest.raises(
        OperationalError, match=f"cannot connect to {server.name}://nobody@"
    ) as caught:
        await db.open()
    assert password not in str(caught.value) and password not in repr(db)
    assert caught.value.__context__ is None
    await db.close()


@pytest.mark.parametrize("scheme", ["mysql", "postgresql"])
async def test_server_that_is_not_there(scheme: str) -> None:
    probe = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = probe.sockets[0].getsockname()[1]
    probe.close()
    await probe.wait_closed()
    db = Database(f"{scheme}://me@127.0.0.1:{port}/x")
    with pytest.raises(
        OperationalError, match=f"cannot connect to {scheme}://me@127.0.0.1:{port}/x"
    ):
        await db.query("SELECT 1")
    await db.close()


@pytest.mark.parametrize("scheme", ["mysql", "postgresql"])
async def test_server_that_does_not_answer(scheme: str) -> None:
    silent = socket.create_server(("127.0.0.1", 0))  # nobody accepts
    port = silent.getsockname()[1]
    db = Database(f"{scheme}://me@127.0.0.1:{port}/x", connect_timeout=0.2)
    with pytest.raises(OperationalError, match=r"no answer in 0.2 s"):
        await db.query("SELECT 1")
    await db.close()
    silent.close()


async def test_one_timer_watches_many_statements(engine: Engine) -> None:
    """Each statement has the whole time, though the timer was set by an earlier one."""
    short = {
        "sqlite": "SELECT 1",
        "mysql": "SELECT SLEEP(0.1)",
        "postgresql": "SELECT pg_sleep(0.1)",
    }
    async with Database(engine.url, statement_timeout=0.25, pool_size=1) as db:
        for _ in range(4):
            await db.query(short[engine.name])
            await asyncio.sleep(0.03)
        with pytest.raises(StatementTimeoutError):
            await db.query(engine.forever)


async def test_server_that_falls_silent_is_given_up(
    server: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not even stop the late statement itself."""
    from zonda.database import mysql, postgresql

    monkeypatch.setattr(mysql, "GRACE", 0.2)
    monkeypatch.setattr(postgresql, "GRACE", 0.2)
    async with Database(server.url, statement_timeout=0.2, pool_size=1) as db:
        off = {
            "mysql": "SET SESSION max_statement_time = 0",
            "postgresql": "SET SESSION statement_timeout = 0",
        }
        await db.execute(off[server.name])
        with pytest.raises(StatementTimeoutError, match="the statement took too long"):
            await db.query(server.forever)
        assert await db.query("SELECT 1 AS one") == [{"one": 1}]
