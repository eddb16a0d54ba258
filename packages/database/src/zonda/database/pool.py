"""The pool: connections that are open and idle, and the tasks that wait for one.

Connections are opened when they are needed, up to the size.  The one that was used last is used
next, so that those which a quiet time does not need grow old and are closed when they are found.
Before it is lent, an idle connection is looked at: one that the server has closed is replaced, and
one that was idle for a while is asked whether it is alive.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import time

from .driver import Driver, DriverConnection
from .errors import DatabaseError, InterfaceError, PoolTimeoutError

# Seconds of idleness after which a firewall or a server may have dropped a connection silently.
PING_AFTER = 10.0


class Pool:
    """At most *size* connections of *driver*; the times are in seconds."""

    def __init__(self, driver: Driver, size: int, timeout: float, idle: float) -> None:
        self._driver = driver
        self._size = size
        self._timeout = timeout
        self._idle_limit = idle
        self._idle: list[tuple[DriverConnection, float]] = []
        self._waiting: collections.deque[asyncio.Future[DriverConnection | None]] = (
            collections.deque()
        )
        self._lent: set[DriverConnection] = set()
        self._open = 0  # those that are idle, lent, or being opened
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def acquire(self) -> DriverConnection:
        """Borrow a connection.

        :raises PoolTimeoutError: when none became free in time
        :raises OperationalError: when none could be opened
        :raises InterfaceError: when the pool is closed
        """
        if self._closed:
            raise InterfaceError("the database is closed")
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._use_in(loop)
        connection = await self._idle_one() if self._idle else None
        if connection is None:
            connection = await (self._connect() if self._open < self._size else self._wait())
        self._lent.add(connection)
        return connection

    def release(self, connection: DriverConnection) -> None:
        """Give a connection back; one that cannot be used any more is forgotten."""
        self._lent.discard(connection)
        if not connection.usable or connection.in_transaction or self._closed:
            connection.terminate()
            self._forget_one()
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._idle.append((connection, time.monotonic()))

    async def close(self) -> None:
        """Close idle connections now, and the others when they are given back."""
        self._closed = True
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(InterfaceError("the database is closed"))
        await self.drop_idle()

    async def drop_idle(self) -> None:
        """Close all idle connections; new ones are opened when they are needed."""
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            self._open -= 1
            with contextlib.suppress(DatabaseError, OSError):
                await connection.close()

    def _use_in(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._open:
            raise InterfaceError(
                "the database is in use in another event loop: close it there, "
                "or make one database for each loop"
            )
        self._loop = loop

    async def _idle_one(self) -> DriverConnection | None:
        while self._idle:
            connection, since = self._idle.pop()
            age = time.monotonic() - since
            if connection.usable and age < PING_AFTER:
                return connection
            try:
                if connection.usable and age < self._idle_limit:
                    await connection.run(connection.ping(), "ping")
                    return connection
            except DatabaseError:
                pass
            except BaseException:
                connection.terminate()
                self._forget_one()
                raise
            connection.terminate()
            self._forget_one()
        return None

    async def _connect(self) -> DriverConnection:
        self._open += 1
        try:
            return await self._driver.connect()
        except BaseException:
            self._forget_one()
            raise

    async def _wait(self) -> DriverConnection:
        waiter: asyncio.Future[DriverConnection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self._timeout):
                connection = await waiter
        except BaseException as error:
            # It may have been served in the very moment in which it gave up.
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._pass_on(waiter.result())
            if not isinstance(error, TimeoutError):
                raise
        else:
            # None: a connection was lost, and its place is free (and counted for this one).
            return connection if connection is not None else await self._connect_counted()
        raise PoolTimeoutError(f"all {self._size} connections were in use for {self._timeout:g} s")

    async def _connect_counted(self) -> DriverConnection:
        self._open -= 1
        return await self._connect()

    def _pass_on(self, connection: DriverConnection | None) -> None:
        if connection is None:
            self._forget_one()
        else:
            self.release(connection)

    def _forget_one(self) -> None:
        """A place is free: it goes to the task that waits longest."""
        while self._waiting and not self._closed:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)  # the place stays counted, for the waiter
                return
        self._open -= 1
