"""The chapter on Redis."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff

from examples.drivers import redis_hits
from tests.integration.drivers.conftest import OwnServer, SiteClient, own_server, serving, url_of


@pytest.fixture
def redis() -> Iterator[OwnServer]:
    options = ["--save", "", "--bind", "127.0.0.1"]
    with own_server("redis-server", lambda port: ["--port", str(port), *options]) as server:
        yield server


@pytest_asyncio.fixture
async def site(redis: OwnServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SiteClient]:
    # Many tries, since a server takes its time to start where the machine does other work too.
    retries = Retry(ExponentialBackoff(cap=0.05, base=0.01), retries=200)
    monkeypatch.setattr(redis_hits, "RETRIES", retries)
    async with serving(redis_hits.site(f"redis://127.0.0.1:{redis.port}/0")) as browser:
        yield browser


async def test_hits_of_the_server_that_everybody_shares() -> None:
    page = f"zonda_test_{uuid.uuid4().hex}"
    url = url_of("ZONDA_TEST_REDIS", redis_hits.URL)
    async with serving(redis_hits.site(url)) as site:
        assert await site.post(f"/hits/{page}") == {"page": page, "hits": 1}
        assert await site.post(f"/hits/{page}") == {"page": page, "hits": 2}
        assert await site.get(f"/hits/{page}") == {"page": page, "hits": 2}
    async with Redis.from_url(url) as client:
        await client.delete(f"hits:{page}")


async def test_report_is_made_once(site: SiteClient) -> None:
    for page in "abc":
        await site.post(f"/hits/{page}")
    report = await site.fetch("GET", "/report")
    assert report.body.startswith(b"3 pages were hit, counted at ")
    assert (await site.fetch("GET", "/report")).body == report.body


async def test_many_requests_share_few_connections(site: SiteClient) -> None:
    assert await site.statuses(60, "POST", "/hits/a") == [200] * 60
    assert await site.get("/hits/a") == {"page": "a", "hits": 60}
    client = site.application.settings["redis"]
    assert isinstance(client, Redis)
    assert len(await client.client_list()) <= redis_hits.CONNECTIONS


async def test_whoever_waits_too_long_for_a_connection_is_told(
    site: SiteClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = site.application.settings["redis"]
    assert isinstance(client, Redis)
    pool = client.connection_pool
    assert isinstance(pool, BlockingConnectionPool)
    monkeypatch.setattr(pool, "timeout", 0.05)
    held = [
        await pool.get_connection()  # type: ignore[no-untyped-call]  # it has no types
        for _ in range(redis_hits.CONNECTIONS)
    ]
    assert (await site.fetch("GET", "/hits/a")).code == 503
    for connection in held:
        await pool.release(connection)
    assert await site.get("/hits/a") == {"page": "a", "hits": 0}


async def test_restart_of_the_server(site: SiteClient, redis: OwnServer) -> None:
    assert await site.statuses(20, "POST", "/hits/a") == [200] * 20
    redis.kill()
    waiting = asyncio.ensure_future(site.fetch("POST", "/hits/a"))
    await redis.start_again()
    assert (await waiting).code == 200  # it was patient
    assert await site.statuses(20, "POST", "/hits/a") == [200] * 20


async def test_server_that_does_not_come_back(
    redis: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_hits, "RETRIES", Retry(NoBackoff(), retries=1))
    async with serving(redis_hits.site(f"redis://127.0.0.1:{redis.port}/0")) as site:
        redis.kill()
        assert (await site.fetch("GET", "/hits/a")).code == 503
        await redis.start_again()
        assert (await site.fetch("GET", "/hits/a")).code == 200
