"""Results that took long to find out, kept for a while by all processes together."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis


class Cache:
    """Values in Redis, as JSON; each goes away by itself."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    async def get(self, key: str, seconds: int, make: Callable[[], Awaitable[Any]]) -> Any:
        """The value under *key*; if there is none, that of *make*, kept for *seconds*."""
        kept = await self._redis.get(self._prefix + key)
        if kept is not None:
            return json.loads(kept)
        value = await make()
        await self._redis.set(self._prefix + key, json.dumps(value), ex=seconds)
        return value

    async def forget(self, key: str) -> None:
        """Find it out anew the next time."""
        await self._redis.delete(self._prefix + key)
