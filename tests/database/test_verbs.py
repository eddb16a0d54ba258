"""Every verb does the same on every database."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import decimal
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.database.conftest import Engine, add, titles
from zonda.database import (
    Database,
    DataError,
    IntegrityError,
    MultipleRowsError,
    ProgrammingError,
    Row,
)
from zonda.database.statement import Style


async def test_query_returns_all_rows(db: Database) -> None:
    await add(db, "a", "bb")
    assert await db.query("SELECT title, size FROM notes ORDER BY id") == [
        {"title": "a", "size": 1},
        {"title": "bb", "size": 2},
    ]
    assert await db.query("SELECT title FROM notes WHERE size > %s", 7) == []


async def test_get_returns_one_row_or_none(db: Database) -> None:
    await add(db, "a", "b")
    row = await db.get("SELECT title, size FROM notes WHERE title = %s", "a")
    assert isinstance(row, Row)
    assert (row.title, row["size"]) == ("a", 1)
    assert await db.get("SELECT title FROM notes WHERE title = %s", "c") is None


async def test_get_refuses_more_rows(db: Database) -> None:
    await add(db, "a", "b")
    with pytest.raises(MultipleRowsError, match=r"for one row, the result has 2 in: SELECT \*"):
        await db.get("SELECT * FROM notes")


async def test_parameters_are_named_too_and_may_repeat(db: Database) -> None:
    await add(db, "a", "bb")
    sql = "SELECT title FROM notes WHERE size >= %(size)s AND size <= %(size)s AND title <> %(no)s"
    assert await db.query(sql, size=2, no="x") == [{"title": "bb"}]
    assert await db.query("SELECT title FROM notes WHERE title = %(query)s", query="a")


async def test_percent_signs_are_text(db: Database) -> None:
    await add(db, "100%", "100s")
    sql = "SELECT title FROM notes WHERE title LIKE '%%\\%%' ESCAPE '\\'"
    if db._driver.style is Style.MYSQL:  # MySQL escapes a backslash by another one
        sql = sql.replace("\\", "\\\\")
    assert await db.query(sql) == [{"title": "100%"}]
    assert await db.query("SELECT title FROM notes WHERE title LIKE '%s' AND size > %s", 1) == [
        {"title": "100s"}
    ]
    assert await db.get("SELECT 7 % 4 AS a, 7 %% 4 AS b") == {"a": 3, "b": 3}


@pytest.mark.usefixtures("own_tables")
async def test_insert_returns_the_key(db: Database, engine: Engine) -> None:
    sql = "INSERT INTO notes (title) VALUES (%s)"
    returning = [await db.insert(f"{sql} RETURNING id", name) for name in "ab"]
    assert returning == [1, 2]
    expected = None if engine.name == "postgresql" else 3
    assert await db.execute(sql, "c") == expected
    assert await db.execute_lastrowid(f"{sql} RETURNING id", "d") == 4


async def test_changes_return_the_number_of_rows(db: Database) -> None:
    await add(db, "a", "bb", "cc")
    assert await db.update("UPDATE notes SET size = %s WHERE size = 2", 5) == 2
    assert await db.update("UPDATE notes SET size = 5 WHERE size = 5") == 2  # found, not changed
    assert await db.execute_rowcount("UPDATE notes SET size = 0 WHERE size = 99") == 0
    assert await db.delete("DELETE FROM notes WHERE size = 5") == 2
    assert await titles(db) == ["a"]


async def test_returning_counts_its_rows(db: Database, engine: Engine) -> None:
    if engine.name == "mysql":
        pytest.skip("MariaDB's UPDATE has no RETURNING")
    await add(db, "a", "bb", "cc")
    sql = "UPDATE notes SET size = 9 WHERE size = %s RETURNING title"
    assert await db.update(sql, 2) == 2
    assert await db.query(sql, 1) == [{"title": "a"}]


async def test_many_take_sequences_or_mappings(db: Database) -> None:
    sql = "INSERT INTO notes (title, size) VALUES (%s, %s)"
    await db.insertmany(sql, [("a", 1), ["b", 2]])
    named = "INSERT INTO notes (title, size) VALUES (%(title)s, %(size)s)"
    await db.executemany(named, ({"title": name, "size": 3} for name in "cd"))
    assert await titles(db) == ["a", "b", "c", "d"]
    assert await db.executemany_rowcount(sql, [("e", 5), ("f", 6)]) == 2
    changed = await db.updatemany("UPDATE notes SET size = 0 WHERE size > %s", [(4,), (2,)])
    assert changed == 4
    assert await db.executemany(sql, []) is None
    assert await db.executemany_rowcount(sql, []) == 0


async def test_many_are_all_or_nothing(db: Database) -> None:
    sql = "INSERT INTO notes (title) VALUES (%s)"
    with pytest.raises(IntegrityError):
        await db.insertmany(sql, [("a",), ("b",), ("a",)])
    assert await titles(db) == []
    async with db.transaction():
        await add(db, "x")
        with pytest.raises(IntegrityError):
            await db.insertmany(sql, [("y",), ("x",)])
    assert await titles(db) == ["x"]


@pytest.mark.parametrize("row", ["text", b"bytes", 7, None])
async def test_many_refuse_what_is_no_row(db: Database, row: Any) -> None:
    with pytest.raises(ProgrammingError, match="have to be a sequence or a mapping, not"):
        await db.executemany("INSERT INTO notes (title) VALUES (%s)", [row])


@pytest.mark.usefixtures("own_tables")
async def test_table_that_changes(db: Database, engine: Engine) -> None:
    await add(db, "a")
    async with Database(engine.url) as other:
        for number in range(3):
            assert await db.query("SELECT * FROM notes WHERE size = %s", 1) == [
                {"id": 1, "title": "a", "size": 1, **dict.fromkeys(["c0", "c1"][:number])}
            ]
            assert await db.get("SELECT * FROM notes") is not None
            await other.execute(f"ALTER TABLE notes ADD COLUMN c{number} INTEGER")


async def test_iter_gives_rows_one_by_one(db: Database) -> None:
    rows = [(f"n{number:05}", number) for number in range(1203)]
    await db.insertmany("INSERT INTO notes (title, size) VALUES (%s, %s)", rows)
    sql = "SELECT title, size FROM notes WHERE size >= %s ORDER BY size"
    found = [row.size async for row in db.iter(sql, 3)]
    assert found == list(range(3, 1203))
    assert [row async for row in db.iter(sql, 9999)] == []


async def test_iter_that_is_left_early_gives_the_connection_back(db: Database) -> None:
    rows = [(f"n{number:05}", number) for number in range(2000)]
    await db.insertmany("INSERT INTO notes (title, size) VALUES (%s, %s)", rows)
    for _ in range(6):  # more often than there are connections
        async with contextlib.aclosing(db.iter("SELECT * FROM notes")) as found:
            async for row in found:
                assert isinstance(row, Row)
                break
    assert len(await titles(db)) == 2000


async def test_other_statements_run_beside_iter(db: Database) -> None:
    await add(db, *[f"n{number}" for number in range(20)])
    async for row in db.iter("SELECT id FROM notes"):
        await db.update("UPDATE notes SET size = 0 WHERE id = %s", row.id)
    assert await db.get("SELECT sum(size) AS total FROM notes") == {"total": 0}


async def test_iter_inside_a_transaction(db: Database) -> None:
    rows = [(f"n{number:05}", number) for number in range(1500)]
    async with db.transaction():
        await db.insertmany("INSERT INTO notes (title, size) VALUES (%s, %s)", rows)
        async with contextlib.aclosing(db.iter("SELECT size FROM notes ORDER BY id")) as found:
            assert [row.size async for row in found] == list(range(1500))
        async with contextlib.aclosing(db.iter("SELECT size FROM notes")) as found:
            assert await anext(found)
        await add(db, "last")
    assert len(await titles(db)) == 1501


async def test_error_of_iter_comes_at_the_first_row(db: Database) -> None:
    with pytest.raises(ProgrammingError, match="nowhere"):
        async for _ in db.iter("SELECT * FROM nowhere"):
            pass
    assert await titles(db) == []


@dataclasses.dataclass
class Note:
    title: str
    size: int = 0


class NoteStruct(msgspec.Struct):
    title: str
    size: float


async def test_rows_of_a_class(db: Database) -> None:
    await add(db, "a", "bb")
    notes = db.into(Note)
    assert await notes.get("SELECT title, size FROM notes WHERE size = 1") == Note("a", 1)
    assert await notes.get("SELECT title FROM notes WHERE size = 2") == Note("bb", 0)
    assert await notes.query("SELECT title, size FROM notes WHERE size > 5") == []
    found = [note async for note in notes.iter("SELECT title, size FROM notes ORDER BY id")]
    assert found == [Note("a", 1), Note("bb", 2)]
    struct = await db.into(NoteStruct).get("SELECT id, title, size FROM notes WHERE size = 1")
    assert struct == NoteStruct("a", 1.0)
    with pytest.raises(ProgrammingError, match=r"Note has no field for the columns id$"):
        await notes.query("SELECT id, title FROM notes")


VALUES: list[tuple[str, object]] = [
    ("INTEGER", -(2**31)),
    ("BIGINT", 2**63 - 1),
    ("DOUBLE PRECISION", 0.1),
    ("VARCHAR(200)", "Zönda ☃ 🌪 '\"\\%s\n\r\t"),
    ("VARCHAR(20)", ""),
    ("VARCHAR(20)", None),
    ("BLOB", bytes(range(256))),
    ("DATE", datetime.date(2026, 2, 28)),
    ("TIMESTAMP", datetime.datetime(2026, 2, 28, 23, 59, 58)),
]


@pytest.mark.parametrize(("kind", "value"), VALUES)
async def test_values_come_back_as_they_were(
    db: Database, engine: Engine, kind: str, value: object
) -> None:
    kind = {"BLOB": "BYTEA"}.get(kind, kind) if engine.name == "postgresql" else kind
    kind += " NULL" if engine.name == "mysql" else ""
    async with db.session() as session:
        await session.execute(f"CREATE TEMPORARY TABLE v (v {kind})")
        await session.execute("INSERT INTO v VALUES (%s)", value)
        assert (await session.query("SELECT v FROM v")) == [{"v": value}]
        assert [row async for row in session.iter("SELECT v FROM v")] == [{"v": value}]
        await session.execute("DROP TABLE v")


async def test_decimal_numbers_are_exact_where_the_database_is(
    db: Database, engine: Engine
) -> None:
    value = decimal.Decimal("12345678901234567.89")
    async with db.session() as session:
        await session.execute("CREATE TEMPORARY TABLE v (v DECIMAL(20, 2))")
        await session.execute("INSERT INTO v VALUES (%s)", value)
        row = await session.get("SELECT v FROM v")
        assert row is not None
        assert row.v == (float(value) if engine.name == "sqlite" else value)
        await session.execute("DROP TABLE v")


INJECTIONS = [
    "'; DROP TABLE notes; --",
    '"; DROP TABLE notes; --',
    "\\'; DROP TABLE notes; --",
    "' OR '1'='1",
    "%s",
    "%(name)s",
    "?",
    "$1",
    ":name",
    "\x1a\\",
    "\ufeff'\u02bc\uff07",
    "/* */ -- #",
]


@pytest.mark.parametrize("evil", INJECTIONS)
async def test_parameters_are_never_part_of_the_statement(db: Database, evil: str) -> None:
    await add(db, "innocent", evil)
    assert await db.query("SELECT title FROM notes WHERE title = %s", evil) == [{"title": evil}]
    assert await db.query("SELECT title FROM notes WHERE title = %(x)s", x=evil)
    found = [row.title async for row in db.iter("SELECT title FROM notes WHERE title = %s", evil)]
    assert found == [evil]
    await db.insertmany("INSERT INTO notes (title) VALUES (%s)", [(evil + "2",), (evil + "3",)])
    assert await db.delete("DELETE FROM notes WHERE title = %s", evil) == 1
    assert sorted(await titles(db)) == sorted(["innocent", evil + "2", evil + "3"])


async def test_text_in_place_of_a_number_is_no_sql(db: Database, engine: Engine) -> None:
    await add(db, "a", "bb")
    sql = "SELECT title FROM notes WHERE size = %s"
    try:
        found = await db.query(sql, "1 OR 1=1")
    except DataError:
        assert engine.name == "postgresql"
    else:
        assert len(found) < 2


@pytest.mark.parametrize("verb", ["query", "execute", "execute_rowcount", "insert"])
async def test_one_statement_at_a_time(db: Database, verb: str) -> None:
    await add(db, "a")
    run: Callable[[str], Any] = getattr(db, verb)
    with pytest.raises(ProgrammingError):
        await run("SELECT 1; DELETE FROM notes")
    assert await titles(db) == ["a"]


@pytest.mark.parametrize(
    ("sql", "positional", "named", "message"),
    [
        ("SELECT %s", (), {}, "needs 1 positional parameters (%s), but was given none"),
        ("SELECT 1", (1,), {}, "needs 0 positional parameters (%s), but was given 1 positional"),
        (
            "SELECT %s",
            (),
            {"a": 1},
            "needs 1 positional parameters (%s), but was given the named a",
        ),
        ("SELECT %(a)s", (1,), {}, "needs the named parameters a, but was given 1 positional"),
        ("SELECT %(a)s", (), {"b": 1}, "needs the named parameters a, but was given the named b"),
        ("SELECT %s, %(a)s", (1,), {"a": 1}, "%s and %(name)s are mixed"),
    ],
)
async def test_parameters_have_to_fit(
    db: Database, sql: str, positional: tuple[int, ...], named: dict[str, int], message: str
) -> None:
    for run in (db.query, db.execute, db.execute_rowcount, db.get):
        with pytest.raises(ProgrammingError) as caught:
            await run(sql, *positional, **named)
        assert caught.value.message.endswith(message)
        assert caught.value.statement == sql
