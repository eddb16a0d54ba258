"""Statements that SQLAlchemy's Core has compiled with the placeholders of this package.

The package has nothing to do for it: the style ``pyformat`` is its own.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, func, insert, select
from sqlalchemy.dialects import mysql, postgresql, sqlite

from tests.database.conftest import Engine, add
from zonda.database import Database, Row

DIALECTS: dict[str, Any] = {"sqlite": sqlite, "mysql": mysql, "postgresql": postgresql}
NOTES = Table(
    "notes",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("title", String),
    Column("size", Integer),
)


def compiled(statement: Any, engine: Engine) -> tuple[str, dict[str, Any]]:
    """What the README shows."""
    dialect = DIALECTS[engine.name].dialect(paramstyle="pyformat")
    made = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    return str(made), made.params


STATEMENTS = [
    (select(NOTES.c.title).where(NOTES.c.title == "b"), ["b"]),
    (select(NOTES.c.title).where(NOTES.c.title.in_(["a", "b%s"])).order_by("title"), ["a", "b%s"]),
    (select(NOTES.c.title).where(NOTES.c.title.like("b%")).order_by("title"), ["b", "b%s"]),
    (select(NOTES.c.title).where(NOTES.c.size % 3 == 0), ["b%s"]),
    (select(NOTES.c.title).where(func.lower("A") == NOTES.c.title), ["a"]),
    (select(NOTES.c.title).where(NOTES.c.title == "'; DROP TABLE notes; --"), []),
]


@pytest.mark.parametrize(("statement", "titles"), STATEMENTS, ids=[str(n) for n in range(6)])
async def test_select(db: Database, engine: Engine, statement: Any, titles: list[str]) -> None:
    await add(db, "a", "b", "b%s")
    text, parameters = compiled(statement, engine)
    assert await db.query(text, **parameters) == [Row(title=title) for title in titles]


async def test_insert_and_a_parameter_of_ones_own(db: Database, engine: Engine) -> None:
    text, parameters = compiled(insert(NOTES).values(title="a", size=1), engine)
    await db.execute(text, **parameters)
    text, _ = compiled(select(NOTES.c.size).where(NOTES.c.title == bindparam("wanted")), engine)
    assert await db.get(text, wanted="a") == {"size": 1}
