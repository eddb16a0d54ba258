"""The chapter on MySQL and MariaDB, with a database of its own behind a line that can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from examples.drivers import mysql_blog
from tests.integration.drivers.conftest import SiteClient, own_database, serving, through
from tests.ioloop.cut_line import CutLine
from zonda.database import Connection

SERVER = ("ZONDA_TEST_MYSQL", "mysql://root@127.0.0.1:3306/test")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with own_database(*SERVER, drop="DROP DATABASE {}") as url:
        yield url


@pytest_asyncio.fixture
async def site(line: CutLine, url: str) -> AsyncIterator[SiteClient]:
    async with serving(mysql_blog.site(through(line, url))) as browser:
        yield browser
        db = browser.application.settings["db"]
        assert isinstance(db, Connection)
        await db.execute("DELETE FROM entries")


def entry(slug: str, title: str = "A dry wind") -> dict[str, str]:
    return {"slug": slug, "title": title, "text": "It comes down. ☃"}


async def test_entry_is_found_again(site: SiteClient) -> None:
    made = await site.post("/", entry("zonda"))
    found = await site.get("/zonda")
    assert found == {**entry("zonda"), **made, "published": found["published"]}
    assert (await site.get("/"))["entries"] == [found]
    assert (await site.fetch("POST", "/", entry("zonda"))).code == 409
    assert (await site.fetch("POST", "/", entry("long", "x" * 201))).code == 400
    assert (await site.fetch("GET", "/pampero")).code == 404


async def test_front_page_has_the_last_ones(site: SiteClient) -> None:
    names = [f"n{number}" for number in range(8)]
    for name in names:
        await site.post("/", entry(name))
    shown = [each["slug"] for each in (await site.get("/"))["entries"]]
    assert shown == names[::-1][: mysql_blog.SHOWN]


async def test_injection_is_text(site: SiteClient) -> None:
    evil = "'; DROP TABLE entries; --"
    await site.post("/", {"slug": "evil", "title": evil, "text": "\\' OR 1=1 -- %s"})
    assert (await site.get("/evil"))["title"] == evil


async def test_many_requests_share_few_connections(site: SiteClient, line: CutLine) -> None:
    await site.post("/", entry("zonda"))
    assert await site.statuses(60, "GET", "/zonda") == [200] * 60
    assert line.connections <= mysql_blog.CONNECTIONS


async def test_exhausted_pool_is_503(site: SiteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    db = site.application.settings["db"]
    assert isinstance(db, Connection)
    monkeypatch.setattr(db._pool, "_timeout", 0.05)
    monkeypatch.setattr(db._pool, "_size", 1)
    async with db.session():
        assert (await site.fetch("GET", "/")).code == 503
    assert (await site.fetch("GET", "/")).code == 200


async def test_restart_of_the_server(site: SiteClient, line: CutLine) -> None:
    await site.post("/", entry("zonda"))
    db = site.application.settings["db"]
    assert isinstance(db, Connection)
    line.silence()
    waiting = asyncio.ensure_future(site.fetch("GET", "/zonda"))
    while not db._pool._lent:
        await asyncio.sleep(0)
    line.refuse()
    line.cut()
    assert (await waiting).code == 503
    assert (await site.fetch("GET", "/zonda")).code == 503
    await line.listen()
    assert (await site.get("/zonda"))["slug"] == "zonda"
