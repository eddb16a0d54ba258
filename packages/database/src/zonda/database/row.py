"""Rows: dictionaries with attributes, or objects of a class of the program's own."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from .errors import InterfaceError, ProgrammingError

T = TypeVar("T")

# As many as a program has different lists of columns, and no more.
KEPT_MAKERS = 512

# From the names of the columns and the rows' values to the rows as the program gets them.
RowMaker = Callable[[Sequence[str], Iterable[Sequence[Any]]], list[T]]


class Row(dict[str, Any]):
    """One row of a result: ``row["title"]`` and ``row.title`` are the same value.

    It is a dictionary, so it can be written as JSON or passed on as keyword arguments.  A column
    that is named like a method of a dictionary (``items``) is reached by subscription only.  Of two
    columns with one name the last is there.

    >>> row = Row(id=1, title="Zonda")
    >>> row.title
    'Zonda'
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            columns = ", ".join(self) or "none"
            raise AttributeError(f"the row has no column {name!r}; it has: {columns}") from None


def rows(columns: Sequence[str], values: Iterable[Sequence[Any]]) -> list[Row]:
    """The default :data:`RowMaker`."""
    return _rows_of(tuple(columns))(values) if columns else []


@functools.lru_cache(KEPT_MAKERS)
def _rows_of(columns: tuple[str, ...]) -> Callable[[Iterable[Sequence[Any]]], list[Row]]:
    """A function that is written for these columns: a third of the time of one that pairs them.

    It fills each row in place, since one that is made of a dictionary is filled twice.
    Names of columns become literals, whatever is in them.
    """
    names = [f"v{number}" for number in range(len(columns))]
    stores = [f"row[{column!r}] = {name}" for column, name in zip(columns, names, strict=True)]
    lines = ["row = Row()", *stores, "made.append(row)"]
    loop = "".join(f"\n        {line}" for line in lines)
    source = (
        f"def make(rows):\n    made = []\n    for {', '.join(names)}, in rows:{loop}\n"
        "    return made"
    )
    namespace: dict[str, Any] = {"Row": Row}
    exec(source, namespace)
    made: Callable[[Iterable[Sequence[Any]]], list[Row]] = namespace["make"]
    return made


def maker(kind: type[T]) -> RowMaker[T]:
    """A :data:`RowMaker` for a dataclass, a ``msgspec.Struct``, or a class with keyword arguments.

    A field is found by its name among the columns.  A ``msgspec.Struct`` converts and checks the
    values, and takes no notice of further columns; every other class gets the values as they are,
    and all of them.

    :raises InterfaceError: when *kind* is no class
    """
    if not isinstance(kind, type):
        raise InterfaceError(f"rows are made of a class, not of {kind!r}")
    if hasattr(kind, "__struct_fields__"):
        return _struct_maker(kind)
    return _class_maker(kind)


def _class_maker(kind: type[T]) -> RowMaker[T]:
    allowed: frozenset[str] | None = None
    required: frozenset[str] = frozenset()
    if dataclasses.is_dataclass(kind):
        fields = [field for field in dataclasses.fields(kind) if field.init]
        allowed = frozenset(field.name for field in fields)
        missing = dataclasses.MISSING
        required = frozenset(
            field.name
            for field in fields
            if field.default is missing and field.default_factory is missing
        )

    def make(columns: Sequence[str], values: Iterable[Sequence[Any]]) -> list[T]:
        names = frozenset(columns)
        if allowed is not None and columns and not required <= names <= allowed:
            raise ProgrammingError(_difference(kind, names, allowed, required))
        made = []
        for row in values:
            try:
                made.append(kind(**dict(zip(columns, row, strict=True))))
            except TypeError as error:
                raise ProgrammingError(f"cannot make {kind.__name__} of a row: {error}") from None
        return made

    return make


def _difference(
    kind: type[Any], names: frozenset[str], allowed: frozenset[str], required: frozenset[str]
) -> str:
    parts = []
    if names - allowed:
        parts.append(f"has no field for the columns {', '.join(sorted(names - allowed))}")
    if required - names:
        parts.append(f"needs the columns {', '.join(sorted(required - names))}")
    return f"{kind.__name__} {' and '.join(parts)}"


def _struct_maker(kind: type[T]) -> RowMaker[T]:
    import msgspec  # whoever has a Struct has it

    def make(columns: Sequence[str], values: Iterable[Sequence[Any]]) -> list[T]:
        try:
            return [
                msgspec.convert(dict(zip(columns, row, strict=True)), kind, strict=False)
                for row in values
            ]
        except msgspec.ValidationError as error:
            raise ProgrammingError(f"cannot make {kind.__name__} of a row: {error}") from None

    return make
