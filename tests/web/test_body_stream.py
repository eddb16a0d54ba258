"""A handler that takes its body in pieces."""

from __future__ import annotations

import asyncio
import contextvars

import pytest

from tests.web.site import site
from zonda.httpserver import HTTP1Connection
from zonda.web import HandlerStateError, HTTPError, RequestHandler, stream_request_body


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


variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class Seeing(RequestHandler):
    def initialize(self) -> None:
        self.seen: list[str] = []
        self.see("initialize")

    def see(self, where: str) -> None:
        self.seen.append(variable.get())
        variable.set(where)

    async def prepare(self) -> None:
        await asyncio.sleep(0)
        self.see("prepare")

    def put(self) -> None:
        self.see("put")
        self.write(" ".join(self.seen))


@stream_request_body
class SeeingPieces(Seeing):
    def data_received(self, chunk: bytes) -> None:
        self.see("data")


@stream_request_body
class SeeingPiecesLater(Seeing):
    async def data_received(self, chunk: bytes) -> None:
        await asyncio.sleep(0)
        self.see("data")


@stream_request_body
class SeeingWhenAsked(Seeing):
    async def post(self) -> None:
        async for _ in self.read_body():
            self.see("data")
        self.put()


@pytest.mark.parametrize("kind", [SeeingPieces, SeeingPiecesLater, SeeingWhenAsked])
async def test_context_variables_are_those_of_the_request(kind: type[Seeing]) -> None:
    method = "POST" if kind is SeeingWhenAsked else "PUT"
    async with site([("/", kind)]) as web:
        for _ in range(3):
            assert (await web.fetch("/", method, b"x")).body == b"unset initialize prepare data"


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


async def test_without_data_received_the_verb_asks_for_the_body() -> None:
    @stream_request_body
    class Asking(RequestHandler):
        async def prepare(self) -> None:
            await asyncio.sleep(0)
            self.write("prepared ")

        async def put(self) -> None:
            assert self.request.body == b""
            async for chunk in self.read_body():
                self.write(chunk.upper())

    async with site([("/", Asking)]) as web:
        assert (await web.fetch("/", "PUT", b"body")).body == b"prepared BODY"
        client = await web.connect()
        client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await asyncio.sleep(0)
        received = await client.ask(b"2\r\nde\r\n0\r\n\r\n", "PUT")
        assert received.body == b"prepared ABCDE"
        client.writer.close()


async def test_a_body_is_read_no_faster_than_the_handler_asks() -> None:
    proceed = asyncio.Event()
    sizes: list[int] = []

    @stream_request_body
    class Slow(RequestHandler):
        async def put(self) -> None:
            await proceed.wait()
            async for chunk in self.read_body():
                sizes.append(len(chunk))
            self.write(str(sum(sizes)))

    size = 8_000_000
    async with site([("/", Slow)]) as web:
        client = await web.connect()
        client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
        client.send(bytes(size))
        with pytest.raises(TimeoutError):
            # The kernel's buffers do not take all of it, and nobody else does.
            await asyncio.wait_for(client.writer.drain(), 0.1)
        proceed.set()
        assert (await client.read()).body == str(size).encode()
        client.writer.close()


async def test_a_handler_need_not_read_its_body() -> None:
    @stream_request_body
    class Refusing(RequestHandler):
        async def put(self) -> None:
            self.set_status(403)

    async with site([("/", Refusing)]) as web:
        received = await web.fetch("/", "PUT", bytes(100_000))
        assert (received.code, received.headers["Connection"]) == (403, "close")


async def test_a_client_that_goes_away_ends_the_reading() -> None:
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    begun = asyncio.Event()

    @stream_request_body
    class Reading(RequestHandler):
        async def put(self) -> None:
            try:
                async for _ in self.read_body():
                    begun.set()
            except Exception as error:
                ended.set_result(str(error))
                raise

    async with site([("/", Reading)]) as web:
        client = await web.connect()
        client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        await begun.wait()
        client.writer.close()
        assert await ended == "the client went away"


async def test_a_body_that_is_too_large_ends_the_reading(caplog: pytest.LogCaptureFixture) -> None:
    @stream_request_body
    class Limited(RequestHandler):
        def prepare(self) -> None:
            self.request.connection.set_max_body_size(10)  # type: ignore[union-attr]  # the server's

        async def put(self) -> None:
            async for _ in self.read_body():
                pass

    async with site([("/", Limited)]) as web:
        client = await web.connect()
        client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n")
        received = await client.ask(b"abcde\r\n9\r\nabcdefghi\r\n", "PUT")
        assert received.code == 413
        client.writer.close()
    assert "Uncaught" not in caplog.text


async def test_a_body_is_read_in_one_way_only() -> None:
    @stream_request_body
    class Both(RequestHandler):
        def data_received(self, chunk: bytes) -> None:
            pass

        async def put(self) -> None:
            with pytest.raises(HandlerStateError, match="data_received"):
                self.read_body()

    class Whole(RequestHandler):
        async def put(self) -> None:
            self.write({"chunks": [chunk.decode() async for chunk in self.read_body()]})

    async with site([("/both", Both), ("/whole", Whole)]) as web:
        assert (await web.fetch("/both", "PUT", b"x")).code == 200
        assert (await web.fetch("/whole", "PUT", b"x")).body == b'{"chunks": ["x"]}'
        assert (await web.fetch("/whole", "PUT", b"")).body == b'{"chunks": []}'


async def test_a_bug_in_data_received_leaves_nothing_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """WB-14: it is a 500 and one traceback, and the rest of the body is nobody's."""

    @stream_request_body
    class Buggy(RequestHandler):
        def data_received(self, chunk: bytes) -> None:
            raise RuntimeError("on purpose")

        def put(self) -> None:
            raise AssertionError("not called")

    async with site([("/", Buggy)]) as web:
        client = await web.connect()
        client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
        assert (await client.read()).code == 500
        client.writer.close()
        assert await client.at_end()
        while web.server.connection_count:
            await asyncio.sleep(0)
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert ["on purpose" in str(record.exc_info) for record in errors[:1]] == [True]
    assert sum(record.exc_info is not None for record in errors) == 1


async def test_a_body_beyond_the_default_limit_is_413_at_once() -> None:
    """WB-14: 100 MiB, unless a handler asks for more."""
    async with site([("/", Upload)]) as web:
        client = await web.connect()
        size = 100 * 1024 * 1024 + 1
        client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
        assert (await client.read()).code == 413
        client.writer.close()
