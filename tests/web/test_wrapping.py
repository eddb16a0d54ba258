"""What a wrapper sees, and what passes it by."""

from __future__ import annotations

import asyncio
import contextvars
from pathlib import Path

import pytest

from tests.web.site import served
from zonda.http import HTTPHeaders, HTTPMessageDelegate, HTTPServerConnectionDelegate
from zonda.web import (
    Application,
    Exchange,
    Reply,
    RequestHandler,
    WrappedConnection,
    Wrapper,
    stream_request_body,
)

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class Marking(Wrapper):
    def __init__(self, inner: HTTPServerConnectionDelegate, mark: str = "marked") -> None:
        super().__init__(inner)
        self.mark = mark
        self.seen: list[tuple[str, int]] = []
        self.closed = 0

    def request_begins(self, exchange: Exchange) -> Reply | None:
        variable.set(self.mark + exchange.start_line.path)
        exchange.notes["mark"] = self.mark
        if exchange.headers.get("X-Answer") == self.mark:
            return Reply(299, HTTPHeaders({"X-By": "wrapper"}), b"from the wrapper")
        return Reply(204, HTTPHeaders()) if exchange.start_line.method == "OPTIONS" else None

    def answer_begins(self, exchange: Exchange, status: int, headers: HTTPHeaders) -> None:
        self.seen.append((exchange.start_line.path, status))
        headers.add("X-Mark", str(exchange.notes["mark"]))

    def on_close(self, server_conn: object) -> None:
        self.closed += 1
        super().on_close(server_conn)


class Plain(RequestHandler):
    def get(self) -> None:
        self.write(variable.get())

    def put(self) -> None:
        self.set_status(204)


class Task(RequestHandler):
    async def get(self) -> None:
        await asyncio.sleep(0)
        self.set_header("X-Mark", "own")
        self.write(await asyncio.create_task(self.value()))
        await self.flush()
        self.write(" end")

    async def value(self) -> str:
        return variable.get()


@stream_request_body
class Streaming(RequestHandler):
    async def post(self) -> None:
        self.request.connection.set_max_body_size(10)  # type: ignore[union-attr]  # the server's
        async for chunk in self.read_body():
            self.write(chunk)


RULES = [("/plain", Plain), ("/task", Task), ("/stream", Streaming)]


async def test_heads_and_context_variables() -> None:
    inner = Marking(Application(RULES), "inner")
    outer = Marking(inner, "outer")
    async with served(outer) as web:
        received = await web.fetch("/plain")
        assert received.body == b"inner/plain"
        assert received.headers.get_list("X-Mark") == ["inner", "outer"]
        received = await web.fetch("/task")
        assert received.body == b"inner/task end"
        assert received.headers.get_list("X-Mark") == ["own", "inner", "outer"]
        received = await web.fetch("/stream", "POST", b"abc")
        assert received.body == b"abc"
        assert (await web.fetch("/none")).headers.get_list("X-Mark") == ["inner", "outer"]
        assert (await web.fetch("/plain", "PUT", b"")).headers.get_list("X-Mark") == [
            "inner",
            "outer",
        ]
    seen = [("/plain", 200), ("/task", 200), ("/stream", 200), ("/none", 404), ("/plain", 204)]
    assert inner.seen == outer.seen == seen
    assert inner.closed == outer.closed >= 1


async def test_context_variables_are_set_for_one_request() -> None:
    class First(Wrapper):
        def request_begins(self, exchange: Exchange) -> None:
            if exchange.start_line.path == "/plain?known":
                variable.set("known")

    async with served(First(Application(RULES))) as web:
        bodies = [(await web.fetch(path)).body for path in ("/plain?known", "/plain", "/task")]
        assert bodies == [b"known", b"unset", b"unset end"]


@pytest.mark.parametrize("body", [None, b"body"])
async def test_a_wrapper_can_answer_itself(body: bytes | None) -> None:
    inner = Marking(Application(RULES), "inner")
    async with served(Marking(inner, "outer")) as web:
        received = await web.fetch("/plain", "POST", body, X_Answer="outer")
        assert (received.code, received.body) == (299, b"from the wrapper")
        assert received.headers["X-By"] == "wrapper"
        assert "X-Mark" not in received.headers
        assert inner.seen == []
        received = await web.fetch("/plain", "GET", None, X_Answer="inner")
        assert received.headers["X-Mark"] == "outer"
        received = await web.fetch("/", "OPTIONS")
        assert (received.code, received.body) == (204, b"")
        assert "Content-Length" not in received.headers


async def test_static_files_pass(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(200_000))
    (tmp_path / "small").write_bytes(b"small")
    async with served(Marking(Application(static_path=str(tmp_path)))) as web:
        for _ in range(2):
            received = await web.fetch("/static/small")
            assert (received.body, received.headers["X-Mark"]) == (b"small", "marked")
        assert (await web.fetch("/static/large")).body == bytes(200_000)


async def test_a_client_that_leaves_is_told_about() -> None:
    closed, begun = asyncio.Event(), asyncio.Event()

    class Waiting(RequestHandler):
        async def get(self) -> None:
            begun.set()
            await closed.wait()

        def on_connection_close(self) -> None:
            closed.set()

    async with served(Marking(Application([("/", Waiting)]))) as web:
        client = await web.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await begun.wait()
        client.writer.close()
        await closed.wait()


async def test_all_of_what_a_wrapper_stands_before_sees_its_context_variables() -> None:
    seen: list[tuple[str, str]] = []
    begun, closed = asyncio.Event(), asyncio.Event()

    class Seeing(HTTPMessageDelegate):
        def headers_received(self, start_line: object, headers: HTTPHeaders) -> None:
            seen.append(("head", variable.get()))

        def data_received(self, chunk: bytes) -> None:
            seen.append(("data", variable.get()))

        def finish(self) -> None:
            seen.append(("finish", variable.get()))
            begun.set()

        def on_connection_close(self) -> None:
            seen.append(("closed", variable.get()))
            closed.set()

    class Delegates(HTTPServerConnectionDelegate):
        def start_request(self, server_conn: object, request_conn: object) -> HTTPMessageDelegate:
            return Seeing()

    async with served(Marking(Delegates())) as web:
        client = await web.connect()
        client.send(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
        await begun.wait()
        client.writer.close()
        await closed.wait()
    assert seen == [(step, "marked/x") for step in ("head", "data", "finish", "closed")]


async def test_the_real_connection_can_be_had() -> None:
    class Detaching(RequestHandler):
        async def get(self) -> None:
            connection = self.request.connection
            assert isinstance(connection, WrappedConnection)
            assert not isinstance(connection.unwrapped, WrappedConnection)
            stream = self.detach()
            await stream.write(b"raw")
            stream.close()

    async with served(Marking(Marking(Application([("/", Detaching)])))) as web:
        client = await web.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await client.reader.read() == b"raw"
        client.writer.close()


async def test_a_wrapper_without_hooks_changes_nothing() -> None:
    async with served(Wrapper(Application(RULES))) as web:
        assert (await web.fetch("/plain")).code == 200
