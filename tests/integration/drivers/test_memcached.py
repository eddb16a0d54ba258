"""The chapter on Memcached, with a server of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import pytest
import pytest_asyncio

pytest.importorskip("emcache", reason="emcache has no wheel for this Python")
import emcache.connection_pool

from examples.drivers import memcached_pages
from tests.integration.drivers.conftest import OwnServer, SiteClient, own_server, serving


@pytest.fixture
def memcached() -> Iterator[OwnServer]:
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    place = ["-U", "0", "-l", "127.0.0.1", "-p"]
    with own_server("memcached", lambda port: [*user, *place, str(port)]) as server:
        yield server


@pytest_asyncio.fixture
async def site(memcached: OwnServer) -> AsyncIterator[SiteClient]:
    async with serving(memcached_pages.site(f"memcached://127.0.0.1:{memcached.port}")) as browser:
        yield browser


async def cached(site: SiteClient, name: str) -> str:
    """What the site says about the cache; the page has to be right in any case."""
    answer = await site.fetch("GET", f"/pages/{quote(name)}")
    assert (answer.code, answer.body) == (200, f"This is {name}.".encode())
    return answer.headers["X-Cache"]


@pytest.mark.parametrize("name", ["front", "a" * 300, "no/key+of_memcached\N{SNOWMAN}"])
async def test_page_is_made_once(site: SiteClient, name: str) -> None:
    assert [await cached(site, name) for _ in range(3)] == ["miss", "hit", "hit"]


async def test_few_pages_are_made_at_a_time(
    site: SiteClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    making = most = 0

    async def make(name: str) -> bytes:
        nonlocal making, most
        making += 1
        most = max(most, making)
        await asyncio.sleep(0.001)
        making -= 1
        return b"made"

    monkeypatch.setattr(memcached_pages, "make", make)
    answers = await asyncio.gather(*[site.fetch("GET", f"/pages/{n}") for n in range(40)])
    assert [answer.code for answer in answers] == [200] * 40
    assert most == memcached_pages.MAKERS


async def test_cancelled_command_does_not_answer_the_next_one(memcached: OwnServer) -> None:
    # The connection that is given up may still complain of the answer that comes too late.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    address = emcache.MemcachedHostAddress("127.0.0.1", memcached.port)
    client = await emcache.create_client([address], max_connections=1)
    await client.set(b"mine", b"secret")
    await client.set(b"yours", b"public")
    for steps in range(4):
        task = asyncio.ensure_future(client.get(b"mine"))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        found = await client.get(b"yours")
        assert found is not None and found.value == b"public"
    await client.close()


async def test_without_the_server_pages_are_made(
    site: SiteClient, memcached: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Seconds between two tries to connect; they begin with one and grow.
    monkeypatch.setattr(emcache.connection_pool, "CREATE_CONNECTION_MAX_BACKOFF", 0.02)
    assert [await cached(site, "front") for _ in range(2)] == ["miss", "hit"]
    memcached.kill()
    assert await cached(site, "front") == "miss"
    await memcached.start_again()
    while await cached(site, "front") != "hit":
        await asyncio.sleep(0.01)
