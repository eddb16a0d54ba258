"""PostgreSQL: orders that are never sold twice, and a list of any length.

``createdb zonda_orders``, ``python -m examples.drivers.postgresql_orders``, then::

    curl -d '{"name": "anemometer", "stock": 5}' localhost:8888/articles
    curl -d '{"key": "a-1", "article": 1, "count": 2}' localhost:8888/orders
    curl localhost:8888/orders.csv
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from zonda.database import (
    Database,
    DatabaseMixin,
    IntegrityError,
    OperationalError,
    Row,
    TransactionConflictError,
)
from zonda.escape import json_decode
from zonda.web import Application, HTTPError, RequestHandler

from .program import main, unavailable

URL = "postgresql://postgres@127.0.0.1:5432/zonda_orders"

# Connections of one process.  All processes of a site together have to stay below the server's
# max_connections, which is 100 unless somebody has changed it.
CONNECTIONS = 10
# Seconds that a request waits for one of them.
WAITING = 2.0
# A statement that takes longer is stopped: a page that nobody waits for any more.
STATEMENT = 10.0
# A transaction that met another one is tried so often.
TRIES = 5
# Lines that are written before the reader has to have taken them.
LINES = 200

SCHEMA = [
    """CREATE TABLE IF NOT EXISTS articles (
        id SERIAL PRIMARY KEY, name TEXT NOT NULL, stock INTEGER NOT NULL CHECK (stock >= 0))""",
    """CREATE TABLE IF NOT EXISTS orders (
        id SERIAL PRIMARY KEY, key TEXT NOT NULL UNIQUE, article INTEGER NOT NULL REFERENCES
        articles, count INTEGER NOT NULL CHECK (count > 0))""",
]

T = TypeVar("T")


async def tried_again(work: Callable[[], Awaitable[T]]) -> T:
    """Do *work*, a whole transaction, again where another transaction was in its way.

    A deadlock or a conflict undoes one of the two, and says so: nothing of it has happened, and
    next time it will probably be alone.
    """
    for _ in range(TRIES - 1):
        try:
            return await work()
        except TransactionConflictError:
            continue
    return await work()


class Articles(RequestHandler, DatabaseMixin):
    """New articles."""

    async def post(self) -> None:
        article = body(self, name=str, stock=int)
        with unavailable(OperationalError):
            try:
                key = await self.db.insert(
                    "INSERT INTO articles (name, stock) VALUES (%(name)s, %(stock)s) RETURNING id",
                    **article,
                )
            except IntegrityError:
                raise HTTPError(400, "the stock cannot be negative") from None
        self.set_status(201)
        self.write({"id": key, **article})


class Orders(RequestHandler, DatabaseMixin):
    """New orders.

    A connection that is lost while a transaction is committed leaves its client in doubt, and no
    server can spare it that.  So the client gives each order a key of its own, and sends it again
    when in doubt: a key that is there already is answered with its order.
    """

    async def post(self) -> None:
        order = body(self, key=str, article=int, count=int)
        with unavailable(OperationalError):
            made = await tried_again(lambda: self.sell(order))
        self.set_status(201)
        self.write(made)

    async def sell(self, order: dict[str, Any]) -> Row:
        """Take it from the stock, and make the order: both or neither."""
        async with self.db.transaction(isolation="serializable"):
            known = await self.db.get(
                "SELECT id, key, article, count FROM orders WHERE key = %(key)s", key=order["key"]
            )
            if known is not None:
                return known
            sold = await self.db.update(
                "UPDATE articles SET stock = stock - %(count)s "
                "WHERE id = %(article)s AND stock >= %(count)s AND %(count)s > 0",
                article=order["article"],
                count=order["count"],
            )
            if not sold:
                raise HTTPError(409, "there are not so many")
            key = await self.db.insert(
                "INSERT INTO orders (key, article, count) "
                "VALUES (%(key)s, %(article)s, %(count)s) RETURNING id",
                **order,
            )
        return Row(id=key, **order)


class OrderList(RequestHandler, DatabaseMixin):
    """All orders: neither the rows nor the answer are ever in memory as a whole.

    ``iter`` fetches some hundred rows at a time, and ``flush`` waits until the reader has taken
    what was written.  A reader that is slow occupies a connection meanwhile, which is why the
    pool has more than one.
    """

    async def get(self) -> None:
        self.set_header("Content-Type", "text/csv; charset=UTF-8")
        self.write("id,article,count\r\n")
        with unavailable(OperationalError):
            rows = self.db.iter("SELECT id, article, count FROM orders ORDER BY id")
            async with contextlib.aclosing(rows):
                number = 0
                async for row in rows:
                    self.write(f"{row.id},{row.article},{row.count}\r\n")
                    number += 1
                    if number % LINES == 0:
                        await self.flush()


def body(handler: RequestHandler, **fields: type) -> dict[str, Any]:
    """The fields of a JSON body, each of its type."""
    try:
        given = json_decode(handler.request.body)
    except ValueError:
        raise HTTPError(400, "the body is no JSON") from None
    if not isinstance(given, dict) or given.keys() != fields.keys():
        raise HTTPError(400, f"the body has to have {', '.join(fields)}")
    for name, kind in fields.items():
        if type(given[name]) is not kind:
            raise HTTPError(400, f"{name} has to be of type {kind.__name__}")
    return given


@contextlib.asynccontextmanager
async def site(url: str) -> AsyncIterator[Application]:
    """The site, with a pool that is this process's own."""
    async with Database(
        url, pool_size=CONNECTIONS, pool_timeout=WAITING, statement_timeout=STATEMENT
    ) as db:
        async with db.transaction():
            # Of several processes that begin at the same time one makes the tables.
            await db.query("SELECT pg_advisory_xact_lock(20261129)")
            for statement in SCHEMA:
                await db.execute(statement)
        yield Application(
            [("/articles", Articles), ("/orders", Orders), (r"/orders\.csv", OrderList)], db=db
        )


if __name__ == "__main__":
    main(site, URL)
