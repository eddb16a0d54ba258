"""The connection keeps the rules of answers, and waits for a server that does not take them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.asgi.asking import Call, http_scope
from tests.recording_site import writing
from zonda.asgi import AnswerAbortedError, Message
from zonda.http import HTTPHeaders, ResponseStartLine
from zonda.httpserver import AnswerError

OK = ResponseStartLine("HTTP/1.1", 200, "")


async def test_hop_by_hop_fields_stay_here() -> None:
    def write(connection: Any) -> None:
        headers = HTTPHeaders({"Connection": "close", "Content-Length": "2", "X-A": "é"})
        connection.write_headers(OK, headers, b"ab")
        connection.finish()

    call = await Call().make(writing(write))
    assert call.headers == {b"content-length": b"2", b"x-a": b"\xe9"}
    assert call.body == b"ab"


@pytest.mark.parametrize("code", [204, 304])
async def test_answers_without_a_body(code: int) -> None:
    def write(connection: Any) -> None:
        connection.write_headers(ResponseStartLine("HTTP/1.1", code, ""), HTTPHeaders())
        connection.finish()

    call = await Call().make(writing(write))
    assert (call.status, call.body) == (code, b"")


async def test_head_has_a_length_and_no_body() -> None:
    def write(connection: Any) -> None:
        connection.write_headers(OK, HTTPHeaders({"Content-Length": "5"}), b"hello")
        connection.finish()

    for site in (writing(write), writing(lambda connection: connection.respond(200, "", b"hello"))):
        call = await Call().make(site, http_scope(method="HEAD"))
        assert (call.headers, call.body) == ({b"content-length": b"5"}, b"")


async def test_early_hints_go_where_the_server_can_send_them() -> None:
    def write(connection: Any) -> None:
        for code in (102, 103):
            line = ResponseStartLine("HTTP/1.1", code, "")
            connection.write_headers(line, HTTPHeaders({"Link": "</a>"}))
        connection.respond(200, "", b"x")

    assert (await Call().make(writing(write))).status == 200
    extensions: dict[str, object] = {"http.response.early_hint": {}}
    call = await Call().make(writing(write), http_scope(extensions=extensions))
    assert call.sent[0] == {"type": "http.response.early_hint", "links": [b"</a>"]}
    assert call.sent[1]["status"] == 200


def with_head(length: str = "1") -> Callable[[Any], object]:
    return lambda connection: connection.write_headers(OK, HTTPHeaders({"Content-Length": length}))


async def test_an_answer_that_is_too_short_is_given_up() -> None:
    """All rules of answers: tests/httpserver/test_foreign_answer.py."""

    def write(connection: Any) -> None:
        with_head()(connection)
        with pytest.raises(AnswerError):
            connection.finish()

    with pytest.raises(AnswerAbortedError):
        await Call().make(writing(write))


async def test_whoever_writes_waits_for_a_server_that_does_not_take() -> None:
    written = 0
    gate = asyncio.Event()

    async def write_much(connection: Any) -> None:
        nonlocal written
        await connection.write_headers(OK, HTTPHeaders())
        for _ in range(20):
            await connection.write(bytes(32 * 1024))
            written += 1
        connection.finish()

    tasks: list[asyncio.Future[None]] = []

    class Slow(Call):
        async def send(self, message: Message) -> None:
            await gate.wait()
            await super().send(message)

    call = Slow()
    site = writing(lambda connection: tasks.append(asyncio.ensure_future(write_much(connection))))
    making = asyncio.ensure_future(call.make(site))
    for _ in range(50):
        await asyncio.sleep(0)
    assert written == 1
    gate.set()
    await making
    assert len(call.body) == 20 * 32 * 1024
    await tasks[0]


async def test_whoever_waits_is_told_that_the_client_is_gone() -> None:
    async def write_much(connection: Any) -> None:
        await connection.write_headers(OK, HTTPHeaders(), bytes(100_000))

    tasks: list[asyncio.Future[None]] = []

    class Stuck(Call):
        async def send(self, message: Message) -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            raise OSError("gone")

    site = writing(lambda connection: tasks.append(asyncio.ensure_future(write_much(connection))))
    await Stuck().make(site)
    with pytest.raises(OSError, match="Stream is closed"):
        await tasks[0]
    assert site.events[-2:] == ["close", "on_close"]
