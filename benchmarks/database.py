# /// script
# dependencies = [
#   "aiomysql", "aiosqlite", "asyncmy", "asyncpg", "psycopg[binary]", "sqlalchemy[asyncio]>=2",
# ]
# ///
"""``get`` by key and a ``query`` of 100 rows, beside the bare driver and SQLAlchemy, in one run.

``nox -s bench -- benchmarks/database.py --rounds 21 --seconds 0.1 --only sqlite``

The bare driver has one connection of its own and gives its own rows.  ``zonda.database`` takes a
connection from its pool, watches the time, and makes rows.  SQLAlchemy's asyncio engine (Core,
``text()``, ``AUTOCOMMIT``, its pool) does the same with the same driver, in two ways: a connection
is taken for each statement, as a verb of ``zonda.database`` does, or one is kept for all of them.
The other driver of a database, which the package could have been built on, is there bare, too.

The rounds are short and interleaved; "CPU us" is the processor time of this process for one
statement, without the server's.  Servers are those of the tests (``ZONDA_TEST_MYSQL``,
``ZONDA_TEST_POSTGRESQL``); one that is not there is reported.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from benchmarks.programs import pin_load, versions
from benchmarks.recording import CPU, Measure, Recording, arguments
from zonda.database import Database, DatabaseError

ROWS = 200
GET = "SELECT id, name, price FROM bench WHERE id = {}"
QUERY = "SELECT id, name, price FROM bench WHERE id < {}"
CASES = {"get by key": (GET, 7), "query 100 rows": (QUERY, 100)}

Call = Callable[[], Awaitable[Any]]
Peer = Callable[[str, int], Call]


@contextlib.asynccontextmanager
async def sqlite(url: str) -> AsyncIterator[Peer]:
    import aiosqlite  # type: ignore[import-not-found,unused-ignore]  # a peer, no dependency

    async with aiosqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None) as raw:
        yield lambda sql, value: lambda: raw.execute_fetchall(sql.format("?"), (value,))


@contextlib.asynccontextmanager
async def postgresql(url: str) -> AsyncIterator[Peer]:
    import asyncpg  # type: ignore[import-untyped,import-not-found,unused-ignore]

    raw = await asyncpg.connect(url)
    yield lambda sql, value: lambda: raw.fetch(sql.format("$1"), value)
    await raw.close()


@contextlib.asynccontextmanager
async def mysql(url: str) -> AsyncIterator[Peer]:
    import asyncmy  # type: ignore[import-untyped,import-not-found,unused-ignore]

    async with mysql_peer(asyncmy, url, stmt_cache_size=100) as peer:
        yield peer


@contextlib.asynccontextmanager
async def mysql_peer(driver: Any, url: str, **options: object) -> AsyncIterator[Peer]:
    from zonda.database.target import parse

    target = parse(url)
    raw = await driver.connect(
        host=target.host,
        port=target.port or 3306,
        user=target.user,
        password=target.password or "",
        db=target.database,
        autocommit=True,
        **options,
    )

    async def run(sql: str, value: int) -> Any:
        async with raw.cursor() as cursor:
            await cursor.execute(sql, (value,))
            return await cursor.fetchall()

    yield lambda sql, value: lambda: run(sql.format("%s"), value)
    await raw.ensure_closed()


@contextlib.asynccontextmanager
async def sqlalchemy(url: str) -> AsyncIterator[dict[str, Peer]]:
    from sqlalchemy import text  # type: ignore[import-not-found,unused-ignore]  # a peer
    from sqlalchemy.ext.asyncio import (  # type: ignore[import-not-found,unused-ignore]
        create_async_engine,
    )

    scheme, _, place = url.partition("://")
    driver = {"sqlite": "aiosqlite", "mysql": "asyncmy", "postgresql": "asyncpg"}[scheme]
    engine = create_async_engine(f"{scheme}+{driver}://{place}", isolation_level="AUTOCOMMIT")

    async def run(connection: Any, statement: Any, value: int) -> Any:
        result = await connection.execute(statement, {"value": value})
        return result.mappings().all()

    async def pooled(statement: Any, value: int) -> Any:
        async with engine.connect() as connection:
            return await run(connection, statement, value)

    async with engine.connect() as kept:
        yield {
            "SQLAlchemy": lambda sql, value: functools.partial(
                pooled, text(sql.format(":value")), value
            ),
            "one connection": lambda sql, value: functools.partial(
                run, kept, text(sql.format(":value")), value
            ),
        }
    await engine.dispose()


@contextlib.asynccontextmanager
async def other_mysql(url: str) -> AsyncIterator[Peer]:
    import aiomysql  # type: ignore[import-untyped,import-not-found,unused-ignore]

    async with mysql_peer(aiomysql, url) as peer:
        yield peer


@contextlib.asynccontextmanager
async def other_postgresql(url: str) -> AsyncIterator[Peer]:
    import psycopg  # type: ignore[import-not-found,unused-ignore]

    async def run(raw: Any, sql: str, value: int) -> Any:
        cursor = await raw.execute(sql, (value,), prepare=True)
        return await cursor.fetchall()

    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as raw:
        yield lambda sql, value: lambda: run(raw, sql.format("%s"), value)


OTHERS = {"mysql": ("aiomysql", other_mysql), "postgresql": ("psycopg", other_postgresql)}

ENGINES = {
    "sqlite": (sqlite, "", ("aiosqlite",)),
    "mysql": (
        mysql,
        os.environ.get("ZONDA_TEST_MYSQL", "mysql://root@127.0.0.1:3306/test"),
        ("asyncmy",),
    ),
    "postgresql": (
        postgresql,
        os.environ.get("ZONDA_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres"),
        ("asyncpg",),
    ),
}


async def rate(call: Call, seconds: float) -> tuple[float, float]:
    """Calls per second, one after another; and microseconds of processor time for one."""
    await call()
    gc.collect()
    count = 0
    start, cpu = time.perf_counter(), time.process_time()
    while (now := time.perf_counter()) - start < seconds:
        for _ in range(20):
            await call()
        count += 20
    return count / (now - start), (time.process_time() - cpu) / count * 1e6


async def fill(db: Database) -> None:
    await db.execute("DROP TABLE IF EXISTS bench")
    await db.execute(
        "CREATE TABLE bench (id INTEGER PRIMARY KEY, name VARCHAR(50), price DOUBLE PRECISION)"
    )
    rows = [(number, f"article {number}", number * 1.5) for number in range(ROWS)]
    await db.insertmany("INSERT INTO bench VALUES (%s, %s, %s)", rows)


async def compare(recording: Recording, name: str, rounds: int, seconds: float) -> None:
    """Measure one engine."""
    bare_driver, url, _ = ENGINES[name]
    with tempfile.TemporaryDirectory() as directory:
        url = url or f"sqlite:///{directory}/bench.db"
        async with contextlib.AsyncExitStack() as stack:
            db = await stack.enter_async_context(Database(url, connect_timeout=3))
            await fill(db)
            peers = {
                "bare": await stack.enter_async_context(bare_driver(url)),
                "zonda": lambda sql, value: zonda(db, sql, value),
                **await stack.enter_async_context(sqlalchemy(url)),
            }
            if name in OTHERS:
                other, driver = OTHERS[name]
                peers[other] = await stack.enter_async_context(driver(url))
            for case, (sql, value) in CASES.items():
                calls = {who: peer(sql, value) for who, peer in peers.items()}
                for _ in range(rounds):
                    for who, call in calls.items():
                        done, cpu = await rate(call, seconds)
                        recording.add(f"{name}, {case}", who, done)
                        recording.add(f"{name}, {case}", who, cpu, CPU.unit)
            await db.execute("DROP TABLE bench")


def zonda(db: Database, sql: str, value: int) -> Call:
    verb = db.get if sql is GET else db.query
    return functools.partial(verb, sql.format("%s"), value)


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=21, seconds=0.1)
    parser.add_argument("--only", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    options = parser.parse_args()
    factory = None
    if options.loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    pin_load()
    recording = Recording("database", (Measure("statements/s"), CPU), ("bare",))
    drivers = [driver for engine in options.only for driver in ENGINES[engine][2]]
    recording.versions = {name: versions([name]) for name in ("sqlalchemy", *drivers)}
    for name in options.only:
        try:
            with asyncio.Runner(loop_factory=factory) as runner:
                runner.run(compare(recording, name, options.rounds, options.seconds))
        except (DatabaseError, ImportError) as error:
            recording.failed(name, str(error))
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
