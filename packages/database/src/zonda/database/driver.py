"""What the rest of the package needs of a driver, and what all drivers do alike.

A driver's connection is used by one task at a time; the pool and the transactions see to it.  Every
operation goes through :meth:`DriverConnection.run`, the border where the driver's exceptions become
errors of this package, and where a statement that takes too long is stopped.
"""

from __future__ import annotations

import abc
import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from .errors import DatabaseError, InterfaceError, StatementTimeoutError
from .redaction import without_values
from .statement import Style

T = TypeVar("T")
Values = Sequence[object]
Table = tuple[Sequence[str], Sequence[Sequence[Any]]]

# Servers stop a late statement themselves.  Where no answer comes at all (the network is gone),
# the connection is given up this much later, in seconds.
GRACE = 5.0
# Rows that are fetched at a time by iter(): few enough to be nothing in memory.
BATCH = 500
#: Those of the SQL standard, which servers have.
ISOLATION_LEVELS = frozenset(
    {"read uncommitted", "read committed", "repeatable read", "serializable"}
)


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement did: the key of the inserted row, the number of rows."""

    lastrowid: Any
    rowcount: int


@dataclasses.dataclass(frozen=True)
class Limits:
    """Times in seconds; None is no limit."""

    connect: float
    statement: float | None


class DriverConnection(abc.ABC):
    """One connection to a database."""

    #: Whether nothing else can be asked while rows of a stream have not been fetched.
    exclusive_stream = False

    def __init__(self, patience: float | None) -> None:
        #: Seconds until a running operation is given up.
        self._patience = patience
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._expired = False
        #: Open transactions and savepoints.
        self.depth = 0
        self.streaming = False
        #: Set where several tasks may use the connection: then they take turns.
        self.lock: asyncio.Lock | None = None

    @property
    @abc.abstractmethod
    def raw(self) -> Any:
        """The driver's own connection object."""

    @property
    @abc.abstractmethod
    def usable(self) -> bool:
        """Whether another statement can be sent; False once it is closed or lost."""

    @property
    @abc.abstractmethod
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    @abc.abstractmethod
    async def fetch(self, text: str, values: Values) -> Table:
        """Run a statement; the names of the columns (none where there are no rows), all rows."""

    @abc.abstractmethod
    async def execute(self, text: str, values: Values) -> Outcome:
        """Run a statement; what it did."""

    @abc.abstractmethod
    async def execute_many(self, text: str, rows: list[Values], count: bool) -> Outcome:
        """Run a statement once for each row of values; *count* asks for the number of rows."""

    @abc.abstractmethod
    def stream(self, text: str, values: Values) -> AsyncGenerator[Table, None]:
        """Run a statement; its rows in batches, as they are needed."""

    @abc.abstractmethod
    async def ping(self) -> None:
        """Find out whether the connection works."""

    async def close(self) -> None:
        """Say good-bye and close."""
        self._stop_watching()
        await self._close()

    def terminate(self) -> None:
        """Close at once, whatever is going on."""
        self._stop_watching()
        self._terminate()

    @abc.abstractmethod
    async def _close(self) -> None:
        """What :meth:`close` does with the driver's connection."""

    @abc.abstractmethod
    def _terminate(self) -> None:
        """What :meth:`terminate` does with the driver's connection."""

    @abc.abstractmethod
    def expire(self) -> None:
        """Stop the running operation: it took too long."""

    @abc.abstractmethod
    def cancelled(self) -> None:
        """The task that waited for an operation was cancelled: stop the operation."""

    @abc.abstractmethod
    def translate(self, error: Exception) -> DatabaseError | None:
        """The error of this package for the driver's; None when it is none of the driver's."""

    async def run(
        self, operation: Coroutine[Any, Any, T], statement: str, values: Values = ()
    ) -> T:
        """Await an operation of this connection, with the limit of time and our errors.

        :raises DatabaseError: always without the driver's exception as its cause or context
        """
        if self.streaming and self.exclusive_stream:
            operation.close()
            raise InterfaceError(
                "iter() is not finished on this connection; read with query(), or on another one",
                statement=statement,
            )
        if self.lock is None:
            return await self._step(operation, statement, values)
        return await self.step(operation, statement, values)

    async def step(
        self, operation: Coroutine[Any, Any, T], statement: str, values: Values = ()
    ) -> T:
        """What :meth:`run` does, also while rows of a stream have not been fetched."""
        if self.lock is None:
            return await self._step(operation, statement, values)
        try:
            await self.lock.acquire()
        except BaseException:
            operation.close()
            raise
        try:
            return await self._step(operation, statement, values)
        finally:
            self.lock.release()

    async def _step(self, operation: Coroutine[Any, Any, T], statement: str, values: Values) -> T:
        if self._patience is not None:
            self._set_deadline(self._patience)
        try:
            return await operation
        except asyncio.CancelledError:
            self.cancelled()
            raise
        except DatabaseError as error:
            error.statement = statement
            raise
        except Exception as error:
            found = self._translated(error)
            if found is None:
                raise
        finally:
            self._deadline = None
        found.statement = statement
        found.message = without_values(found.message, values)
        raise found

    def _set_deadline(self, seconds: float) -> None:
        # One timer serves many operations: it is not made and cancelled for each of them, but looks
        # when it fires whether the deadline is a later one by now.
        loop = asyncio.get_running_loop()
        self._deadline = loop.time() + seconds
        if self._timer is None:
            self._timer = loop.call_at(self._deadline, self._look_at_deadline, loop)

    def _look_at_deadline(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if loop.time() < self._deadline:
            self._timer = loop.call_at(self._deadline, self._look_at_deadline, loop)
            return
        self._expired = True
        self.expire()

    def _stop_watching(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _translated(self, error: Exception) -> DatabaseError | None:
        found = self.translate(error)
        if self._expired and found is not None:
            self._expired = False
            return StatementTimeoutError("the statement took too long", code=found.code)
        return found


class Driver(abc.ABC):
    """Opens connections to one database."""

    style: Style
    #: How many connections make sense; None leaves it to the pool.
    most_connections: int | None = None

    @abc.abstractmethod
    async def connect(self) -> DriverConnection:
        """Open a connection.

        :raises OperationalError: when that is not possible
        """

    @abc.abstractmethod
    def begin(self, isolation: str | None, read_only: bool) -> Iterable[str]:
        """The statements that begin a transaction.

        :raises NotSupportedError: when the database has no such isolation level
        """


def missing(package: str, extra: str) -> InterfaceError:
    """The error for a driver that is not installed."""
    return InterfaceError(f"{package} is not installed; pip install 'zonda-database[{extra}]'")
