"""The same tests on SQLite, MariaDB and PostgreSQL: real servers, a database of one's own."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import asyncmy  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: F401
import asyncpg  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: F401
import pytest
import pytest_asyncio

from zonda.database import Database, DatabaseError

URLS = {
    "mysql": os.environ.get("ZONDA_TEST_MYSQL", "mysql://root@127.0.0.1:3306/test"),
    "postgresql": os.environ.get(
        "ZONDA_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres"
    ),
}


@dataclasses.dataclass(frozen=True)
class Engine:
    """What the databases call by different names."""

    name: str
    url: str
    key: str  # the type of a key that is made by the database
    forever: str  # a statement that takes very long
    identity: str  # which tells the server's name of the connection
    kill: str  # which ends the connection of that name


SYNTAX = {
    "sqlite": (
        "INTEGER PRIMARY KEY",
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
        "",
        "",
    ),
    "mysql": (
        "INTEGER PRIMARY KEY AUTO_INCREMENT",
        "SELECT SLEEP(600)",
        "SELECT CONNECTION_ID() AS id",
        "KILL {}",
    ),
    "postgresql": (
        "SERIAL PRIMARY KEY",
        "SELECT pg_sleep(600)",
        "SELECT pg_backend_pid() AS id",
        "SELECT pg_terminate_backend({})",
    ),
}


async def _administer(url: str, *statements: str) -> None:
    async with Database(url, connect_timeout=3) as server:
        for statement in statements:
            await server.execute(statement)


def _server(name: str) -> Iterator[Engine]:
    base = URLS[name]
    own = f"zonda_{uuid.uuid4().hex[:12]}"
    try:
        asyncio.run(_administer(base, f"CREATE DATABASE {own}"))
    except DatabaseError as error:
        pytest.skip(f"no {name} server: {error}")
    yield Engine(name, f"{base.rpartition('/')[0]}/{own}", *SYNTAX[name])
    force = " WITH (FORCE)" if name == "postgresql" else ""
    asyncio.run(_administer(base, f"DROP DATABASE {own}{force}"))


@pytest.fixture(scope="session")
def mysql_engine() -> Iterator[Engine]:
    yield from _server("mysql")


@pytest.fixture(scope="session")
def postgresql_engine() -> Iterator[Engine]:
    yield from _server("postgresql")


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path = tmp_path_factory.mktemp("sqlite") / "test.db"
    return Engine("sqlite", f"sqlite:///{path}", *SYNTAX["sqlite"])


@pytest.fixture(params=["sqlite", "mysql", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each database in turn."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture(params=["mysql", "postgresql"])
def server(request: pytest.FixtureRequest) -> Engine:
    """Each database that is a server."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


_prepared: set[str] = set()


async def prepare(db: Database, engine: Engine) -> None:
    """Make the tables of the tests, or empty them: servers take their time over new ones."""
    if engine.url in _prepared:
        await _empty(db, engine)
        return
    _prepared.add(engine.url)
    await db.execute("DROP TABLE IF EXISTS comments")
    await db.execute("DROP TABLE IF EXISTS notes")
    await db.execute(
        f"CREATE TABLE notes (id {engine.key}, title VARCHAR(100) NOT NULL UNIQUE, size INTEGER)"
    )
    await db.execute(
        f"CREATE TABLE comments (id {engine.key}, note INTEGER NOT NULL, "
        "FOREIGN KEY (note) REFERENCES notes (id))"
    )


async def _empty(db: Database, engine: Engine) -> None:
    async with db.session() as session:
        await session.execute("DELETE FROM comments")
        if engine.name == "mysql":
            # Rows that were deleted a moment ago still have locks there, and so have their gaps.
            await session.execute("SET foreign_key_checks = 0")
            await session.execute("TRUNCATE notes")
            await session.execute("SET foreign_key_checks = 1")
        else:
            await session.execute("DELETE FROM notes")


@pytest.fixture
def own_tables(engine: Engine) -> Iterator[None]:
    """For a test that changes the tables, or wants its keys to begin with one."""
    _prepared.discard(engine.url)
    yield
    _prepared.discard(engine.url)


@pytest_asyncio.fixture
async def db(engine: Engine) -> AsyncIterator[Database]:
    """An open database with empty tables ``notes`` and ``comments``."""
    async with Database(engine.url, pool_size=4, pool_timeout=5, connect_timeout=5) as database:
        await prepare(database, engine)
        yield database


async def titles(db: Database) -> list[str]:
    """The titles of all notes, in order."""
    return [row.title for row in await db.query("SELECT title FROM notes ORDER BY title")]


async def add(db: Any, *names: str) -> None:
    """Insert notes with these titles."""
    for name in names:
        await db.insert("INSERT INTO notes (title, size) VALUES (%s, %s)", name, len(name))


async def until(happens: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    """Wait until a question that is asked again and again is answered with yes."""
    while not await happens():
        await asyncio.sleep(0.01)
