"""Several statements on one connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from .driver import Driver, DriverConnection
from .errors import InterfaceError
from .scope import atomic
from .verbs import Verbs


class Session(Verbs):
    """One connection, with the verbs of the database.

    ``async with db.transaction() as session`` gives one, and so does ``async with db.session()``,
    for what a connection remembers (temporary tables, settings).  It is of use inside the block
    only.  When several tasks use it, their statements take turns.
    """

    def __init__(self, driver: Driver, connection: DriverConnection) -> None:
        self._driver = driver
        self._connection: DriverConnection | None = connection
        connection.lock = asyncio.Lock()

    @property
    def raw(self) -> Any:
        """The driver's own connection, for what only it can do."""
        return self._held().raw

    @contextlib.asynccontextmanager
    async def transaction(
        self, *, isolation: str | None = None, read_only: bool = False
    ) -> AsyncIterator[Session]:
        """A transaction on this connection, or inside of a transaction a savepoint.

        See :meth:`Database.transaction`.
        """
        scope = atomic(self._held(), self._driver, isolation=isolation, read_only=read_only)
        async with scope:
            yield self

    def end(self) -> DriverConnection:
        """The connection, which does not belong to the session any more."""
        connection = self._held()
        self._connection = connection.lock = None
        return connection

    def _held(self) -> DriverConnection:
        if self._connection is None:
            raise InterfaceError("the session or transaction has ended")
        return self._connection

    async def _borrow(self) -> DriverConnection:
        return self._held()

    def _give_back(self, connection: DriverConnection) -> None:
        """It stays here until the end of the session."""
