"""A handler that takes its body in pieces."""

from __future__ import annotations

import asyncio

import pytest

from tests.web.site import site
from zonda.httpserver import HTTP1Connection
from zonda.web import HTTPError, RequestHandler, stream_request_body


@stream_request_body
class Upload(RequestHandler):
    async def prepare(self) -> None:
        await asyncio.sleep(0)
        self.size = 0
        if self.get_query_argument("refuse", None):
            raise HTTPError(403)
        if self.get_query_argument("answer", None):
            self.finish("early")
        limit = self.get_query_argument("limit", None)
        if limit:
            assert isinstance(self.request.connection, HTTP1Connection)
            self.request.connection.set_max_body_size(int(limit))

    async def data_received(self, chunk: bytes) -> None:
        await asyncio.sleep(0)
        if b"!" in chunk:
            raise HTTPError(400, "an exclamation mark")
        self.size += len(chunk)

    def put(self) -> None:
        assert self.request.body == b""
        self.write(f"{self.size}")

    def get(self) -> None:
        self.write("got")


async def test_bodies_in_pieces() -> None:
    async with site([("/", Upload)]) as web:
        assert (await web.fetch("/", "PUT", b"x" * 1_000_000)).body == b"1000000"
        assert (await web.fetch("/", "PUT", b"")).body == b"0"
        assert (await web.fetch("/")).body == b"got"
        chunked = (
            b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        )
        assert (await web.send(chunked)).body == b"3"


@pytest.mark.parametrize(
    ("query", "code", "body"),
    [("refuse=1", 403, b"403: Forbidden"), ("answer=1", 200, b"early"), ("limit=10", 413, b"413")],
)
async def test_answers_before_the_body(query: str, code: int, body: bytes) -> None:
    async with site([("/", Upload)]) as web:
        received = await web.fetch(f"/?{query}", "PUT", b"x" * 100)
        assert received.code == code
        assert body in received.body
        assert (await web.fetch("/")).body == b"got"


async def test_an_error_in_data_received() -> None:
    async with site([("/", Upload)]) as web:
        received = await web.fetch("/", "PUT", b"a" * 10 + b"!")
        assert received.code == 400


async def test_a_client_that_goes_away_in_its_body_leaves_nothing_behind() -> None:
    closed = asyncio.Event()

    @stream_request_body
    class Watched(RequestHandler):
        def data_received(self, chunk: bytes) -> None:
            begun.set()

        def on_connection_close(self) -> None:
            closed.set()

        def put(self) -> None:
            raise AssertionError("not called")

    begun = asyncio.Event()
    async with site([("/", Watched)]) as web:
        client = await web.connect()
        client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        await begun.wait()
        client.writer.close()
        await closed.wait()
        assert web.server.connection_count == 0


async def test_without_data_received_it_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    @stream_request_body
    class Missing(RequestHandler):
        def put(self) -> None:
            self.write("no")

    async with site([("/", Missing)]) as web:
        assert (await web.fetch("/", "PUT", b"x")).code == 500
    assert "must define data_received" in caplog.text
