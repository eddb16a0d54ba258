"""What a scope does when the connection does not do what it is asked."""

from __future__ import annotations

import asyncio

import pytest

from tests.database.conftest import Engine, add, titles
from zonda.database import Database, DatabaseError
from zonda.database.scope import atomic


@pytest.mark.usefixtures("own_tables")
async def test_commit_that_fails_undoes_everything(db: Database, engine: Engine) -> None:
    if engine.name == "mysql":
        pytest.skip("MySQL checks every constraint at once")
    constraint = "FOREIGN KEY (note) REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED"
    await db.execute("DROP TABLE comments")
    await db.execute(f"CREATE TABLE comments (note INTEGER, {constraint})")
    with pytest.raises(DatabaseError, match="COMMIT"):
        async with db.transaction():
            await add(db, "a")
            await db.execute("INSERT INTO comments (note) VALUES (99)")
    assert await titles(db) == []
    await db.execute("DROP TABLE comments")


async def test_connection_that_ended_by_itself_needs_no_rollback(db: Database) -> None:
    with pytest.raises(ValueError):
        async with db.transaction():
            await add(db, "a")
            assert db._current() is not None
            db._current()._held().terminate()  # type: ignore[union-attr]  # it is there
            raise ValueError
    assert await titles(db) == []


async def test_transaction_that_was_ended_by_hand(db: Database) -> None:
    with pytest.raises(ValueError):
        async with db.transaction() as session:
            await add(db, "a")
            await session.execute("ROLLBACK")
            raise ValueError
    assert await titles(db) == []


async def test_rollback_that_fails_ends_the_connection(db: Database) -> None:
    async with db.session() as session:
        connection = session._held()
        with pytest.raises(ValueError):
            async with session.transaction(), atomic(connection, session._driver):
                await add(session, "a")
                # The savepoint is gone, and with it the way back.
                await session.execute("ROLLBACK TO SAVEPOINT zonda_1")
                await session.execute("RELEASE SAVEPOINT zonda_1")
                raise ValueError
        assert not connection.usable
    assert await titles(db) == []


async def test_cancelled_rollback_ends_the_connection(db: Database) -> None:
    leaving = asyncio.Event()

    async def work() -> None:
        async with db.transaction():
            await add(db, "a")
            leaving.set()
            raise ValueError

    task = asyncio.ensure_future(work())
    await leaving.wait()
    task.cancel()
    with pytest.raises((asyncio.CancelledError, ValueError)):
        await task
    assert await titles(db) == []
