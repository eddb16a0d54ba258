"""The chapter on RabbitMQ through pika, with a real broker behind a line that can be cut."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator

import pika  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from examples.drivers import rabbitmq_pika
from tests.integration.drivers.conftest import SiteClient, serving, through, url_of
from tests.ioloop.cut_line import CutLine
from zonda.ioloop import pika as zonda_pika


@pytest.fixture(autouse=True)
def quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zonda_pika, "FIRST_DELAY", 0.02)
    monkeypatch.setattr(zonda_pika, "LONGEST_DELAY", 0.1)


@pytest.fixture
def url() -> str:
    return url_of("ZONDA_TEST_AMQP_URL", rabbitmq_pika.URL)


@pytest.fixture
def queue(url: str) -> str:
    return f"zonda-test-{uuid.uuid4().hex}"


@pytest_asyncio.fixture
async def site(line: CutLine, url: str, queue: str) -> AsyncIterator[SiteClient]:
    async with serving(rabbitmq_pika.site(through(line, url), queue)) as browser:
        yield browser
        jobs = browser.application.settings["jobs"]
        assert isinstance(jobs, rabbitmq_pika.Jobs)
        await until_connected(jobs)
        jobs._channel.queue_delete(queue)


async def until_connected(jobs: rabbitmq_pika.Jobs) -> None:
    while jobs._channel is None:
        await asyncio.sleep(0.005)


async def until_done(site: SiteClient, *jobs: str) -> Counter[str]:
    """All jobs that were done, when these have been."""
    while True:
        done = Counter((await site.get("/jobs"))["done"])
        if not set(jobs) - set(done):
            return done
        await asyncio.sleep(0.005)


async def add(site: SiteClient, job: str) -> int:
    """Add a job; the status."""
    return (await site.fetch_body("POST", "/jobs", job.encode())).code


async def test_job_is_done(site: SiteClient) -> None:
    assert await site.post("/jobs", "resize cat.png") == {"accepted": 16}
    assert await until_done(site, '"resize cat.png"') == {'"resize cat.png"': 1}


async def test_failed_job_does_not_come_back(
    site: SiteClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert [await add(site, job) for job in ("fail", "a")] == [202, 202]
    assert await until_done(site, "a") == {"a": 1}
    assert [record.message for record in caplog.records].count("A job failed") == 1


async def test_many_jobs_few_on_their_way(
    site: SiteClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = site.application.settings["jobs"]
    assert isinstance(jobs, rabbitmq_pika.Jobs)
    jobs._places = asyncio.Semaphore(3)
    names = [f"n{number}" for number in range(50)]
    assert await asyncio.gather(*[add(site, name) for name in names]) == [202] * 50
    assert await until_done(site, *names) == dict.fromkeys(names, 1)


async def test_broker_that_is_silent(
    site: SiteClient, line: CutLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = site.application.settings["jobs"]
    assert isinstance(jobs, rabbitmq_pika.Jobs)
    jobs._places = asyncio.Semaphore(1)
    monkeypatch.setattr(rabbitmq_pika, "CONFIRMATION", 0.05)
    line.silence()
    assert await asyncio.gather(*[add(site, "late") for _ in range(2)]) == [503, 503]
    line.sound()
    monkeypatch.undo()
    assert await add(site, "after") == 202
    await until_done(site, "late", "after")  # the first one did arrive, which nobody could know


async def test_restart_of_the_broker(site: SiteClient, line: CutLine) -> None:
    assert await add(site, "before") == 202
    await until_done(site, "before")
    line.refuse()
    line.cut()
    jobs = site.application.settings["jobs"]
    assert isinstance(jobs, rabbitmq_pika.Jobs)
    while jobs._channel is not None:
        await asyncio.sleep(0.005)
    assert await add(site, "meanwhile") == 503
    await line.listen()
    await until_connected(jobs)
    assert await add(site, "after") == 202
    assert set(await until_done(site, "after")) == {"before", "after"}


async def test_connection_lost_while_a_message_is_on_its_way(
    site: SiteClient, line: CutLine
) -> None:
    line.silence()
    adding = asyncio.ensure_future(add(site, "lost"))
    jobs = site.application.settings["jobs"]
    assert isinstance(jobs, rabbitmq_pika.Jobs)
    while not jobs._unconfirmed:
        await asyncio.sleep(0.005)
    line.cut()
    assert await adding == 503
    await until_connected(jobs)


async def test_job_of_a_process_that_ends_is_finished_first(url: str, queue: str) -> None:
    async with serving(rabbitmq_pika.site(url, queue)) as site:
        desk = site.application.settings["desk"]
        assert isinstance(desk, rabbitmq_pika.Desk)
        assert (
            await asyncio.gather(*[add(site, f"n{number}") for number in range(30)]) == [202] * 30
        )
    parameters = pika.URLParameters(url)
    left = await asyncio.to_thread(_count_and_delete, parameters, queue)
    assert len(desk.done) + left == 30
    assert len(set(desk.done)) == len(desk.done)


def _count_and_delete(parameters: object, queue: str) -> int:
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        count = channel.queue_declare(queue, passive=True).method.message_count
        channel.queue_delete(queue)
        return int(count)


async def test_broker_that_is_not_there(monkeypatch: pytest.MonkeyPatch, line: CutLine) -> None:
    monkeypatch.setattr(rabbitmq_pika, "CONFIRMATION", 0.05)
    line.refuse()
    with pytest.raises(TimeoutError):
        async with rabbitmq_pika.site(f"amqp://guest:guest@127.0.0.1:{line.port}/%2F"):
            pass
