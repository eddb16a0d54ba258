"""2011's MySQL wrapper: a connection whose methods wait for the database.

Nothing else of the program runs meanwhile; `zonda.database` is the same with ``await``.
"""

from __future__ import annotations

import asyncio
import threading
import warnings
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from zonda.database import Connection as _Connection
from zonda.database import IntegrityError, OperationalError, Row

__all__ = ["Connection", "IntegrityError", "OperationalError", "Row"]

T = TypeVar("T")


class Connection:
    """A connection to MySQL; the arguments are those of `zonda.database.Connection`.

    >>> db = Connection("localhost", "blog", user="blog")  # doctest: +SKIP
    >>> for entry in db.query("SELECT * FROM entries"):  # doctest: +SKIP
    ...     print(entry.title)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            "tornado.database blocks the event loop: await zonda.database instead",
            DeprecationWarning,
            stacklevel=2,
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._db = _Connection(*args, **kwargs)

    def _wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def close(self) -> None:
        """Close the connection; it cannot be used again."""
        if self._thread.is_alive():
            self._wait(self._db.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def reconnect(self) -> None:
        """Close the connection; the next statement opens another."""
        self._wait(self._db.reconnect())

    def query(self, query: str, *parameters: Any, **kwparameters: Any) -> list[Row]:
        """The rows of a query."""
        return self._wait(self._db.query(query, *parameters, **kwparameters))

    def get(self, query: str, *parameters: Any, **kwparameters: Any) -> Row | None:
        """The one row of a query, or None.

        :raises MultipleRowsError: there is more than one.
        """
        return self._wait(self._db.get(query, *parameters, **kwparameters))

    def iter(self, query: str, *parameters: Any, **kwparameters: Any) -> Iterator[Row]:
        """The rows of a query, one after the other."""
        return iter(self.query(query, *parameters, **kwparameters))

    def execute(self, query: str, *parameters: Any, **kwparameters: Any) -> Any:
        """Run a statement; the result is the id of the row that it inserted."""
        return self._wait(self._db.execute(query, *parameters, **kwparameters))

    def execute_lastrowid(self, query: str, *parameters: Any, **kwparameters: Any) -> Any:
        """The same as `execute`."""
        return self._wait(self._db.execute_lastrowid(query, *parameters, **kwparameters))

    def execute_rowcount(self, query: str, *parameters: Any, **kwparameters: Any) -> int:
        """Run a statement; the result is how many rows it changed."""
        return self._wait(self._db.execute_rowcount(query, *parameters, **kwparameters))

    def executemany(self, query: str, parameters: Any) -> Any:
        """Run a statement for each of *parameters*."""
        return self._wait(self._db.executemany(query, parameters))

    def executemany_lastrowid(self, query: str, parameters: Any) -> Any:
        """The same as `executemany`."""
        return self._wait(self._db.executemany_lastrowid(query, parameters))

    def executemany_rowcount(self, query: str, parameters: Any) -> int:
        """Run a statement for each of *parameters*; the result is how many rows changed."""
        return self._wait(self._db.executemany_rowcount(query, parameters))

    insert = execute_lastrowid
    update = delete = execute_rowcount
    insertmany = executemany_lastrowid
    updatemany = executemany_rowcount
