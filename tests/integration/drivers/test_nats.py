"""The chapter on NATS."""

from __future__ import annotations

import asyncio
import signal
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from examples.drivers import nats_chat
from tests.integration.drivers.conftest import OwnServer, SiteClient, own_server, serving, url_of
from zonda.httpclient import ResponseStream


@pytest.fixture
def nats() -> Iterator[OwnServer]:
    with own_server("nats-server", lambda port: ["-a", "127.0.0.1", "-p", str(port)]) as server:
        yield server


@pytest.fixture(autouse=True)
def quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nats_chat, "BETWEEN_TRIES", 0.02)


@pytest_asyncio.fixture
async def site(nats: OwnServer) -> AsyncIterator[SiteClient]:
    async with serving(nats_chat.site(f"nats://127.0.0.1:{nats.port}")) as browser:
        yield browser


class Listener:
    """Reads events one by one."""

    def __init__(self, stream: ResponseStream) -> None:
        self._pieces = aiter(stream)
        self._text = ""

    async def event(self) -> str:
        """The next event, without its frame."""
        while "\n\n" not in self._text:
            self._text += (await anext(self._pieces)).decode()
        event, _, self._text = self._text.partition("\n\n")
        return event.removeprefix("data: ").replace("\ndata: ", "\n")


async def say(site: SiteClient, text: str) -> int:
    """Say something; the status."""
    return (await site.fetch_body("POST", "/say", text.encode())).code


async def test_listeners_of_all_processes_hear_it() -> None:
    url = url_of("ZONDA_TEST_NATS", nats_chat.URL)
    subject = f"zonda.test.{uuid.uuid4().hex}"
    async with (
        serving(nats_chat.site(url, subject)) as one,
        serving(nats_chat.site(url, subject)) as other,
        one.stream("/events") as here,
        other.stream("/events") as there,
    ):
        listeners = [Listener(here), Listener(there)]
        assert here.headers["Content-Type"] == "text/event-stream"
        for text in ("hello", "two\nlines", "", "Zönda ☃"):
            assert await say(one, text) == 202
            assert [await listener.event() for listener in listeners] == [text, text]


async def test_too_much_at_once_is_refused(site: SiteClient) -> None:
    assert await say(site, "x" * (nats_chat.LONGEST + 1)) == 413


async def test_listener_that_goes_away_is_forgotten(site: SiteClient) -> None:
    room = site.application.settings["room"]
    assert isinstance(room, nats_chat.Room)
    for _ in range(3):
        async with site.stream("/events"):
            assert len(room._feeds) == 1
        while room._feeds:
            await asyncio.sleep(0)


async def test_slow_listener_is_sent_away_and_the_others_stay(site: SiteClient) -> None:
    room = site.application.settings["room"]
    assert isinstance(room, nats_chat.Room)
    slow, quick = nats_chat.Feed(2), nats_chat.Feed(100)
    with room.listening(slow), room.listening(quick):
        for number in range(5):
            assert await say(site, str(number)) == 202
        assert [await quick.get() for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
        assert room._feeds == {quick}
    assert [slow.get_nowait() for _ in range(2)] == [b"1", None]


async def test_restart_of_the_server(site: SiteClient, nats: OwnServer) -> None:
    async with site.stream("/events") as stream:
        listener = Listener(stream)
        assert await say(site, "before") == 202
        assert await listener.event() == "before"
        nats.kill()
        await nats.start_again()
        while await say(site, "after") == 503:
            await asyncio.sleep(0.01)
        assert await listener.event() == "after"


async def test_server_that_is_silent(
    site: SiteClient, nats: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_chat, "CONFIRMATION", 0.05)
    nats.signal(signal.SIGSTOP)
    while await say(site, "anybody?") != 503:
        await asyncio.sleep(0)
    nats.signal(signal.SIGCONT)
    while await say(site, "hello") == 503:
        await asyncio.sleep(0.01)
