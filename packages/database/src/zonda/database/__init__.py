"""SQL, asynchronously, with few words: SQLite, MySQL, MariaDB and PostgreSQL.

>>> import asyncio
>>> from zonda.database import Database
>>> async def main() -> None:
...     async with Database("sqlite://") as db:
...         await db.execute("CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT)")
...         key = await db.insert("INSERT INTO articles (title) VALUES (%s)", "Zonda")
...         article = await db.get("SELECT * FROM articles WHERE id = %s", key)
...         print(article.title)
>>> asyncio.run(main())
Zonda
"""

from .client import Connection, Database
from .errors import (
    ConnectionLostError,
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    MultipleRowsError,
    NotSupportedError,
    OperationalError,
    PoolTimeoutError,
    ProgrammingError,
    StatementTimeoutError,
    TransactionConflictError,
)
from .handler_mixin import DatabaseMixin
from .row import Row
from .session import Session
from .verbs import Into

__all__ = [
    "Connection",
    "ConnectionLostError",
    "DataError",
    "Database",
    "DatabaseError",
    "DatabaseMixin",
    "IntegrityError",
    "InterfaceError",
    "Into",
    "MultipleRowsError",
    "NotSupportedError",
    "OperationalError",
    "PoolTimeoutError",
    "ProgrammingError",
    "Row",
    "Session",
    "StatementTimeoutError",
    "TransactionConflictError",
]
