"""The database as a program sees it: a pool of connections with verbs."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextvars import ContextVar
from types import TracebackType
from typing import Self

from .driver import Driver, DriverConnection, Limits
from .errors import InterfaceError
from .pool import Pool
from .session import Session
from .target import Kind, Target, from_arguments, parse
from .verbs import Verbs

# Connections at most: more than this many statements at once make one server slower, not faster.
POOL_SIZE = 10
# Seconds that a task waits for a connection: longer than a slow moment, shorter than a reader's
# patience.
POOL_TIMEOUT = 30.0
# Seconds until a server that does not answer is given up.
CONNECT_TIMEOUT = 10.0
# Seconds that a statement may take.  A web request has long been given up then.
STATEMENT_TIMEOUT = 60.0
# Seconds after which an idle connection is closed instead of used; servers close theirs in hours.
MAX_IDLE_TIME = 600.0


class Database(Verbs):
    """A database, given by its URL.

    ``sqlite:///relative.db``, ``sqlite:////absolute.db`` and ``sqlite://`` (in memory) need nothing
    else; ``mysql://user:password@host/name`` (MariaDB too) and ``postgresql://...`` need the extra
    of that name.  Connections are opened when they are needed.

    :param url: where the database is
    :param pool_size: connections at most; an SQLite database in memory has one
    :param pool_timeout: seconds that a task waits for a connection
    :param connect_timeout: seconds for opening one
    :param statement_timeout: seconds that a statement may take; None for no limit
    :param max_idle_time: seconds after which an idle connection is not used any more
    :param tls: the TLS settings for the connection to a server; True for the usual ones, which
        check the server's certificate.  None means what the driver does by itself: none to this
        machine and none to MySQL; to PostgreSQL on another machine TLS if the server offers it,
        with any certificate
    :raises InterfaceError: for a URL that cannot be read, or a driver that is not installed
    """

    def __init__(
        self,
        url: str | Target,
        *,
        pool_size: int = POOL_SIZE,
        pool_timeout: float = POOL_TIMEOUT,
        connect_timeout: float = CONNECT_TIMEOUT,
        statement_timeout: float | None = STATEMENT_TIMEOUT,
        max_idle_time: float = MAX_IDLE_TIME,
        tls: ssl.SSLContext | bool | None = None,
    ) -> None:
        if pool_size < 1:
            raise InterfaceError(f"a pool has at least one connection, not {pool_size}")
        self._target = parse(url) if isinstance(url, str) else url
        limits = Limits(connect_timeout, statement_timeout)
        self._driver = _driver(self._target, limits, tls)
        size = min(pool_size, self._driver.most_connections or pool_size)
        self._pool = Pool(self._driver, size, pool_timeout, max_idle_time)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._target}>"

    async def open(self) -> None:
        """Open the first connection, so that a wrong URL or a missing server shows at once.

        :raises OperationalError: when that is not possible
        """
        self._pool.release(await self._pool.acquire())

    async def close(self) -> None:
        """Close the connections: the idle ones now, each of the others when its task is done."""
        await self._pool.close()

    async def reconnect(self) -> None:
        """Close the idle connections; new ones are opened when they are needed."""
        await self._pool.drop_idle()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """One connection for several statements."""
        session = Session(self._driver, await self._pool.acquire())
        try:
            yield session
        finally:
            self._pool.release(session.end())

    @contextlib.asynccontextmanager
    async def transaction(
        self, *, isolation: str | None = None, read_only: bool = False
    ) -> AsyncIterator[Session]:
        """All statements inside the block happen; when an exception leaves it, none of them.

        The verbs of the database, called by the same task inside the block, are part of the
        transaction; other tasks are not, except through the session that the block gets.  Inside
        of a transaction this makes a savepoint.

        :param isolation: ``"read uncommitted"``, ``"read committed"``, ``"repeatable read"`` or
            ``"serializable"``; None for what the database does by itself
        :param read_only: whether writing is refused (on SQLite: whether other writers need not
            wait)
        :raises NotSupportedError: when the database has no such isolation
        """
        outer = self._current()
        if outer is not None:
            async with outer.transaction(isolation=isolation, read_only=read_only):
                yield outer
            return
        async with (
            self.session() as session,
            session.transaction(isolation=isolation, read_only=read_only),
        ):
            before = _transactions.get()
            _transactions.set((*before, (self, asyncio.current_task(), session)))
            try:
                yield session
            finally:
                _transactions.set(before)

    def _current(self) -> Session | None:
        """The session of the transaction that this task is in."""
        transactions = _transactions.get()
        if transactions:
            task = asyncio.current_task()
            for database, owner, session in reversed(transactions):
                if database is self and owner is task:
                    return session
        return None

    async def _borrow(self) -> DriverConnection:
        session = self._current()
        return await (self._pool.acquire() if session is None else session._borrow())

    def _give_back(self, connection: DriverConnection) -> None:
        if connection.lock is None:  # otherwise it is the session's
            self._pool.release(connection)


# The transactions around the running code, from the outermost to the innermost.  A new task gets a
# copy, which is why they hold their task.
_transactions: ContextVar[tuple[tuple[Database, asyncio.Task[object] | None, Session], ...]] = (
    ContextVar("zonda.database transactions", default=())
)


class Connection(Database):
    """A MySQL or MariaDB database, with the arguments of the original wrapper.

    In spite of its name it is a whole :class:`Database`: a pool, not one connection.

    :param host: ``host``, ``host:port``, or the path of a socket
    :param time_zone: the time zone of the sessions; UTC unless it is said
    :param sql_mode: MySQL's mode; the usual one refuses values that do not fit
    """

    def __init__(
        self,
        host: str,
        database: str,
        user: str | None = None,
        password: str | None = None,
        max_idle_time: float = MAX_IDLE_TIME,
        connect_timeout: float = CONNECT_TIMEOUT,
        time_zone: str = "+0:00",
        charset: str = "utf8mb4",
        sql_mode: str = "TRADITIONAL",
        *,
        pool_size: int = POOL_SIZE,
        pool_timeout: float = POOL_TIMEOUT,
        statement_timeout: float | None = STATEMENT_TIMEOUT,
        tls: ssl.SSLContext | bool | None = None,
    ) -> None:
        target = from_arguments(host, database, user, password)
        target.options.update(time_zone=time_zone, charset=charset, sql_mode=sql_mode)
        super().__init__(
            target,
            pool_size=pool_size,
            pool_timeout=pool_timeout,
            connect_timeout=connect_timeout,
            statement_timeout=statement_timeout,
            max_idle_time=max_idle_time,
            tls=tls,
        )


def _driver(target: Target, limits: Limits, tls: ssl.SSLContext | bool | None) -> Driver:
    if target.kind is Kind.SQLITE:
        from .sqlite import SQLiteDriver

        return SQLiteDriver(target, limits)
    context = ssl.create_default_context() if tls is True else tls or None
    if target.kind is Kind.MYSQL:
        from .mysql import MySQLDriver

        return MySQLDriver(target, limits, context)
    from .postgresql import PostgreSQLDriver

    return PostgreSQLDriver(target, limits, context)
