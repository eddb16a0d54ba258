"""A session is one connection, for several tasks by turns."""

from __future__ import annotations

import asyncio

import pytest

from tests.database.conftest import Engine, add, titles
from zonda.database import Database, InterfaceError


async def test_all_statements_use_one_connection(server: Engine) -> None:
    async with Database(server.url) as db, db.session() as session:
        found = await asyncio.gather(*[session.get(server.identity) for _ in range(10)])
        assert len({row.id for row in found if row is not None}) == 1


async def test_cancelled_task_that_waits_for_its_turn(db: Database, engine: Engine) -> None:
    async with db.session() as session:
        slow = asyncio.ensure_future(session.query(engine.forever))
        await asyncio.sleep(0.05)
        waiting = asyncio.ensure_future(session.query("SELECT 1"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
    assert await titles(db) == []


async def test_statement_beside_iter_on_the_same_connection(db: Database, engine: Engine) -> None:
    await add(db, *[f"n{number:03}" for number in range(5)])
    async with db.session() as session:
        seen = 0
        async for row in session.iter("SELECT id FROM notes"):
            seen += 1
            if engine.name != "mysql":
                await session.update("UPDATE notes SET size = 0 WHERE id = %s", row.id)
                continue
            with pytest.raises(
                InterfaceError, match=r"iter\(\) is not finished on this connection"
            ):
                await session.update("UPDATE notes SET size = 0 WHERE id = %s", row.id)
        assert seen == 5
        assert await session.get("SELECT count(*) AS n FROM notes") == {"n": 5}
