"""Server-sent events, as an EventSource reads them."""

from __future__ import annotations

import asyncio

import pytest

from tests.web.site import site
from zonda.web import EventStream, RequestHandler, format_event

ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (format_event("a"), "data: a\n\n"),
        (format_event(""), "data: \n\n"),
        (format_event("a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (format_event({"a": 1}), 'data: {"a": 1}\n\n'),
        (format_event("a", event="x", id=7), "event: x\nid: 7\ndata: a\n\n"),
        (format_event(id=""), "id: \n\n"),
        (format_event(retry=1.5), "retry: 1500\n\n"),
    ],
)
def test_how_events_are_written(event: str, text: str) -> None:
    assert event == text


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\0"])
def test_what_would_make_two_fields_of_one(bad: str) -> None:
    with pytest.raises(ValueError, match="the event of an event has no line ends"):
        format_event(event=bad)
    with pytest.raises(ValueError, match="the id of an event has no line ends"):
        format_event(id=bad)


async def test_events_reach_the_client_one_by_one() -> None:
    class News(RequestHandler):
        async def get(self) -> None:
            async with self.event_stream(retry=3) as events:
                assert events.is_open
                await events.send(f"after {events.last_event_id}", id=6)
                await proceed.wait()
                await events.send({"n": 7}, event="news", id=7)
                await events.comment("two\nlines")

    proceed = asyncio.Event()
    async with site([("/", News)]) as web:
        client = await web.connect()
        client.send(b"GET / HTTP/1.0\r\nHost: x\r\nLast-Event-ID: 5\r\n\r\n")
        code, headers = await client.read_head()
        assert (code, headers["Content-Type"]) == (200, "text/event-stream")
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Accel-Buffering"] == "no"
        assert await client.reader.readuntil(b"\n\n") == b"retry: 3000\n\n"
        assert await client.reader.readuntil(b"\n\n") == b"id: 6\ndata: after 5\n\n"
        proceed.set()
        rest = await client.reader.read()
        assert rest == b'event: news\nid: 7\ndata: {"n": 7}\n\n: two\n: lines\n\n'
        client.writer.close()


async def test_silence_is_filled_with_comments() -> None:
    class Silent(RequestHandler):
        async def get(self) -> None:
            async with self.event_stream(keep_alive=0.01):
                await asyncio.Event().wait()

    async with site([("/", Silent)]) as web:
        client = await web.connect()
        client.send(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")
        await client.read_head()
        assert await client.reader.readexactly(8) == b": \n\n: \n\n"
        client.writer.close()


async def test_the_block_ends_when_the_client_goes_away() -> None:
    ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    finished = asyncio.Event()

    class Waiting(RequestHandler):
        async def get(self) -> None:
            async with self.event_stream() as events:
                await asyncio.Event().wait()
            task = asyncio.current_task()
            assert task is not None and task.cancelling() == 0
            await asyncio.sleep(0)
            ended.set_result(events.is_open)

        def on_finish(self) -> None:
            finished.set()

    async with site([("/", Waiting)]) as web:
        client = await web.connect()
        client.send(ASK)
        await client.read_head()
        client.writer.close()
        assert await ended is False
        await finished.wait()


async def test_sending_to_nobody_ends_the_block() -> None:
    after: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    class Blind(RequestHandler):
        async def get(self) -> None:
            async with self.event_stream() as events:
                while events.is_open:
                    await asyncio.shield(asyncio.sleep(0))
                await events.send("into the void")
                raise AssertionError("not reached")
            after.set_result(True)

    async with site([("/", Blind)]) as web:
        client = await web.connect()
        client.send(ASK)
        await client.read_head()
        client.writer.close()
        assert await after


async def test_other_errors_and_cancelling_are_not_swallowed() -> None:
    results: list[str] = []

    class Other(RequestHandler):
        async def get(self) -> None:
            try:
                async with asyncio.timeout(0.01), self.event_stream():
                    await asyncio.Event().wait()
            except TimeoutError:
                results.append("timeout")
            async with self.event_stream():
                pass

    async with site([("/", Other)]) as web:
        client = await web.connect()
        client.send(ASK)
        await client.read_head()
        assert await client.reader.readuntil(b"0\r\n\r\n")
        client.writer.close()
    assert results == ["timeout"]


async def test_keep_alive_is_a_time() -> None:
    class Wrong(RequestHandler):
        async def get(self) -> None:
            with pytest.raises(ValueError, match="keep_alive"):
                EventStream(self, None, 0)

    async with site([("/", Wrong)]) as web:
        assert (await web.fetch("/")).code == 200
