"""The chapter on MongoDB.

MongoDB itself is in no package registry.  ``ZONDA_TEST_MONGODB`` names a server to use; without it
the tests start nx-27017, which speaks MongoDB's wire protocol over SQLite, so that the client is
the real one and every byte goes through a socket.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import uuid
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from pymongo import AsyncMongoClient

from examples.drivers import mongodb_articles
from tests.integration.drivers.conftest import OwnServer, SiteClient, own_server, serving


@pytest.fixture(scope="module")
def mongodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    directory = tmp_path_factory.mktemp("mongodb")

    def arguments(port: int) -> list[str]:
        names = {"--data-dir": "data", "--log-file": "log", "--pid-file": "pid"}
        files = [part for name, file in names.items() for part in (name, str(directory / file))]
        return ["--port", str(port), *files]

    with own_server("nx-27017", arguments) as server:
        yield server


@pytest.fixture(scope="module")
def url(request: pytest.FixtureRequest) -> str:
    given = os.environ.get("ZONDA_TEST_MONGODB")
    if given is None:
        given = f"mongodb://127.0.0.1:{request.getfixturevalue('mongodb').port}"
    return f"{given.rstrip('/')}/zonda_test_{uuid.uuid4().hex}"


@pytest_asyncio.fixture
async def site(url: str) -> AsyncIterator[SiteClient]:
    async with serving(mongodb_articles.site(url)) as browser:
        yield browser
    async with AsyncMongoClient[dict[str, object]](url) as client:
        await client.drop_database(urlsplit(url).path.strip("/"))


async def test_article_is_found_again(site: SiteClient) -> None:
    made = await site.post("/articles", {"title": "Zonda"})
    assert made["title"] == "Zonda"
    assert await site.get(f"/articles/{made['id']}") == made
    assert (await site.fetch("POST", "/articles", {"title": "Zonda"})).code == 409


@pytest.mark.parametrize("title", [{"$ne": ""}, ["a"], None, "", 7])
async def test_title_is_a_text(site: SiteClient, title: object) -> None:
    assert (await site.fetch("POST", "/articles", {"title": title})).code == 400


@pytest.mark.parametrize("number", ["nonsense", "0" * 24])
async def test_article_that_is_not_there(site: SiteClient, number: str) -> None:
    assert (await site.fetch("GET", f"/articles/{number}")).code == 404


async def test_all_articles_are_streamed(site: SiteClient) -> None:
    collection = site.application.settings["articles"]
    titles = [f"n{number:04}" for number in range(450)]
    await collection.insert_many([{"title": title} for title in titles])  # type: ignore[attr-defined]  # it is a collection
    answer = await site.fetch("GET", "/articles")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line)["title"] for line in answer.body.splitlines()] == titles


async def test_many_requests_share_few_connections(site: SiteClient) -> None:
    made = await site.post("/articles", {"title": "Zonda"})
    assert await site.statuses(60, "GET", f"/articles/{made['id']}") == [200] * 60


async def test_whoever_waits_too_long_for_a_connection_is_told(
    mongodb: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongodb_articles, "CONNECTIONS", 1)
    monkeypatch.setattr(mongodb_articles, "WAITING", 50)
    async with serving(mongodb_articles.site(f"mongodb://127.0.0.1:{mongodb.port}/zonda")) as site:
        made = await site.post("/articles", {"title": "Zonda"})
        path = f"/articles/{made['id']}"
        mongodb.signal(signal.SIGSTOP)
        answers = [asyncio.ensure_future(site.fetch("GET", path)) for _ in range(2)]
        done, waiting = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
        assert [task.result().code for task in done] == [503]
        mongodb.signal(signal.SIGCONT)
        assert [(await task).code for task in waiting] == [200]
        assert await site.get(path) == made


@pytest.mark.deadline(60)
async def test_restart_of_the_server(mongodb: OwnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongodb_articles, "SEARCHING", 100)
    async with serving(
        mongodb_articles.site(f"mongodb://127.0.0.1:{mongodb.port}/restarted")
    ) as site:
        made = await site.post("/articles", {"title": "Zonda"})
        path = f"/articles/{made['id']}"
        mongodb.kill()
        assert (await site.fetch("GET", path)).code == 503
        await mongodb.start_again()
        assert (await site.until_answered("GET", path)).code == 200
        assert (await site.fetch("POST", "/articles", {"title": "Pampero"})).code == 201
