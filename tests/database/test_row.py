"""Rows are dictionaries with attributes, or objects of a class."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any, NamedTuple

import msgspec
import pytest

from zonda.database import InterfaceError, ProgrammingError, Row
from zonda.database.row import maker, rows


def test_row_is_a_dictionary_with_attributes() -> None:
    row = Row(id=1, title="x")
    assert (row.id, row["title"], dict(**row)) == (1, "x", {"id": 1, "title": "x"})
    assert json.loads(json.dumps(row)) == row
    assert pickle.loads(pickle.dumps(row)) == row == copy.copy(row)


def test_unknown_column_names_those_that_there_are() -> None:
    with pytest.raises(AttributeError, match=r"no column 'c'; it has: a, b$"):
        _ = Row(a=1, b=2).c
    with pytest.raises(AttributeError, match=r"it has: none$"):
        _ = Row().c
    assert not hasattr(Row(a=1), "b")


def test_column_named_like_a_method_is_subscribed() -> None:
    row = Row(items=3)
    assert row["items"] == 3
    assert callable(row.items)


def test_rows_of_a_table() -> None:
    assert rows(("a", "b"), [(1, 2), (3, 4)]) == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    assert rows((), []) == []
    assert rows(("a", "a"), [(1, 2)]) == [{"a": 2}]


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0
    z: int = dataclasses.field(default=5, init=False)


class Tuple(NamedTuple):
    x: int


class Struct(msgspec.Struct):
    x: int


class Plain:
    def __init__(self, **columns: Any) -> None:
        self.columns = columns


def test_dataclass_named_tuple_and_plain_class() -> None:
    assert maker(Point)(("y", "x"), [(1, 2)]) == [Point(2, 1)]
    assert maker(Point)((), []) == []
    assert maker(Tuple)(("x",), [(1,)]) == [Tuple(1)]
    assert maker(Plain)(("x", "y"), [(1, 2)])[0].columns == {"x": 1, "y": 2}
    assert maker(dict)(("x",), [(1,)]) == [{"x": 1}]


@pytest.mark.parametrize(
    ("kind", "columns", "message"),
    [
        (Point, ("x", "w"), "Point has no field for the columns w$"),
        (Point, ("y",), "Point needs the columns x$"),
        (Point, ("w", "z"), "no field for the columns w, z and needs the columns x$"),
        (Tuple, ("y",), "cannot make Tuple of a row: .*unexpected keyword argument 'y'"),
    ],
)
def test_columns_that_do_not_fit(kind: type[Any], columns: tuple[str, ...], message: str) -> None:
    with pytest.raises(ProgrammingError, match=message):
        maker(kind)(columns, [tuple(range(len(columns)))])


def test_struct_converts_and_checks() -> None:
    assert maker(Struct)(("x", "more"), [("7", 1)]) == [Struct(7)]
    with pytest.raises(ProgrammingError, match="cannot make Struct of a row: Expected `int`"):
        maker(Struct)(("x",), [("seven",)])


@pytest.mark.parametrize("kind", [7, "Point", rows])
def test_rows_are_made_of_classes(kind: Any) -> None:
    with pytest.raises(InterfaceError, match="rows are made of a class, not of"):
        maker(kind)


@pytest.mark.parametrize(
    "columns", [("'", '"', "\\"), ("a b", "", "\n"), ("{}", "a: 1}", "v0"), ("☃", "class", "Row")]
)
def test_columns_of_any_name(columns: tuple[str, ...]) -> None:
    assert rows(columns, [(1, 2, 3)]) == [dict(zip(columns, (1, 2, 3), strict=True))]


def test_very_many_columns() -> None:
    columns = tuple(f"c{number}" for number in range(2000))
    assert rows(columns, [range(2000)])[0].c1999 == 1999
