"""The verbs: what can be asked of a database, of a transaction, and of one connection alike.

Parameters are given one by one for ``%s``, or by name for ``%(name)s``; they are always bound.
"""

from __future__ import annotations

import abc
import contextlib
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from .driver import Driver, DriverConnection, Outcome
from .errors import MultipleRowsError
from .row import Row, RowMaker, maker, rows
from .scope import atomic
from .statement import translate

T = TypeVar("T")
Parameters = Sequence[Any] | Mapping[str, Any]


class Reading(abc.ABC, Generic[T]):
    """The verbs that return rows, as objects of one kind."""

    _driver: Driver
    _make: RowMaker[T]

    @abc.abstractmethod
    async def _borrow(self) -> DriverConnection:
        """A connection for one operation."""

    @abc.abstractmethod
    def _give_back(self, connection: DriverConnection) -> None:
        """The end of what ``_borrow`` began."""

    async def query(self, query: str, /, *parameters: Any, **kwparameters: Any) -> list[T]:
        """All rows of a result.

        :raises DatabaseError: one of its subclasses
        """
        statement = translate(query, self._driver.style)
        values = statement.bind(parameters, kwparameters)
        connection = await self._borrow()
        try:
            operation = connection.fetch(statement.text, values)
            columns, found = await connection.run(operation, query, values)
        finally:
            self._give_back(connection)
        return self._make(columns, found)

    async def get(self, query: str, /, *parameters: Any, **kwparameters: Any) -> T | None:
        """The row of a result that has one; None where it has none.

        :raises MultipleRowsError: when it has more
        """
        found = await self.query(query, *parameters, **kwparameters)
        if len(found) > 1:
            raise MultipleRowsError(
                f"get() is for one row, the result has {len(found)}", statement=query
            )
        return found[0] if found else None

    async def iter(
        self, query: str, /, *parameters: Any, **kwparameters: Any
    ) -> AsyncGenerator[T, None]:
        """The rows of a result, one after another, however many there are.

        They are fetched from the server as they are used, some hundreds at a time.  Outside of a
        transaction a connection of the pool is in use until the end.  A loop that is left early
        gives it back when the iterator is collected; ``contextlib.aclosing`` does so at once.
        """
        if self._driver.most_connections == 1:
            # All of it is in memory already, and nothing else could be asked meanwhile.
            for row in await self.query(query, *parameters, **kwparameters):
                yield row
            return
        statement = translate(query, self._driver.style)
        values = statement.bind(parameters, kwparameters)
        connection = await self._borrow()
        try:
            async with contextlib.aclosing(connection.stream(statement.text, values)) as batches:
                async for columns, batch in batches:
                    for row in self._make(columns, batch):
                        yield row
        finally:
            self._give_back(connection)


class Into(Reading[T]):
    """What :meth:`Verbs.into` returns: the reading verbs, with rows of a class."""

    def __init__(self, verbs: Verbs, kind: type[T]) -> None:
        self._verbs = verbs
        self._driver = verbs._driver
        self._make = maker(kind)

    async def _borrow(self) -> DriverConnection:
        return await self._verbs._borrow()

    def _give_back(self, connection: DriverConnection) -> None:
        self._verbs._give_back(connection)


class Verbs(Reading[Row]):
    """The verbs that read, with a :class:`Row` for each row, and the verbs that write."""

    _make = staticmethod(rows)

    def into(self, kind: type[T]) -> Into[T]:
        """The reading verbs with rows of another class than :class:`Row`.

        ``await db.into(User).get("SELECT id, name FROM users WHERE id = %s", 1)`` is a ``User`` or
        None.  *kind* is a dataclass, a ``msgspec.Struct`` (which converts and checks the values),
        or any class that takes the columns as keyword arguments.
        """
        return Into(self, kind)

    async def execute(self, query: str, /, *parameters: Any, **kwparameters: Any) -> Any:
        """Run a statement; the key of the row that it inserted.

        That is the first column of what ``RETURNING`` returns; without it, the number that SQLite
        and MySQL made for the key, and None on PostgreSQL.

        :raises DatabaseError: one of its subclasses
        """
        return (await self._execute(query, parameters, kwparameters)).lastrowid

    async def execute_lastrowid(self, query: str, /, *parameters: Any, **kwparameters: Any) -> Any:
        """The same as :meth:`execute`."""
        return (await self._execute(query, parameters, kwparameters)).lastrowid

    async def execute_rowcount(self, query: str, /, *parameters: Any, **kwparameters: Any) -> int:
        """Run a statement; the number of rows that it touched (for a change) or returned."""
        return (await self._execute(query, parameters, kwparameters)).rowcount

    async def executemany(self, query: str, parameters: Iterable[Parameters], /) -> Any:
        """Run a statement for each set of parameters, all of them or, after an error, none.

        :param parameters: sequences for ``%s``, mappings for ``%(name)s``
        :return: what the driver tells of keys: on MySQL the first that it made, None elsewhere
        """
        return (await self._execute_many(query, parameters)).lastrowid

    async def executemany_lastrowid(self, query: str, parameters: Iterable[Parameters], /) -> Any:
        """The same as :meth:`executemany`."""
        return (await self._execute_many(query, parameters)).lastrowid

    async def executemany_rowcount(self, query: str, parameters: Iterable[Parameters], /) -> int:
        """Like :meth:`executemany`; the number of rows that were touched altogether."""
        return (await self._execute_many(query, parameters, count=True)).rowcount

    insert = execute_lastrowid
    update = delete = execute_rowcount
    insertmany = executemany_lastrowid
    updatemany = executemany_rowcount

    async def _execute(
        self, query: str, parameters: Sequence[Any], kwparameters: Mapping[str, Any]
    ) -> Outcome:
        statement = translate(query, self._driver.style)
        values = statement.bind(parameters, kwparameters)
        connection = await self._borrow()
        try:
            operation = connection.execute(statement.text, values)
            return await connection.run(operation, query, values)
        finally:
            self._give_back(connection)

    async def _execute_many(
        self, query: str, parameters: Iterable[Parameters], *, count: bool = False
    ) -> Outcome:
        statement = translate(query, self._driver.style)
        sets = [statement.bind_one(each) for each in parameters]
        if not sets:
            return Outcome(None, 0)
        connection = await self._borrow()
        try:
            async with atomic(connection, self._driver):
                operation = connection.execute_many(statement.text, sets, count)
                return await connection.run(operation, query, sets)
        finally:
            self._give_back(connection)
