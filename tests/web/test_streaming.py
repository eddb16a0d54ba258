"""Answers that are sent as they are made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.web.site import site
from zonda.web import RequestHandler


class Generator(RequestHandler):
    async def get(self) -> AsyncIterator[str | bytes]:
        self.set_header("X-Early", "1")
        yield "a"
        await asyncio.sleep(0)
        yield b"b"


class Lines(RequestHandler):
    async def get(self) -> AsyncIterator[dict[str, int]]:
        for number in range(3):
            yield {"number": number}

    async def post(self) -> None:
        self.set_header("Content-Type", "text/x-mine")
        await self.send_stream([{"a": "</script>"}, "text"])


async def test_a_generator_is_a_body() -> None:
    async with site([("/", Generator)]) as web:
        received = await web.fetch("/")
        assert received.body == b"ab"
        assert received.headers["X-Early"] == "1"
        assert received.headers["Transfer-Encoding"] == "chunked"


async def test_mappings_are_lines_of_json() -> None:
    async with site([("/", Lines)]) as web:
        received = await web.fetch("/")
        assert received.headers["Content-Type"] == "application/x-ndjson; charset=UTF-8"
        lines = received.body.decode().splitlines()
        assert [json.loads(line) for line in lines] == [{"number": n} for n in range(3)]
        received = await web.fetch("/", "POST", b"")
        assert received.headers["Content-Type"] == "text/x-mine"
        assert received.body == b'{"a": "<\\/script>"}\ntext'


async def test_a_large_stream_waits_for_its_client() -> None:
    produced = 0
    closed = asyncio.Event()

    class Endless(RequestHandler):
        async def get(self) -> AsyncIterator[bytes]:
            nonlocal produced
            try:
                while True:
                    produced += 1
                    yield bytes(65536)
            finally:
                closed.set()

    async with site([("/", Endless)]) as web:
        client = await web.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await client.read_head()
        while True:
            before = produced
            await asyncio.sleep(0.02)
            if produced == before:
                break
        assert produced < 1000
        client.writer.close()
        await closed.wait()


async def test_any_iterable_can_be_sent() -> None:
    class Plain(RequestHandler):
        async def get(self) -> None:
            def pieces() -> Iterator[str]:
                yield from "abc"

            await self.send_stream(pieces())
            await self.send_stream(source)
            self.write("end")

    class Source:
        def __aiter__(self) -> AsyncIterator[str]:
            return self._pieces()

        async def _pieces(self) -> AsyncIterator[str]:
            yield "d"

    source = Source()
    async with site([("/", Plain)]) as web:
        assert (await web.fetch("/")).body == b"abcdend"


@pytest.mark.parametrize("first", [True, False])
async def test_a_generator_that_fails(first: bool, caplog: pytest.LogCaptureFixture) -> None:
    class Failing(RequestHandler):
        async def get(self) -> AsyncIterator[str]:
            if not first:
                yield "begun"
            raise RuntimeError("broken")

    async with site([("/", Failing)]) as web:
        client = await web.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        if first:
            assert (await client.read()).code == 500
        else:
            with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError, ValueError)):
                await client.read()
        client.writer.close()
    assert "broken" in caplog.text
