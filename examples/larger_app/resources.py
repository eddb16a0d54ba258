"""What all requests share: the database, Redis, and the two things made of it."""

from __future__ import annotations

from redis import DriverInfo
from redis import __version__ as VERSION
from redis.asyncio import Redis

from zonda.database import Database

from .cache import Cache
from .sessions import SessionStore

SCHEMA = [
    "CREATE TABLE IF NOT EXISTS members (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE IF NOT EXISTS notes (
        id INTEGER PRIMARY KEY, member INTEGER NOT NULL REFERENCES members, text TEXT NOT NULL)""",
]


class Resources:
    """Opened once for a process, before the first request, and closed after the last.

    :ivar db: the database.
    :ivar sessions: what is known of browsers, in Redis.
    :ivar cache: what took long to find out, in Redis.
    """

    def __init__(self, database: str, redis: str, prefix: str = "larger_app:") -> None:
        self.db = Database(database)
        # Without the version redis-py would look for it on the disk with each new connection.
        driver = DriverInfo(lib_version=VERSION)
        self.redis: Redis = Redis.from_url(redis, socket_timeout=5, driver_info=driver)
        self.sessions = SessionStore(self.redis, prefix + "session:")
        self.cache = Cache(self.redis, prefix + "cache:")

    async def __aenter__(self) -> Resources:
        for statement in SCHEMA:
            await self.db.execute(statement)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.db.close()
        await self.redis.aclose()
