"""Redis: a counter of hits, and a page that is made once in a while.

``python -m examples.drivers.redis_hits``, then ``curl localhost:8888/hits/front`` and
``curl localhost:8888/report``.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError, TimeoutError

from zonda.web import Application, RequestHandler

from .program import main, unavailable

URL = "redis://127.0.0.1:6379/0"

# A statement of Redis takes microseconds, so few connections serve many requests.
CONNECTIONS = 10
# Seconds that a request waits for one of them, and then for the answer.
WAITING = 2.0
# A server that restarts is back within a second or two; 10 tries take about three.
RETRIES = Retry(ExponentialBackoff(cap=0.5, base=0.01), retries=10)
# Seconds that a report is good for.
FRESH = 60


def connect(url: str) -> Redis:
    """A client whose pool makes callers wait, instead of opening one connection for each."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=WAITING,
        socket_timeout=WAITING,
        socket_connect_timeout=WAITING,
        health_check_interval=30,
        decode_responses=True,
        retry=RETRIES,
        driver_info=None,  # else it looks its own version up on the disk for each connection
    )
    return Redis.from_pool(pool)


class RedisHandler(RequestHandler):
    """A handler with the client of this process."""

    @property
    def redis(self) -> Redis:
        """The client."""
        client = self.settings["redis"]
        assert isinstance(client, Redis)
        return client


class Hits(RedisHandler):
    """Counts.

    A command that is sent again after its connection was lost may have been done already, so a
    count may be one too high.  What must not be done twice needs a key that makes it so.
    """

    async def post(self, page: str) -> None:
        with unavailable(ConnectionError, TimeoutError):
            self.write({"page": page, "hits": await self.redis.incr(f"hits:{page}")})

    async def get(self, page: str) -> None:
        with unavailable(ConnectionError, TimeoutError):
            self.write({"page": page, "hits": int(await self.redis.get(f"hits:{page}") or 0)})


class Report(RedisHandler):
    """A page that is expensive to make: it is kept for a while, for all processes together."""

    async def get(self) -> None:
        with unavailable(ConnectionError, TimeoutError):
            report = await self.redis.get("report")
            if report is None:
                report = await self.make()
                await self.redis.set("report", report, ex=FRESH)
        self.write(report)

    async def make(self) -> str:
        """The page, after much thought."""
        pages = 0
        async for _ in self.redis.scan_iter("hits:*"):  # KEYS would stop the server meanwhile
            pages += 1
            await asyncio.sleep(0)
        made = datetime.datetime.now(datetime.UTC).isoformat()
        return f"{pages} pages were hit, counted at {made}"


@contextlib.asynccontextmanager
async def site(url: str) -> AsyncIterator[Application]:
    """The site, and a pool that is opened before its first request and closed after its last."""
    async with connect(url) as redis:
        await redis.ping()  # a wrong address shows now
        yield Application([(r"/hits/(\w+)", Hits), (r"/report", Report)], redis=redis)


if __name__ == "__main__":
    main(site, URL)
