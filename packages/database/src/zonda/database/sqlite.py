"""SQLite: embedded, each connection in a thread of its own.

A file is opened with a write-ahead log, so that readers and a writer do not wait for each other,
and with foreign keys checked.  SQLite has no type for dates: they are stored as ISO 8601 text, and
columns declared ``DATE``, ``DATETIME`` or ``TIMESTAMP`` come back as Python's.
"""

from __future__ import annotations

import asyncio
import functools
import sqlite3
import urllib.parse
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import TypeVar

from .driver import BATCH, Driver, DriverConnection, Limits, Outcome, Table, Values
from .errors import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    TransactionConflictError,
)
from .sqlite_values import adapted, register_converters
from .statement import Style
from .target import Target
from .worker import Worker

T = TypeVar("T")

# Seconds that a writer waits for another one to finish.
LOCK_TIMEOUT = 10.0
# Translated statements that SQLite keeps for each connection.
CACHED_STATEMENTS = 256


class SQLiteDriver(Driver):
    """Opens one file, or one database in memory."""

    style = Style.SQLITE

    def __init__(self, target: Target, limits: Limits) -> None:
        self._target = target
        self._limits = limits
        self._memory = not target.database
        if self._memory:
            self.most_connections = 1  # each connection would have a database of its own
        mode = target.options.get("mode", "rwc")
        path = urllib.parse.quote(target.database)
        self._uri = "file::memory:" if self._memory else f"file:{path}?mode={mode}"
        self._writable = mode != "ro"

    async def connect(self) -> SQLiteConnection:
        register_converters()
        worker = Worker(f"zonda-database {self._target}")
        opening = worker.run(self._open)
        try:
            await asyncio.wait([opening])  # a shield would log what fails when nobody waits
        except BaseException:
            opening.add_done_callback(functools.partial(_abandon, worker))
            raise
        try:
            return SQLiteConnection(opening.result(), worker, self._limits.statement)
        except sqlite3.Error as error:
            worker.stop()
            message = f"cannot open {self._target}: {error}"
        raise OperationalError(message)

    def _open(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=LOCK_TIMEOUT,
            isolation_level=None,
            detect_types=sqlite3.PARSE_DECLTYPES,
            cached_statements=CACHED_STATEMENTS,
            check_same_thread=False,  # for interrupt(), which is meant for another thread
        )
        try:
            raw.execute("PRAGMA foreign_keys = ON")
            if not self._memory and self._writable:
                raw.execute("PRAGMA journal_mode = WAL")
                raw.execute("PRAGMA synchronous = NORMAL")  # safe with a write-ahead log
        except BaseException:
            raw.close()
            raise
        return raw

    def begin(self, isolation: str | None, read_only: bool) -> Iterable[str]:
        if isolation not in (None, "serializable"):
            raise NotSupportedError(f"SQLite is always serializable, it has no {isolation!r}")
        # A transaction that starts reading cannot always become a writer, and is refused then;
        # one that is a writer from its start waits for its turn.
        yield "BEGIN DEFERRED" if read_only else "BEGIN IMMEDIATE"


def _abandon(worker: Worker, opening: asyncio.Future[sqlite3.Connection]) -> None:
    """Nobody waits for the connection any more: close it when it is open."""
    if opening.exception() is None:
        worker.run(opening.result().close)
    worker.stop()


