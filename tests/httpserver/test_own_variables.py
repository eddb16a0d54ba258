"""What is set for one request is not seen by the next one of its connection."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable
from typing import cast

import pytest

from tests.httpserver.server_fixture import answer, serving
from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.httpserver.own_variables import OwnVariablesDelegate

seen: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="")

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
EVERYTHING = b"start head body end"


def note(what: str) -> None:
    seen.set(f"{seen.get()} {what}".lstrip())


class Noting(HTTPMessageDelegate):
    """Answers with what was called for its request."""

    def __init__(self, connection: HTTPConnection) -> None:
        self.connection = connection

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        note("head")
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        note("body")
        return None

    def finish(self) -> None:
        note("end")
        body = seen.get().encode()
        headers = HTTPHeaders({"Content-Length": str(len(body))})
        self.connection.write_headers(ResponseStartLine("HTTP/1.1", 200, "OK"), headers, body)
        self.connection.finish()


class NotingLater(Noting):
    """The same from coroutines."""

    async def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        await asyncio.sleep(0)
        note("head")

    async def data_received(self, chunk: bytes) -> None:
        await asyncio.sleep(0)
        note("body")


class NotingInFutures(Noting):
    """The same with futures as results."""

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None]:
        note("head")
        return asyncio.ensure_future(asyncio.sleep(0))

    def data_received(self, chunk: bytes) -> Awaitable[None]:
        note("body")
        return asyncio.ensure_future(asyncio.sleep(0))


class Site(HTTPServerConnectionDelegate):
    def __init__(self, kind: type[Noting]) -> None:
        self.kind = kind

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        note("start")
        return self.kind(request_conn)


@pytest.mark.parametrize("kind", [Noting, NotingLater, NotingInFutures])
@pytest.mark.parametrize("decompress", [False, True])
async def test_a_delegate_has_variables_of_its_own(kind: type[Noting], decompress: bool) -> None:
    async with serving(Site(kind), decompress_request=decompress) as running:
        client = await running.connect()
        for _ in range(2):
            client.send(REQUEST)
            assert (await client.read()).body == EVERYTHING
        client.send(REQUEST * 3)
        assert [(await client.read()).body for _ in range(3)] == [EVERYTHING] * 3


async def test_a_function_has_variables_of_its_own() -> None:
    def handle(request: HTTPServerRequest) -> None:
        note("called")
        answer(request, 200, seen.get().encode())

    async with serving(handle) as running:
        client = await running.connect()
        client.send(REQUEST * 2)
        assert [(await client.read()).body for _ in range(2)] == [b"called"] * 2


async def test_who_is_told_of_the_end_sees_them() -> None:
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    class Told(NotingLater):
        def on_connection_close(self) -> None:
            told.set_result(seen.get())

    async with serving(Site(Told)) as running:
        client = await running.connect()
        client.send(REQUEST[:-1])
        client.writer.write_eof()
        assert (await told).startswith("start head")


def test_the_end_may_come_while_a_delegate_is_called() -> None:
    told: list[str] = []

    class Told(Noting):
        def finish(self) -> None:
            note("end")
            outer.on_connection_close()

        def on_connection_close(self) -> None:
            told.append(seen.get())

    connection = cast(HTTPConnection, None)
    outer = OwnVariablesDelegate(Site(Told).start_request, None, connection)
    outer.finish()
    assert (told, seen.get()) == (["start end"], "")
