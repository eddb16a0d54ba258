"""PostgreSQL: prepared statements, its own types, and what only this server does."""

from __future__ import annotations

import ssl
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.database.conftest import Engine, add, prepare, titles
from zonda.database import (
    ConnectionLostError,
    Database,
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    TransactionConflictError,
)
from zonda.database import postgresql as module


@pytest.fixture
def engine(postgresql_engine: Engine) -> Engine:
    return postgresql_engine


@pytest_asyncio.fixture
async def db(engine: Engine) -> AsyncIterator[Database]:
    async with Database(engine.url, pool_size=3) as database:
        await prepare(database, engine)
        yield database


@pytest.mark.parametrize("name", ["zonda", "mine"])
async def test_application_has_a_name(engine: Engine, name: str) -> None:
    url = engine.url if name == "zonda" else f"{engine.url}?application_name={name}"
    async with Database(url) as db:
        assert await db.query("SHOW application_name") == [{"application_name": name}]


@pytest.mark.parametrize("size", [0, 2])
async def test_few_prepared_statements_or_none(engine: Engine, size: int) -> None:
    async with Database(f"{engine.url}?statement_cache_size={size}", pool_size=1) as db:
        await prepare(db, engine)
        for number in range(5):
            assert await db.execute(f"SELECT {number} + %s::int", 1) == number + 1
            assert await db.get(f"SELECT {number} + %s::int AS n", 1) == {"n": number + 1}
        async with db.session() as session:
            assert len(session._held()._prepared) == size  # type: ignore[attr-defined]  # its own


@pytest.mark.parametrize("size", ["-1", "x", ""])
def test_cache_size_is_a_number(size: str) -> None:
    with pytest.raises(InterfaceError, match="statement_cache_size is a number"):
        Database(f"postgresql://h/d?statement_cache_size={size}")


@pytest.mark.usefixtures("own_tables")
async def test_table_that_changed_since_a_statement_was_prepared(engine: Engine) -> None:
    async with Database(engine.url, pool_size=1) as db, Database(engine.url) as other:
        await prepare(db, engine)
        await add(db, "a")
        sql = "UPDATE notes SET size = size + %s RETURNING *"
        assert await db.update(sql, 1) == 1
        await other.execute("ALTER TABLE notes ADD COLUMN more INTEGER")
        assert await db.update(sql, 1) == 1
        await other.execute("ALTER TABLE notes ADD COLUMN evenmore INTEGER")
        with pytest.raises(DatabaseError):
            async with db.transaction():
                await db.update(sql, 1)
        assert await db.update(sql, 1) == 1
        assert await db.query("SELECT size FROM notes") == [{"size": 4}]


async def test_errors_do_not_show_the_detail(db: Database) -> None:
    await add(db, "a secret")
    with pytest.raises(IntegrityError) as caught:
        await add(db, "a secret")
    assert str(caught.value).startswith("duplicate key value violates unique constraint")
    assert "\n" not in str(caught.value) and caught.value.code == "23505"


@pytest.mark.parametrize("verb", ["query", "execute", "update"])
async def test_value_of_the_wrong_type_names_the_parameter(db: Database, verb: str) -> None:
    sql = "SELECT * FROM notes WHERE title = %s AND size = %s"
    with pytest.raises(DataError, match=r"^parameter 2: .*integer") as caught:
        await getattr(db, verb)(sql, "x", "seven and more")
    assert "seven" not in str(caught.value)


async def test_lists_are_arrays(db: Database) -> None:
    await add(db, "a", "b", "c")
    found = await db.query("SELECT title FROM notes WHERE title = ANY(%s) ORDER BY 1", ["a", "c"])
    assert found == [{"title": "a"}, {"title": "c"}]


async def test_statement_on_a_connection_that_has_ended(db: Database) -> None:
    async with db.session() as session:
        session.raw.terminate()
        for verb in (session.query, session.execute):
            with pytest.raises(ConnectionLostError):
                await verb("SELECT 1")
    assert await titles(db) == []


async def test_errors_of_the_network_and_of_the_driver(db: Database) -> None:
    asyncpg = module.library()
    async with db.session() as session:
        translate = session._held().translate
        assert isinstance(translate(OSError("gone")), ConnectionLostError)
        assert isinstance(translate(asyncpg.InterfaceError("busy")), InterfaceError)
        assert translate(KeyError()) is None


async def test_serialisation_conflict(db: Database, engine: Engine) -> None:
    await add(db, "a", "b")
    async with Database(engine.url) as other:
        with pytest.raises(TransactionConflictError):
            async with db.transaction(isolation="serializable"):
                await db.query("SELECT sum(size) FROM notes")
                async with other.transaction(isolation="serializable"):
                    await other.query("SELECT sum(size) FROM notes")
                    await add(other, "c")
                await add(db, "d")
    assert await titles(db) == ["a", "b", "c"]


async def test_certificate_is_checked(engine: Engine) -> None:
    context = ssl.create_default_context(cafile=None)
    db = Database(engine.url, tls=context)
    with pytest.raises(OperationalError, match="cannot connect to postgresql://"):
        await db.open()
    await db.close()


@pytest.mark.parametrize(
    ("url", "tls"),
    [
        ("postgresql://127.0.0.1/d", False),
        ("postgresql://[::1]/d", False),
        ("postgresql:///d", False),
        ("postgresql:///d?host=/run/postgresql", False),
        ("postgresql://db.example.org/d", "prefer"),
    ],
)
def test_tls_is_for_other_machines(url: str, tls: object) -> None:
    driver = Database(url)._driver
    assert isinstance(driver, module.PostgreSQLDriver)
    assert driver._tls == tls


async def test_no_statement_timeout(engine: Engine) -> None:
    async with Database(engine.url, statement_timeout=None) as db:
        assert await db.query("SHOW statement_timeout") == [{"statement_timeout": "0"}]


def test_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(InterfaceError, match=r"pip install 'zonda-database\[postgresql\]'"):
        Database("postgresql://h/d")
