"""The chapter on PostgreSQL, with a database of its own behind a line that can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from examples.drivers import postgresql_orders
from tests.integration.drivers.conftest import SiteClient, own_database, serving, through
from tests.ioloop.cut_line import CutLine
from zonda.database import Database

SERVER = ("ZONDA_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with own_database(*SERVER, drop="DROP DATABASE {} WITH (FORCE)") as url:
        yield url


@pytest_asyncio.fixture
async def site(line: CutLine, url: str) -> AsyncIterator[SiteClient]:
    async with serving(postgresql_orders.site(through(line, url))) as browser:
        yield browser


async def new_article(site: SiteClient, stock: int) -> int:
    made = await site.post("/articles", {"name": "anemometer", "stock": stock})
    return int(made["id"])


async def test_order_takes_from_the_stock(site: SiteClient) -> None:
    article = await new_article(site, 5)
    order = {"key": f"{article}-1", "article": article, "count": 2}
    made = await site.post("/orders", order)
    assert made == {**order, "id": made["id"]}
    assert await site.post("/orders", order) == made  # in doubt, sent again
    csv = (await site.fetch("GET", "/orders.csv")).body.decode()
    assert csv.startswith("id,article,count\r\n")
    assert csv.count(f"{made['id']},{article},2\r\n") == 1


@pytest.mark.parametrize(
    "order",
    [
        {"key": "x", "article": 1},
        {"key": "x", "article": 1, "count": "1 OR 1=1"},
        {"key": "x", "article": True, "count": 1},
        ["key", "article", "count"],
    ],
)
async def test_order_has_a_form(site: SiteClient, order: object) -> None:
    assert (await site.fetch("POST", "/orders", order)).code == 400
    assert (await site.fetch_body("POST", "/orders", b"{")).code == 400


async def test_nothing_is_sold_twice(site: SiteClient) -> None:
    article = await new_article(site, 5)
    orders = [{"key": f"{article}-{n}", "article": article, "count": 1} for n in range(20)]
    codes = [(await each).code for each in [site.fetch("POST", "/orders", o) for o in orders]]
    assert sorted(codes) == [201] * 5 + [409] * 15


async def test_orders_at_the_same_time_are_tried_again(site: SiteClient) -> None:
    article = await new_article(site, 4)
    calls = [
        site.fetch("POST", "/orders", {"key": f"{article}-{n}", "article": article, "count": 1})
        for n in range(4)
    ]
    assert sorted([answer.code for answer in await asyncio.gather(*calls)]) == [201] * 4


async def test_negative_stock_and_count(site: SiteClient) -> None:
    wrong = {"name": "a", "stock": -1}
    assert (await site.fetch("POST", "/articles", wrong)).code == 400
    order = {"key": "negative", "article": await new_article(site, 5), "count": -1}
    assert (await site.fetch("POST", "/orders", order)).code == 409


async def test_long_list_is_streamed(site: SiteClient) -> None:
    article = await new_article(site, 0)
    db = site.application.settings["db"]
    assert isinstance(db, Database)
    await db.execute(
        "INSERT INTO orders (key, article, count) "
        "SELECT 'long-' || n, %s, n FROM generate_series(1, 1500) AS n",
        article,
    )
    lines = (await site.fetch("GET", "/orders.csv")).body.decode().splitlines()
    counts = [int(line.split(",")[2]) for line in lines if f",{article}," in line]
    assert counts == list(range(1, 1501))


async def test_exhausted_pool_is_503(site: SiteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    db = site.application.settings["db"]
    assert isinstance(db, Database)
    monkeypatch.setattr(db._pool, "_timeout", 0.05)
    monkeypatch.setattr(db._pool, "_size", 1)
    async with db.session():
        assert (await site.fetch("GET", "/orders.csv")).code == 503
    assert (await site.fetch("GET", "/orders.csv")).code == 200


async def test_restart_of_the_server(site: SiteClient, line: CutLine) -> None:
    article = await new_article(site, 5)
    db = site.application.settings["db"]
    assert isinstance(db, Database)
    line.silence()
    order = {"key": f"{article}-lost", "article": article, "count": 1}
    waiting = asyncio.ensure_future(site.fetch("POST", "/orders", order))
    while not db._pool._lent:
        await asyncio.sleep(0)
    line.refuse()
    line.cut()
    assert (await waiting).code == 503
    assert (await site.fetch("POST", "/orders", order)).code == 503
    await line.listen()
    assert (await site.fetch("POST", "/orders", order)).code == 201
    assert (await site.post("/orders", order))["count"] == 1
