"""Memcached: pages that are made once in a while, and a cache whose absence nobody notices.

``python -m examples.drivers.memcached_pages``, then ``curl -i localhost:8888/pages/front``.

The client is emcache.  Its elder, aiomcache, takes the answer of a command that was cancelled for
the answer of the next one on that connection: with requests that are given up every day, visitors
would get each other's pages.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import emcache

from zonda.web import Application, RequestHandler

from .program import main

URL = "memcached://127.0.0.1:11211"

# Connections at most; who finds all of them in use waits as long as for an answer.
CONNECTIONS = 10
# Seconds that a cache may take: longer, and making the page is quicker.
PATIENCE = 0.25
# Seconds that a page is good for.
FRESH = 60
# Pages that are made at the same time.  When the cache is empty every request wants to make one,
# and what is behind the cache must not break down for it.
MAKERS = 4

log = logging.getLogger(__name__)


class Cache:
    """The pages of a site in Memcached; without Memcached, no pages."""

    def __init__(self, client: emcache.Client) -> None:
        self._client = client

    async def get(self, name: str) -> bytes | None:
        """The page, if it is there."""
        try:
            found = await self._client.get(_key(name))
        except (OSError, TimeoutError, emcache.ClusterNoAvailableNodes) as error:
            log.warning("no answer from Memcached: %r", error)
            return None
        return None if found is None else found.value

    async def set(self, name: str, page: bytes) -> None:
        """Keep the page for a while."""
        try:
            await self._client.set(_key(name), page, exptime=FRESH)
        except (OSError, TimeoutError, emcache.ClusterNoAvailableNodes) as error:
            log.warning("not kept in Memcached: %r", error)


def _key(name: str) -> bytes:
    """A key for any name: Memcached's own are short and have no spaces."""
    return b"page:" + hashlib.sha256(name.encode()).hexdigest().encode()


class Page(RequestHandler):
    """A page, from the cache or made anew."""

    async def get(self, name: str) -> None:
        cache, makers = self.settings["cache"], self.settings["makers"]
        assert isinstance(cache, Cache) and isinstance(makers, asyncio.Semaphore)
        page = await cache.get(name)
        self.set_header("X-Cache", "miss" if page is None else "hit")
        if page is None:
            async with makers:
                page = await make(name)
            await cache.set(name, page)
        self.write(page)


async def make(name: str) -> bytes:
    """The page, after much thought."""
    await asyncio.sleep(0.01)
    return f"This is {name}.".encode()


@contextlib.asynccontextmanager
async def site(url: str) -> AsyncIterator[Application]:
    """The site, with a client that is made in this process and closed after the last request."""
    place = urlsplit(url)
    address = emcache.MemcachedHostAddress(place.hostname or "127.0.0.1", place.port or 11211)
    client = await emcache.create_client(
        [address],
        timeout=PATIENCE,
        connection_timeout=PATIENCE,
        max_connections=CONNECTIONS,
    )
    try:
        yield Application(
            [(r"/pages/(.+)", Page)], cache=Cache(client), makers=asyncio.Semaphore(MAKERS)
        )
    finally:
        await client.close()


if __name__ == "__main__":
    main(site, URL)
