"""The chapter on RabbitMQ through aio-pika, with a real broker behind a line that can be cut."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from examples.drivers import rabbitmq_aio_pika
from tests.integration.drivers.conftest import SiteClient, serving, through, url_of
from tests.ioloop.cut_line import CutLine


@pytest.fixture(autouse=True)
def quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq_aio_pika, "BETWEEN_TRIES", 0.02)


@pytest_asyncio.fixture
async def line() -> AsyncIterator[CutLine]:
    place = urlsplit(url_of("ZONDA_TEST_AMQP_URL", rabbitmq_aio_pika.URL))
    async with CutLine(place.hostname or "", place.port or 5672) as line:
        yield line


@pytest.fixture
def queue() -> str:
    return f"zonda-test-{uuid.uuid4().hex}"


@pytest_asyncio.fixture
async def site(line: CutLine, queue: str) -> AsyncIterator[SiteClient]:
    url = through(line, url_of("ZONDA_TEST_AMQP_URL", rabbitmq_aio_pika.URL))
    async with serving(rabbitmq_aio_pika.site(url, queue)) as browser:
        yield browser


async def test_square(site: SiteClient) -> None:
    assert await site.get("/squares/12") == {"square": 144, "process": os.getpid()}


async def test_many_at_once_wait_for_their_turn(
    site: SiteClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    squares = site.application.settings["squares"]
    assert isinstance(squares, rabbitmq_aio_pika.Squares)
    monkeypatch.setattr(squares, "_places", asyncio.Semaphore(3))
    answers = await asyncio.gather(*[site.get(f"/squares/{number}") for number in range(40)])
    assert [answer["square"] for answer in answers] == [number**2 for number in range(40)]
    assert squares._waiting == {}


async def test_nobody_answers(
    site: SiteClient, line: CutLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbitmq_aio_pika, "PATIENCE", 0.1)
    line.silence()
    assert await site.statuses(3, "GET", "/squares/2") == [503] * 3
    line.sound()
    monkeypatch.undo()
    assert (await site.until_answered("GET", "/squares/2")).code == 200


async def test_restart_of_the_broker(site: SiteClient, line: CutLine) -> None:
    assert (await site.get("/squares/3"))["square"] == 9
    line.refuse()
    line.cut()
    waiting = asyncio.ensure_future(site.fetch("GET", "/squares/4"))
    await line.listen()
    assert (await waiting).code in (200, 503)
    assert (await site.until_answered("GET", "/squares/4")).code == 200
    assert await site.statuses(10, "GET", "/squares/5") == [200] * 10
