"""Begin, commit, roll back: on one connection, to any depth.

The outermost scope is a transaction, those inside it are savepoints.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from .driver import Driver, DriverConnection
from .errors import DatabaseError, InterfaceError


@contextlib.asynccontextmanager
async def atomic(
    connection: DriverConnection,
    driver: Driver,
    *,
    isolation: str | None = None,
    read_only: bool = False,
) -> AsyncIterator[None]:
    """All that is done inside happens, or, when an exception leaves it, nothing of it."""
    if connection.depth:
        if isolation is not None or read_only:
            raise InterfaceError("only the outermost transaction has an isolation or is read-only")
        begin = [f"SAVEPOINT zonda_{connection.depth}"]
        commit = [f"RELEASE SAVEPOINT zonda_{connection.depth}"]
        rollback = [f"ROLLBACK TO SAVEPOINT zonda_{connection.depth}", *commit]
    else:
        begin, commit, rollback = list(driver.begin(isolation, read_only)), ["COMMIT"], ["ROLLBACK"]
    await _run_all(connection, begin)
    connection.depth += 1
    try:
        yield
    except BaseException:
        connection.depth -= 1
        await _roll_back(connection, rollback)
        raise
    connection.depth -= 1
    try:
        await _run_all(connection, commit)
    except BaseException:
        await _roll_back(connection, rollback)
        raise


async def _run_all(connection: DriverConnection, statements: list[str]) -> None:
    for text in statements:
        await connection.run(connection.execute(text, ()), text)


async def _roll_back(connection: DriverConnection, statements: list[str]) -> None:
    """Undo, whatever it takes: the connection's end does it too."""
    if not connection.usable or not connection.in_transaction:
        return
    try:
        await _run_all(connection, statements)
    except DatabaseError:
        connection.terminate()
    except BaseException:
        connection.terminate()
        raise
