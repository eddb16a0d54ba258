"""MariaDB: settings of the session, bound values, and what only this server does."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import decimal
import ssl
import sys
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.database.conftest import Engine, add, prepare, titles, until
from zonda.database import (
    Connection,
    ConnectionLostError,
    Database,
    DatabaseError,
    DataError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from zonda.database.driver import Limits
from zonda.database.mysql import MySQLDriver, adapted
from zonda.database.target import parse


@pytest.fixture
def engine(mysql_engine: Engine) -> Engine:
    return mysql_engine


@pytest_asyncio.fixture
async def db(engine: Engine) -> AsyncIterator[Database]:
    async with Database(engine.url, pool_size=3) as database:
        await prepare(database, engine)
        yield database


async def test_usual_session_is_strict_and_in_utc(db: Database) -> None:
    row = await db.get("SELECT @@session.time_zone AS zone, @@session.sql_mode AS mode")
    assert row is not None
    assert row.zone == "+00:00" and "STRICT_ALL_TABLES" in row.mode
    with pytest.raises(DataError, match="Data too long for column"):
        await add(db, "x" * 101)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("charset=gbk", "charset is one of ascii, latin1, utf8, utf8mb3, utf8mb4, not 'gbk'"),
        ("sql_mode=A';DROP", "sql_mode cannot be"),
        ("time_zone='", "time_zone cannot be"),
    ],
)
def test_settings_that_would_be_a_trap(option: str, message: str) -> None:
    with pytest.raises(InterfaceError, match=message):
        Database(f"mysql://h/d?{option}")


async def test_values_travel_beside_the_statement(db: Database) -> None:
    async def executed() -> int:
        row = await session.get("SHOW SESSION STATUS LIKE 'Com_stmt_execute'")
        assert row is not None
        return int(row.Value)

    async with db.session() as session:
        before = await executed()
        for number in range(3):
            await session.query("SELECT title FROM notes WHERE size = %s", number)
        assert await executed() >= before + 3


EVIL = ["\\' OR 1=1 -- ", "' OR 1=1 -- ", "\\", "\\\\'", "\x00\n\r\x1a\"'"]


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("mode", ["TRADITIONAL", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"])
async def test_values_that_the_driver_writes_are_escaped(
    engine: Engine, mode: str, evil: str
) -> None:
    host, _, name = engine.url.partition("@")[2].partition("/")
    async with Connection(host, name, "root", sql_mode=mode) as db:
        await prepare(db, engine)
        await add(db, "innocent", evil)
        sql = "SELECT title FROM notes WHERE title = %s"
        assert [row.title async for row in db.iter(sql, evil)] == [evil]
        assert await db.query(sql, evil) == [{"title": evil}]
        assert [row async for row in db.iter(sql, evil.encode())] == [{"title": evil}]


async def test_cancelled_statement_ends_on_the_server_too(db: Database) -> None:
    async def running() -> bool:
        sql = "SELECT count(*) AS n FROM information_schema.processlist WHERE info = %s"
        row = await db.get(sql, "SELECT SLEEP(77.25)")
        assert row is not None
        return bool(row.n)

    async def ended() -> bool:
        return not await running()

    task = asyncio.ensure_future(db.query("SELECT SLEEP(77.25)"))
    await until(running)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(ended)
    assert await titles(db) == []


async def test_kill_of_what_has_ended_is_no_error(db: Database, engine: Engine) -> None:
    driver = db._driver
    assert isinstance(driver, MySQLDriver)
    await driver._kill(2**31)
    gone = MySQLDriver(parse("mysql://me@127.0.0.1:1/x"), Limits(1, None), None)
    await gone._kill(1)
    assert await titles(db) == []


async def test_iter_has_no_time_limit_and_leaves_one_behind(engine: Engine) -> None:
    async with Database(engine.url, statement_timeout=0.4, pool_size=1) as db:
        count = 0
        async for _ in db.iter("SELECT seq FROM seq_1_to_200000"):
            count += 1
            if count in (1, 50_000):
                await asyncio.sleep(0.3)
        assert count == 200_000
        assert await db.get("SELECT @@max_statement_time AS s") == {"s": 0.4}


@pytest.mark.parametrize(
    ("version", "setting"),
    [
        ("11.4.2-MariaDB", {"max_statement_time": "1.500000"}),
        ("8.4.0", {"max_execution_time": "1500"}),
    ],
)
def test_time_limit_of_each_server(version: str, setting: dict[str, str]) -> None:
    class Raw:
        def get_server_info(self) -> str:
            return version

    driver = MySQLDriver(parse("mysql://h/d"), Limits(1, 1.5), None)
    assert driver.time_limit(Raw()) == setting
    assert list(driver.time_limit(Raw(), 0).values()) in (["0.000000"], ["0"])
    assert MySQLDriver(parse("mysql://h/d"), Limits(1, None), None).time_limit(Raw()) == {}


async def test_no_statement_timeout(engine: Engine) -> None:
    async with Database(engine.url, statement_timeout=None) as db:
        assert await db.get("SELECT @@max_statement_time AS s") == {"s": 0}


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (memoryview(b"x"), b"x"),
        (decimal.Decimal(1), decimal.Decimal(1)),
        (datetime.timedelta(1), datetime.timedelta(1)),
    ],
)
def test_values_on_their_way_in(value: object, sent: object) -> None:
    assert adapted([value]) == (sent,)


@pytest.mark.parametrize("value", [[1], (1, 2), {"a": 1}, {1}, object(), 1j])
async def test_values_that_are_none(db: Database, value: Any) -> None:
    with pytest.raises(DataError, match="cannot be a parameter here"):
        await db.query("SELECT %s", value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
async def test_numbers_that_mysql_has_not(db: Database, value: float) -> None:
    with contextlib.suppress(DatabaseError):
        assert len(await db.query("SELECT %s AS v", value)) == 1
    with contextlib.suppress(DatabaseError):
        assert len([row async for row in db.iter("SELECT %s AS v", value)]) == 1
    assert await titles(db) == []


async def test_tls_is_not_given_up_where_the_server_has_none(engine: Engine) -> None:
    context = ssl.create_default_context()
    db = Database(engine.url, tls=context)
    with pytest.raises(OperationalError, match="cannot connect to mysql://"):
        await db.open()
    await db.close()


async def test_socket_of_the_server(engine: Engine, db: Database) -> None:
    row = await db.get("SELECT @@socket AS path")
    assert row is not None
    by_socket = Connection(row.path, engine.url.rpartition("/")[2], "root")
    try:
        assert await by_socket.query("SELECT 1 AS one") == [{"one": 1}]
    except OperationalError as error:
        pytest.skip(f"the socket cannot be used: {error}")
    finally:
        await by_socket.close()


async def test_errors_of_the_network_and_of_the_driver(db: Database) -> None:
    import asyncmy.errors  # type: ignore[import-untyped,import-not-found,unused-ignore]

    async with db.session() as session:
        translate = session._held().translate
        assert isinstance(translate(OSError("gone")), ConnectionLostError)
        assert isinstance(translate(ValueError("x")), DataError)
        assert isinstance(translate(asyncmy.errors.ProgrammingError("nan")), DataError)
        assert isinstance(translate(asyncmy.errors.InternalError("x")), OperationalError)
        assert isinstance(translate(asyncmy.errors.Error(1146, "x")), ProgrammingError)
        assert translate(KeyError()) is None


async def test_session_that_cannot_be_set_up(engine: Engine) -> None:
    host, _, name = engine.url.partition("@")[2].partition("/")
    db = Connection(host, name, "root", sql_mode="NO_SUCH_MODE")
    with pytest.raises(OperationalError, match="sql_mode"):
        await db.open()
    await db.close()


def test_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncmy", None)
    with pytest.raises(InterfaceError, match=r"pip install 'zonda-database\[mysql\]'"):
        Database("mysql://h/d")
