"""MySQL and MariaDB, through asyncmy (the extra ``mysql``).

Values travel beside the statement, which the server prepares.  The driver's other way, to write
them into the text, is shut: how they have to be escaped depends on modes of the session that it may
not know of.  Rows that are read one by one come from a statement that is prepared in SQL, with the
values in variables of the session.
"""

from __future__ import annotations

import asyncio
import datetime
import decimal
import re
import ssl
import uuid
from collections.abc import AsyncGenerator, Iterable
from typing import Any

from .driver import (
    BATCH,
    GRACE,
    ISOLATION_LEVELS,
    Driver,
    DriverConnection,
    Limits,
    Outcome,
    Table,
    Values,
    missing,
)
from .errors import (
    ConnectionLostError,
    DatabaseError,
    DataError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from .mysql_errors import error_class, message_of
from .statement import Style
from .target import Target
from .values import adapt

# Statements that the server keeps prepared, for each connection.
PREPARED_STATEMENTS = 100

# UPDATE counts the rows that it found, as other databases do, not those that it changed.
_FOUND_ROWS = 2

# Text with two statements is a mistake or an attack, and nothing that a verb could return.
_SET_OPTION, _MULTI_STATEMENTS_OFF = 0x1B, b"\x01\x00"

_NATIVE = frozenset(
    {int, float, str, bytes, type(None), bool, bytearray, decimal.Decimal}
    | {datetime.datetime, datetime.date, datetime.time, datetime.timedelta}
)

# No byte of a longer character may look like a quote or a backslash.
_CHARSETS = frozenset({"utf8mb4", "utf8mb3", "utf8", "ascii", "latin1"})
_OPTIONS = {
    "time_zone": ("+0:00", re.compile(r"[A-Za-z0-9_/+:\-]{1,64}")),
    "sql_mode": ("TRADITIONAL", re.compile(r"[A-Za-z_,]{0,500}")),
}


def library() -> Any:
    """asyncmy, whose types are those of the compiler.

    :raises InterfaceError: when it is not installed
    """
    try:
        import asyncmy  # type: ignore[import-untyped,import-not-found,unused-ignore]  # see above
        import asyncmy.cursors  # type: ignore[import-untyped,import-not-found,unused-ignore]
        import asyncmy.errors  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise missing("asyncmy", "mysql") from None
    return asyncmy


class MySQLDriver(Driver):
    """Opens connections to one server."""

    style = Style.MYSQL

    def __init__(self, target: Target, limits: Limits, tls: ssl.SSLContext | None) -> None:
        self.library = library()
        self._target = target
        self._limits = limits
        self._tls = tls
        self._charset = target.options.get("charset", "utf8mb4")
        if self._charset not in _CHARSETS:
            raise InterfaceError(
                f"charset is one of {', '.join(sorted(_CHARSETS))}, not {self._charset!r}"
            )
        self._settings = {}
        for name, (default, allowed) in _OPTIONS.items():
            value = target.options.get(name, default)
            if not allowed.fullmatch(value):
                raise InterfaceError(f"{name} cannot be {value!r}")
            self._settings[name] = f"'{value}'"
        self._kills: set[asyncio.Task[None]] = set()

    async def connect(self) -> MySQLConnection:
        raw = await self._connect()
        patience = None if self._limits.statement is None else self._limits.statement + GRACE
        connection = MySQLConnection(raw, patience, self)
        settings = {**self._settings, **self.time_limit(raw)}
        text = "SET " + ", ".join(f"{name} = {value}" for name, value in settings.items())
        try:
            await connection.run(connection.set_up(text), text)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _connect(self) -> Any:
        target = self._target
        try:
            async with asyncio.timeout(self._limits.connect):
                return await self.library.connect(
                    host=target.host or "localhost",
                    port=target.port or 3306,
                    unix_socket=target.options.get("unix_socket"),
                    user=target.user or "root",
                    password=(target.password or "").encode(),
                    database=target.database or None,
                    charset=self._charset,
                    connect_timeout=max(1, self._limits.connect),
                    ssl=self._tls,
                    client_flag=_FOUND_ROWS,
                    autocommit=True,
                    stmt_cache_size=PREPARED_STATEMENTS,
                )
        except TimeoutError:
            message = f"cannot connect to {target}: no answer in {self._limits.connect:g} s"
        except (OSError, ValueError, self.library.errors.MySQLError) as error:
            message = f"cannot connect to {target}: {message_of(error)}"
        raise OperationalError(message)

    def time_limit(self, raw: Any, seconds: float | None = None) -> dict[str, str]:
        """The setting that has the server stop a late statement; 0 seconds for no limit."""
        seconds = self._limits.statement if seconds is None else seconds
        if seconds is None:
            return {}
        if "MariaDB" in raw.get_server_info():
            return {"max_statement_time": f"{seconds:f}"}
        return {"max_execution_time": str(round(seconds * 1000))}

    def begin(self, isolation: str | None, read_only: bool) -> Iterable[str]:
        if isolation is not None:
            if isolation not in ISOLATION_LEVELS:
                raise NotSupportedError(f"MySQL has no isolation level {isolation!r}")
            yield f"SET TRANSACTION ISOLATION LEVEL {isolation.upper()}"
        yield "START TRANSACTION READ ONLY" if read_only else "START TRANSACTION"

    def kill(self, thread: int) -> None:
        """Have the server end the connection *thread*: it does not see by itself that nobody waits
        for the running statement any more."""
        task = asyncio.get_running_loop().create_task(self._kill(thread))
        self._kills.add(task)
        task.add_done_callback(self._kills.discard)

    async def _kill(self, thread: int) -> None:
        try:
            raw = await self._connect()
        except DatabaseError:
            return  # the server is not there: then neither is the statement
        try:
            await raw.query(f"KILL {thread:d}")
        except (OSError, self.library.errors.MySQLError):
            pass  # it has ended meanwhile
        finally:
            raw.close()


class MySQLConnection(DriverConnection):
    """A connection of asyncmy."""

    exclusive_stream = True

    def __init__(self, raw: Any, patience: float | None, driver: MySQLDriver) -> None:
        super().__init__(patience)
        self._raw = raw
        self._driver = driver
        self._library = driver.library
        raw.literal = _refuse_literal

    @property
    def raw(self) -> Any:
        return self._raw

    @property
    def usable(self) -> bool:
        # There is no public name for "the server has closed it".
        return bool(self._raw.connected) and not self._raw._stream_broken

    @property
    def in_transaction(self) -> bool:
        return self.usable and bool(self._raw.get_transaction_status())

    async def set_up(self, settings: str) -> None:
        """Begin the session."""
        await self._raw.query(settings)
        await self._raw._execute_command(_SET_OPTION, _MULTI_STATEMENTS_OFF)
        await self._raw.read_packet()

    async def fetch(self, text: str, values: Values) -> Table:
        async with self._raw.cursor() as cursor:
            await self._execute(cursor, text, adapted(values))
            columns = tuple(column[0] for column in cursor.description or ())
            return columns, (await cursor.fetchall() if columns else ())

    async def execute(self, text: str, values: Values) -> Outcome:
        async with self._raw.cursor() as cursor:
            await self._execute(cursor, text, adapted(values))
            if cursor.description is None:
                return Outcome(cursor.lastrowid or None, cursor.rowcount)
            found = await cursor.fetchall()
            return Outcome(found[0][0] if found else None, len(found))

    async def execute_many(self, text: str, rows: list[Values], count: bool) -> Outcome:
        sets = [adapted(values) for values in rows]
        async with self._raw.cursor() as cursor:
            try:  # in one go, which MariaDB can where the values of a column have one type
                await cursor.executemany(text, sets)
            except _NotPrepared:
                total = first = 0
                for values in sets:
                    await self._execute(cursor, text, values)
                    first = first or cursor.lastrowid
                    total += cursor.rowcount
                return Outcome(first or None, total)
            return Outcome(cursor.lastrowid or None, cursor.rowcount)

    async def _execute(self, cursor: Any, text: str, values: tuple[object, ...]) -> None:
        try:
            await cursor.execute(text, values)
        except _NotPrepared:
            # The driver does not tell why: ask the server again, for its error.
            await (await self._raw.prepare(_with_question_marks(text, values))).close()
            raise ProgrammingError("the statement cannot have parameters") from None

    async def stream(self, text: str, values: Values) -> AsyncGenerator[Table, None]:
        cursor = self._raw.cursor(self._library.cursors.SSCursor)
        await self.run(self._start_stream(cursor, text, adapted(values)), text, values)
        columns = tuple(column[0] for column in cursor.description or ())
        finished = not columns
        self.streaming = not finished
        try:
            while not finished:
                self._read(True)
                found = await self.step(cursor.fetchmany(BATCH), text, values)
                self._read(False)
                finished = len(found) < BATCH
                if found:
                    yield columns, found
        finally:
            await self._end_stream(cursor, finished, len(values))

    async def _start_stream(self, cursor: Any, text: str, values: tuple[object, ...]) -> None:
        names = [f"@zonda_{number}" for number in range(len(values))]
        settings = [
            f"{key} = {value}" for key, value in self._driver.time_limit(self._raw, 0).items()
        ]
        settings += [f"{name} = %s" for name in ("@zonda_statement", *names)]
        async with self._raw.cursor() as setter:
            variables = (_with_question_marks(text, values), *values)
            await self._execute(setter, f"SET {', '.join(settings)}", variables)
        await self._raw.query("PREPARE zonda_statement FROM @zonda_statement")
        using = f" USING {', '.join(names)}" if names else ""
        await cursor.execute(f"EXECUTE zonda_statement{using}")

    def _read(self, on: bool) -> None:
        """Let data come in or not: the driver would take whatever the server sends."""
        transport = self._raw._transport
        if transport is not None and transport.is_reading() != on:
            (transport.resume_reading if on else transport.pause_reading)()

    async def _end_stream(self, cursor: Any, finished: bool, count: int) -> None:
        self._read(True)
        if not finished and self.usable:
            if self.lock is None:
                self.cancelled()  # a new connection is cheaper than reading the rest
            else:
                await self.step(cursor.close(), "the rest of iter()")
        self.streaming = False
        if self.usable:
            await self.run(self._forget_stream(count), "the end of iter()")

    async def _forget_stream(self, count: int) -> None:
        names = ["@zonda_statement", *(f"@zonda_{number}" for number in range(count))]
        limit = self._driver.time_limit(self._raw)
        settings = [f"{name} = NULL" for name in names]
        settings += [f"{name} = {value}" for name, value in limit.items()]
        await self._raw.query("DEALLOCATE PREPARE zonda_statement")
        await self._raw.query(f"SET {', '.join(settings)}")

    async def ping(self) -> None:
        await self._raw.ping(reconnect=False)

    async def _close(self) -> None:
        await self._raw.ensure_closed()

    def _terminate(self) -> None:
        self._raw.close()

    def expire(self) -> None:
        self.cancelled()

    def cancelled(self) -> None:
        self._raw.close()
        self._driver.kill(self._raw.thread_id())

    def translate(self, error: Exception) -> DatabaseError | None:
        if isinstance(error, self._library.errors.Error):
            number = error.args[0] if error.args and isinstance(error.args[0], int) else None
            found = error_class(number or 0, error)
            return found(message_of(error), code=None if number is None else str(number))
        if isinstance(error, (OSError, asyncio.IncompleteReadError)):
            return ConnectionLostError(f"the connection broke: {error}")
        if isinstance(error, (TypeError, ValueError, AttributeError, UnicodeError)):
            return DataError(f"a parameter cannot be sent to MySQL: {type(error).__name__}")
        return None


class _NotPrepared(Exception):
    """The driver was about to write values into the text of a statement."""


def _refuse_literal(value: object) -> str:
    raise _NotPrepared


def _with_question_marks(text: str, values: Values) -> str:
    """The statement as the server wants it; no value is looked at."""
    return text % (("?",) * len(values))


def adapted(values: Values) -> tuple[object, ...]:
    """*values* as asyncmy can send them.

    :raises DataError: for a type that it cannot
    """
    return tuple(adapt(values, _NATIVE, _convert))


def _convert(value: object) -> object:
    if isinstance(value, uuid.UUID):
        return str(value)
    return bytes(value) if isinstance(value, memoryview) else NotImplemented