class SQLiteConnection(DriverConnection):
    """A connection and its thread."""

    def __init__(self, raw: sqlite3.Connection, worker: Worker, patience: float | None) -> None:
        super().__init__(patience)
        self._raw = raw
        self._worker = worker
        self._open = True
        self._was_in_transaction = False  # before what the thread is doing

    @property
    def raw(self) -> sqlite3.Connection:
        return self._raw

    @property
    def usable(self) -> bool:
        return self._open

    @property
    def in_transaction(self) -> bool:
        if self._worker.busy:
            # SQLite would have us wait for the end of the statement, and its statement for us if it
            # calls a function in Python: `sqlite3` asks without letting go of the interpreter.
            return self._open and self._was_in_transaction
        return self._open and self._raw.in_transaction

    async def fetch(self, text: str, values: Values) -> Table:
        return await self._call(_fetch, self._raw, text, values)

    async def execute(self, text: str, values: Values) -> Outcome:
        return await self._call(_execute, self._raw, text, values)

    async def execute_many(self, text: str, rows: list[Values], count: bool) -> Outcome:
        return await self._call(_execute_many, self._raw, text, rows)

    async def stream(self, text: str, values: Values) -> AsyncGenerator[Table, None]:
        start = self._call(_start, self._raw, text, values)
        cursor, columns = await self.run(start, text, values)
        try:
            while rows := await self.run(self._call(cursor.fetchmany, BATCH), text, values):
                yield columns, rows
        finally:
            if self._open:
                self._worker.run(cursor.close)

    async def _call(self, function: Callable[..., T], *arguments: object) -> T:
        if not self._worker.busy:
            self._was_in_transaction = self._raw.in_transaction
        return await self._worker.run(function, *arguments)

    async def ping(self) -> None:
        """A file does not go away by itself."""

    async def _close(self) -> None:
        if self._open:
            self._open = False
            closed = self._worker.run(self._raw.close)
            self._worker.stop()
            await closed

    def _terminate(self) -> None:
        if self._open:
            self._open = False
            self._worker.interrupt(self._raw.interrupt)
            self._worker.run(self._raw.close)
            self._worker.stop()

    def expire(self) -> None:
        self._worker.interrupt(self._raw.interrupt)

    def cancelled(self) -> None:
        if self._open:
            # The thread goes on with the statement: stop it; what comes next waits for its end.
            self._worker.interrupt(self._raw.interrupt)
            if not self._was_in_transaction:  # one that waits for its lock may begin even so
                self._worker.run(_end_transaction, self._raw)

    def translate(self, error: Exception) -> DatabaseError | None:
        if not isinstance(error, (sqlite3.Error, sqlite3.Warning, OverflowError)):
            return None
        name: str | None = getattr(error, "sqlite_errorname", None)
        return _error_class(error, name or "")(str(error), code=name)


def _end_transaction(raw: sqlite3.Connection) -> None:
    if raw.in_transaction:
        raw.rollback()


def _fetch(raw: sqlite3.Connection, text: str, values: Values) -> Table:
    cursor, columns = _start(raw, text, values)
    return columns, cursor.fetchall()


def _start(
    raw: sqlite3.Connection, text: str, values: Values
) -> tuple[sqlite3.Cursor, tuple[str, ...]]:
    cursor = raw.execute(text, adapted(values))
    return cursor, tuple(column[0] for column in cursor.description or ())


def _execute(raw: sqlite3.Connection, text: str, values: Values) -> Outcome:
    cursor = raw.execute(text, adapted(values))
    if cursor.description is None:
        return Outcome(cursor.lastrowid, cursor.rowcount)
    rows = cursor.fetchall()
    return Outcome(rows[0][0] if rows else None, len(rows))


def _execute_many(raw: sqlite3.Connection, text: str, rows: list[Values]) -> Outcome:
    cursor = raw.executemany(text, map(adapted, rows))
    return Outcome(None, cursor.rowcount)


_CLASSES: dict[type[Exception], type[DatabaseError]] = {
    sqlite3.IntegrityError: IntegrityError,
    sqlite3.DataError: DataError,
    OverflowError: DataError,
    sqlite3.ProgrammingError: ProgrammingError,
    sqlite3.Warning: ProgrammingError,  # before Python 3.12: more than one statement
    sqlite3.NotSupportedError: NotSupportedError,
    sqlite3.InterfaceError: InterfaceError,
}
_PREFIXES: tuple[tuple[str, type[DatabaseError]], ...] = (
    ("SQLITE_BUSY", TransactionConflictError),
    ("SQLITE_LOCKED", TransactionConflictError),
    ("SQLITE_TOOBIG", DataError),
    ("SQLITE_MISMATCH", DataError),
    ("SQLITE_RANGE", ProgrammingError),
    ("SQLITE_AUTH", OperationalError),
)


def _error_class(error: Exception, name: str) -> type[DatabaseError]:
    for prefix, found in _PREFIXES:
        if name.startswith(prefix):
            return found
    if name == "SQLITE_ERROR":  # the general one: syntax, no such table, no such column
        return ProgrammingError
    if "type" in str(error) and "not supported" in str(error):  # a value that cannot be bound
        return DataError
    return _CLASSES.get(type(error), OperationalError)
