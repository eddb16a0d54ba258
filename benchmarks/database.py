"""``get`` by key and a ``query`` of 100 rows, beside the bare driver, in one run.

``python benchmarks/database.py --rounds 21 --seconds 0.1 --only sqlite``

The bare driver has one connection of its own and gives its own rows; ``zonda.database`` takes a
connection from its pool, watches the time, and makes rows.  The rounds are short and interleaved,
and the figure is the ratio of the best rounds, since other work only ever slows one down; "CPU" is
the ratio of the processor time of this process, without the server's.  Servers are those of the
tests (``ZONDA_TEST_MYSQL``, ``ZONDA_TEST_POSTGRESQL``); one that is not there is reported.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import gc
import os
import platform
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from zonda.database import Database, DatabaseError

ROWS = 200
GET = "SELECT id, name, price FROM bench WHERE id = {}"
QUERY = "SELECT id, name, price FROM bench WHERE id < {}"
CASES = {"get by key": (GET, 7), "query 100 rows": (QUERY, 100)}

Rates = dict[str, list[tuple[float, float]]]
Call = Callable[[], Awaitable[Any]]
Bare = Callable[[str, int], Call]


@contextlib.asynccontextmanager
async def sqlite(url: str) -> AsyncIterator[Bare]:
    import aiosqlite  # type: ignore[import-not-found,unused-ignore]  # a peer, no dependency

    async with aiosqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None) as raw:
        yield lambda sql, value: lambda: raw.execute_fetchall(sql.format("?"), (value,))


@contextlib.asynccontextmanager
async def postgresql(url: str) -> AsyncIterator[Bare]:
    import asyncpg  # type: ignore[import-untyped,import-not-found,unused-ignore]

    raw = await asyncpg.connect(url)
    yield lambda sql, value: lambda: raw.fetch(sql.format("$1"), value)
    await raw.close()


@contextlib.asynccontextmanager
async def mysql(url: str) -> AsyncIterator[Bare]:
    import asyncmy  # type: ignore[import-untyped,import-not-found,unused-ignore]

    from zonda.database.target import parse

    target = parse(url)
    raw = await asyncmy.connect(
        host=target.host,
        port=target.port or 3306,
        user=target.user,
        password=target.password or "",
        database=target.database,
        autocommit=True,
        stmt_cache_size=100,
    )

    async def run(sql: str, value: int) -> Any:
        async with raw.cursor() as cursor:
            await cursor.execute(sql, (value,))
            return await cursor.fetchall()

    yield lambda sql, value: lambda: run(sql.format("%s"), value)
    await raw.ensure_closed()


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
    """Calls per second, one after another; and per second of processor time."""
    await call()
    gc.collect()
    count = 0
    start, cpu = time.perf_counter(), time.process_time()
    while (now := time.perf_counter()) - start < seconds:
        for _ in range(20):
            await call()
        count += 20
    return count / (now - start), count / (time.process_time() - cpu)


async def fill(db: Database) -> None:
    await db.execute("DROP TABLE IF EXISTS bench")
    await db.execute(
        "CREATE TABLE bench (id INTEGER PRIMARY KEY, name VARCHAR(50), price DOUBLE PRECISION)"
    )
    rows = [(number, f"article {number}", number * 1.5) for number in range(ROWS)]
    await db.insertmany("INSERT INTO bench VALUES (%s, %s, %s)", rows)


async def compare(name: str, rounds: int, seconds: float) -> None:
    """Measure one engine and print a line for each case."""
    bare_driver, url, _ = ENGINES[name]
    with tempfile.TemporaryDirectory() as directory:
        url = url or f"sqlite:///{directory}/bench.db"
        async with Database(url, connect_timeout=3) as db:
            await fill(db)
            async with bare_driver(url) as bare:
                for case, (sql, value) in CASES.items():
                    text = sql.format("%s")
                    verb = db.get if sql is GET else db.query
                    calls = {
                        "bare": bare(sql, value),
                        "zonda": functools.partial(verb, text, value),
                    }
                    rates: Rates = {"bare": [], "zonda": []}
                    for _ in range(rounds):
                        for who, call in calls.items():
                            rates[who].append(await rate(call, seconds))
                    print(line(name, case, rates), flush=True)
            await db.execute("DROP TABLE bench")


def line(name: str, case: str, rates: Rates) -> str:
    bare, zonda = (max(rate for rate, _ in rates[who]) for who in ("bare", "zonda"))
    bare_cpu, zonda_cpu = (max(cpu for _, cpu in rates[who]) for who in ("bare", "zonda"))
    return (
        f"{name:<12}{case:<16}{bare:>11,.0f}{zonda:>11,.0f}{zonda / bare:>8.2f}"
        f"{zonda_cpu / bare_cpu:>8.2f}"
    )


def installed(names: tuple[str, ...]) -> str:
    found = []
    for name in names:
        with contextlib.suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return ", ".join(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--seconds", type=float, default=0.1, help="of one case in one round")
    parser.add_argument("--only", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    options = parser.parse_args()
    factory = None
    if options.loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    print(f"{platform.platform(terse=True)}, Python {platform.python_version()}, {options.loop}")
    print(installed(tuple(name for engine in options.only for name in ENGINES[engine][2])))
    print(f"{'engine':<12}{'case':<16}{'bare/s':>11}{'zonda/s':>11}{'ratio':>8}{'CPU':>8}")
    failed = False
    for name in options.only:
        try:
            with asyncio.Runner(loop_factory=factory) as runner:
                runner.run(compare(name, options.rounds, options.seconds))
        except (DatabaseError, ImportError) as error:
            print(f"FAILED {name}: {error}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
