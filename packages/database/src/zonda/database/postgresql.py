"""PostgreSQL, through asyncpg (the extra ``postgresql``)."""

from __future__ import annotations

import asyncio
import ssl
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
    InterfaceError,
    NotSupportedError,
    OperationalError,
)
from .postgresql_errors import error_class, message_of, wrong_value
from .statement import Style
from .target import Target

# Statements that the server keeps prepared for execute(), for each connection; asyncpg keeps as
# many for itself.
PREPARED_STATEMENTS = 100
# Seconds that saying good-bye may take.
CLOSE_TIMEOUT = 5.0


def library() -> Any:
    """asyncpg, which has no types of its own.

    :raises InterfaceError: when it is not installed
    """
    try:
        import asyncpg  # type: ignore[import-untyped,import-not-found,unused-ignore]  # see above
    except ImportError:
        raise missing("asyncpg", "postgresql") from None
    return asyncpg


class PostgreSQLDriver(Driver):
    """Opens connections to one server."""

    style = Style.POSTGRESQL

    def __init__(self, target: Target, limits: Limits, tls: ssl.SSLContext | None) -> None:
        self._library = library()
        self._target = target
        self._limits = limits
        # TLS protects nothing on the way from this machine to itself.
        usual: str | bool = False if _is_local(target) else "prefer"
        self._tls: ssl.SSLContext | str | bool = tls or usual
        cached = target.options.get("statement_cache_size", str(PREPARED_STATEMENTS))
        if not cached.isdecimal():
            raise InterfaceError(f"statement_cache_size is a number, not {cached!r}")
        self._cached = int(cached)

    async def connect(self) -> PostgreSQLConnection:
        asyncpg = self._library
        target = self._target
        settings = {"application_name": target.options.get("application_name", "zonda")}
        statement = self._limits.statement
        if statement is not None:
            settings["statement_timeout"] = str(max(1, round(statement * 1000)))
        try:
            raw = await asyncpg.connect(
                host=target.options.get("host") or target.host or "localhost",
                port=target.port or 5432,
                user=target.user,
                password=target.password or "",  # None would have it look for a file
                database=target.database or None,
                timeout=self._limits.connect,
                ssl=self._tls,
                statement_cache_size=self._cached,
                server_settings=settings,
            )
        except TimeoutError:
            message = f"cannot connect to {target}: no answer in {self._limits.connect:g} s"
        except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            message = f"cannot connect to {target}: {message_of(error)}"
        else:
            patience = None if statement is None else statement + GRACE
            return PostgreSQLConnection(asyncpg, raw, patience, self._cached)
        raise OperationalError(message)

    def begin(self, isolation: str | None, read_only: bool) -> Iterable[str]:
        text = "BEGIN"
        if isolation is not None:
            if isolation not in ISOLATION_LEVELS:
                raise NotSupportedError(f"PostgreSQL has no isolation level {isolation!r}")
            text += f" ISOLATION LEVEL {isolation.upper()}"
        yield f"{text} READ ONLY" if read_only else text


def _is_local(target: Target) -> bool:
    host = target.options.get("host") or target.host or "localhost"
    return host.startswith(("/", "127.")) or host in ("localhost", "::1")


class PostgreSQLConnection(DriverConnection):
    """A connection of asyncpg."""

    def __init__(self, asyncpg: Any, raw: Any, patience: float | None, prepared: int) -> None:
        super().__init__(patience)
        self._library = asyncpg
        self._raw = raw
        self._most_prepared = prepared
        self._prepared: dict[str, Any] = {}

    @property
    def raw(self) -> Any:
        return self._raw

    @property
    def usable(self) -> bool:
        return not self._raw.is_closed()

    @property
    def in_transaction(self) -> bool:
        return not self._raw.is_closed() and self._raw.is_in_transaction()

    async def fetch(self, text: str, values: Values) -> Table:
        found = await self._raw.fetch(text, *values)
        return (tuple(found[0].keys()) if found else ()), found

    async def execute(self, text: str, values: Values) -> Outcome:
        try:
            return await self._execute(text, values)
        except self._library.InvalidCachedStatementError:
            # The tables were altered since: prepare anew, which a transaction cannot do any more.
            self._prepared.clear()
            if self.in_transaction:
                raise
            return await self._execute(text, values)

    async def _execute(self, text: str, values: Values) -> Outcome:
        statement = await self._prepare(text, keep=bool(values))
        found = await statement.fetch(*values)
        count = _row_count(statement.get_statusmsg())
        return Outcome(found[0][0] if found else None, count)

    async def _prepare(self, text: str, *, keep: bool) -> Any:
        statement = self._prepared.pop(text, None)
        if statement is None:
            statement = await self._raw.prepare(text)
        if keep and self._most_prepared:
            self._prepared[text] = statement  # the last one used is the last one forgotten
            if len(self._prepared) > self._most_prepared:
                del self._prepared[next(iter(self._prepared))]
        return statement

    async def execute_many(self, text: str, rows: list[Values], count: bool) -> Outcome:
        if not count:
            await self._raw.executemany(text, rows)
            return Outcome(None, -1)
        total = 0
        for values in rows:
            total += (await self._execute(text, values)).rowcount
        return Outcome(None, total)

    async def stream(self, text: str, values: Values) -> AsyncGenerator[Table, None]:
        own = not self.in_transaction  # a cursor needs a transaction
        if own:
            await self.run(self._raw.execute("BEGIN"), "BEGIN")
        try:
            cursor = await self.run(self._open_cursor(text, values), text, values)
            while found := await self.run(cursor.fetch(BATCH), text, values):
                yield tuple(found[0].keys()), found
        finally:
            if own and self.usable:
                await self.run(self._raw.execute("COMMIT"), "COMMIT")

    async def _open_cursor(self, text: str, values: Values) -> Any:
        return await self._raw.cursor(text, *values)

    async def ping(self) -> None:
        await self._raw.fetchval("SELECT 1")

    async def _close(self) -> None:
        await self._raw.close(timeout=CLOSE_TIMEOUT)

    def _terminate(self) -> None:
        self._raw.terminate()

    def expire(self) -> None:
        self._raw.terminate()

    def cancelled(self) -> None:
        """asyncpg tells the server, and what comes next waits until that has happened."""

    def translate(self, error: Exception) -> DatabaseError | None:
        asyncpg = self._library
        if isinstance(error, asyncpg.PostgresError):
            if (wrong := wrong_value(error)) is not None:
                return wrong
            code = error.sqlstate
            return error_class(code or "")(message_of(error), code=code)
        if isinstance(error, asyncpg.InterfaceError):
            if self._raw.is_closed():
                return ConnectionLostError(message_of(error))
            return InterfaceError(message_of(error))
        if isinstance(error, asyncpg.InternalClientError):
            # The server's farewell came in the middle of an operation.
            self._raw.terminate()
            return ConnectionLostError(f"the connection broke: {error}")
        if isinstance(error, (OSError, asyncio.IncompleteReadError)):
            return ConnectionLostError(f"the connection broke: {error}")
        return None


def _row_count(status: str | None) -> int:
    """The number at the end of ``INSERT 0 1`` or ``UPDATE 3``; none in ``CREATE TABLE``."""
    number = (status or "").rpartition(" ")[2]
    return int(number) if number.isdecimal() else -1
