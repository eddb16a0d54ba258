"""Python's values in SQLite and back: what goes in as a date comes out as a date."""

from __future__ import annotations

import datetime
import decimal
import uuid

import pytest

from zonda.database import Database
from zonda.database.sqlite_values import adapted

UTC = datetime.UTC


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5, 6, UTC), "2026-01-02 03:04:05.000006+00:00"),
        (datetime.time(3, 4), "03:04:00"),
        (decimal.Decimal("1.50"), "1.50"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (True, True),
        (bytearray(b"x"), bytearray(b"x")),
    ],
)
def test_values_on_their_way_in(value: object, stored: object) -> None:
    assert adapted([value]) == [stored]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("DATE", datetime.date(2026, 1, 2)),
        ("DATETIME", datetime.datetime(2026, 1, 2, 3, 4, 5, 6)),
        ("datetime(6)", datetime.datetime(2026, 1, 2, 3, 4, 5)),
        ("TIMESTAMP", datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("TIMESTAMP WITH TIME ZONE", datetime.datetime(2026, 1, 2, tzinfo=UTC)),
        ("DATETIME", None),
        ("DATETIME", 1700000000),
        ("DATETIME", 1700000000.5),
        ("DATETIME", "yesterday"),
        ("TEXT", "2026-01-02"),
    ],
)
async def test_values_of_declared_columns(declared: str, value: object) -> None:
    async with Database("sqlite://") as db:
        await db.execute(f"CREATE TABLE t (v {declared})")
        await db.insert("INSERT INTO t VALUES (%s)", value)
        assert await db.query("SELECT v FROM t") == [{"v": value}]


async def test_time_of_the_database() -> None:
    async with Database("sqlite://") as db:
        await db.execute("CREATE TABLE t (i INTEGER, v DATETIME DEFAULT CURRENT_TIMESTAMP)")
        await db.insert("INSERT INTO t (i) VALUES (1)")
        row = await db.get("SELECT v FROM t")
        assert row is not None and isinstance(row.v, datetime.datetime)
