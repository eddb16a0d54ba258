"""Sessions in Redis: what a site remembers of a browser, whichever process answers it.

The browser has nothing but a random number, in a signed cookie.  A session is a hash in Redis, of
which single fields are written: two requests at the same time do not undo each other's changes.
It ends a while after the last request, or when it is told to.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from redis.asyncio import Redis

#: Seconds after which a session that nobody uses is forgotten.
LIFETIME = 14 * 86400


class Session:
    """One browser's session; nothing is stored before something is set.

    :ivar number: what the browser's cookie says; None as long as it needs none.
    """

    def __init__(self, store: SessionStore, number: str | None, values: dict[str, Any]) -> None:
        self._store = store
        self.number = number
        self._values = values

    def get(self, name: str, default: Any = None) -> Any:
        """A value."""
        return self._values.get(name, default)

    async def set(self, **values: Any) -> None:
        """Set values, which can be anything that JSON knows."""
        if self.number is None:
            self.number = secrets.token_urlsafe(32)
        self._values.update(values)
        await self._store.write(self.number, values)

    async def renew(self) -> None:
        """Change the number, as is due when somebody logs in: who knew the old one is out."""
        values, former = self._values, self.number
        self.number = None
        if former is not None:
            await self._store.delete(former)
        if values:
            await self.set(**values)

    async def end(self) -> None:
        """Forget everything."""
        if self.number is not None:
            await self._store.delete(self.number)
        self.number = None
        self._values = {}


class SessionStore:
    """All sessions."""

    def __init__(self, redis: Redis, prefix: str, lifetime: int = LIFETIME) -> None:
        self._redis = redis
        self._prefix = prefix
        self._lifetime = lifetime

    async def load(self, number: str | None) -> Session:
        """The session with that number, or a new one."""
        if number is not None:
            key = self._key(number)
            async with self._redis.pipeline() as pipe:
                pipe.hgetall(key)
                pipe.expire(key, self._lifetime)
                fields, _ = await pipe.execute()
            if fields:
                values = {name.decode(): json.loads(value) for name, value in fields.items()}
                return Session(self, number, values)
        return Session(self, None, {})

    async def write(self, number: str, values: dict[str, Any]) -> None:
        """Write some fields of a session."""
        key = self._key(number)
        async with self._redis.pipeline() as pipe:
            pipe.hset(key, mapping={name: json.dumps(value) for name, value in values.items()})
            pipe.expire(key, self._lifetime)
            await pipe.execute()

    async def delete(self, number: str) -> None:
        """End a session."""
        await self._redis.delete(self._key(number))

    def _key(self, number: str) -> str:
        # Whoever can read Redis shall not be able to make cookies of what is there.
        return self._prefix + hashlib.sha256(number.encode()).hexdigest()
