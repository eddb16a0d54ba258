"""Delegates answer what an ASGI server receives."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable

import pytest

from tests.asgi.asking import Call, answering, http_scope, pieces
from tests.recording_site import Recorder, Site
from zonda.asgi import AnswerAbortedError, ASGIAdapter, MessageError
from zonda.http import HTTPHeaders, HTTPInputError, ResponseStartLine
from zonda.iostream import StreamClosedError


async def test_a_request_and_its_answer() -> None:
    site = answering(201, "X-A: 1\r\nX-B: a: b\r\n", b"made")
    call = await Call(pieces(b"ab", b"", b"c")).make(site, http_scope(method="POST"))
    assert (call.status, call.body) == (201, b"made")
    assert call.headers == {b"x-a": b"1", b"x-b": b"a: b", b"content-length": b"4"}
    assert site.events == ["head", "data", "data", "finish", "on_close"]
    assert site.requests[0].body == b"abc"
    context = site.requests[0].connection.context
    assert (context.remote_ip, context.protocol) == ("192.0.2.1", "https")
    assert context.address == ("192.0.2.1", 5000)
    assert context.get_ssl_certificate() is None


async def test_a_client_without_an_address() -> None:
    site = answering()
    await Call().make(site, http_scope(client=None))
    context = site.requests[0].connection.context
    assert (context.remote_ip, context.address) == ("0.0.0.0", None)


async def test_the_body_waits_for_the_delegate() -> None:
    gates = [asyncio.Event() for _ in range(3)]

    def on_event(name: str, request: Recorder) -> Awaitable[None] | None:
        if name == "finish":
            request.connection.respond(200, "", request.body)
            return None
        return wait(gates[len(site.events) - 1])

    async def wait(gate: asyncio.Event) -> None:
        await gate.wait()

    site = Site(on_event)
    call = Call(pieces(b"a", b"b"))
    making = asyncio.ensure_future(call.make(site))
    for number, gate in enumerate(gates, start=1):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(site.events) == number
        gate.set()
    await making
    assert call.body == b"ab"


async def test_an_answer_may_come_before_the_body() -> None:
    def on_event(name: str, request: Recorder) -> None:
        if name == "head":
            request.connection.respond(403, "", b"no")

    site = Site(on_event)
    call = await Call([]).make(site)
    assert (call.status, call.body) == (403, b"no")
    assert site.events == ["head", "on_close"]


async def test_an_answer_streams_while_the_body_comes() -> None:
    def on_event(name: str, request: Recorder) -> None:
        connection = request.connection
        if name == "head":
            connection.write_headers(ResponseStartLine("HTTP/1.1", 200, ""), HTTPHeaders())
        elif name == "data":
            connection.write(request.body)
        elif name == "finish":
            connection.finish()

    call = Call([])
    making = asyncio.ensure_future(call.make(Site(on_event)))
    first, last = pieces(b"a", b"")
    call.queue.put_nowait(first)
    while len(call.sent) < 2:
        await asyncio.sleep(0)
    call.queue.put_nowait(last)
    await making
    assert call.body == b"a"


async def test_a_client_that_goes_away_is_reported_once() -> None:
    site = Site(lambda name, request: None)
    call = Call([*pieces(b""), {"type": "http.disconnect"}])
    await call.make(site)
    assert call.sent == []
    assert site.events == ["head", "finish", "close", "on_close"]
    connection = site.requests[0].connection
    with pytest.raises(StreamClosedError):
        await connection.write_headers(ResponseStartLine("HTTP/1.1", 200, ""), HTTPHeaders())
    with pytest.raises(StreamClosedError):
        await connection.write(b"late")
    connection.finish()


async def test_a_client_that_goes_away_in_the_middle_of_its_body() -> None:
    site = Site(lambda name, request: None)
    await Call([pieces(b"a", b"b")[0], {"type": "http.disconnect"}]).make(site)
    assert site.events == ["head", "data", "close", "on_close"]


async def test_a_server_that_cannot_send_ends_the_request() -> None:
    class Gone(Call):
        async def send(self, message: object) -> None:
            raise OSError("the client is gone")

    site = answering()
    await Gone().make(site)
    assert site.events[-1] == "on_close"


async def test_a_server_that_cancels_ends_the_request() -> None:
    site = Site(lambda name, request: None)
    making = asyncio.ensure_future(Call([]).make(site))
    await asyncio.sleep(0)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert site.events == ["head", "close", "on_close"]


@pytest.mark.parametrize("when", ["head", "data", "finish"])
async def test_a_delegate_that_raises_is_a_500(when: str, caplog: pytest.LogCaptureFixture) -> None:
    def on_event(name: str, request: Recorder) -> None:
        if name == when:
            raise ValueError("broken")

    site = Site(on_event)
    call = await Call(pieces(b"x")).make(site)
    assert (call.status, call.body) == (500, b"500: the server failed\n")
    assert site.events[-2:] == ["close", "on_close"]
    with pytest.raises(StreamClosedError):
        await site.requests[0].connection.write(b"late")
    assert "ValueError: broken" in caplog.text


async def test_a_delegate_that_refuses_the_request_says_why() -> None:
    def on_event(name: str, request: Recorder) -> None:
        if name == "head":
            raise HTTPInputError("too odd", 418)

    call = await Call().make(Site(on_event))
    assert (call.status, call.body) == (418, b"418: too odd\n")


async def test_a_delegate_that_raises_in_its_answer_gives_it_up() -> None:
    def on_event(name: str, request: Recorder) -> None:
        if name == "finish":
            line = ResponseStartLine("HTTP/1.1", 200, "")
            request.connection.write_headers(line, HTTPHeaders(), b"x")
            raise ValueError("broken")

    call = Call()
    with pytest.raises(AnswerAbortedError):
        await call.make(Site(on_event))
    assert [message.get("more_body") for message in call.sent] == [None, True]


async def test_a_delegate_whose_stream_ended_leaves_nobody_to_answer() -> None:
    def on_event(name: str, request: Recorder) -> None:
        if name == "finish":
            raise StreamClosedError

    site = Site(on_event)
    call = await Call().make(site)
    assert (call.sent, site.events) == ([], ["head", "finish", "close", "on_close"])


async def test_bodies_have_a_limit_that_a_delegate_may_change() -> None:
    call = await Call(pieces(b"abc", b"def")).make(answering(), max_body_size=5)
    assert (call.status, call.body) == (413, b"413: a body of more than 5 bytes\n")

    def on_event(name: str, request: Recorder) -> None:
        if name == "head":
            request.connection.set_max_body_size(6)
        elif name == "finish":
            request.connection.respond(200, "", request.body)

    call = await Call(pieces(b"abc", b"def")).make(Site(on_event), max_body_size=5)
    assert call.body == b"abcdef"


async def test_what_needs_the_connection_is_not_implemented() -> None:
    def on_event(name: str, request: Recorder) -> None:
        if name == "finish":
            request.connection.detach()

    call = await Call().make(Site(on_event))
    assert call.status == 501
    assert b"websockets and other upgrades need zonda.httpserver" in call.body


async def test_websockets_without_their_extra_are_refused_with_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "zonda.websocket", None)
    scope = {"type": "websocket", "path": "/chat"}
    call = await Call([{"type": "websocket.connect"}]).make(answering(), scope)
    assert call.sent == [{"type": "websocket.close", "code": 1011}]
    scope |= {"extensions": {"websocket.http.response": {}}}  # type: ignore[dict-item]  # any value
    call = await Call([{"type": "websocket.connect"}]).make(answering(), scope)
    assert call.status == 501
    assert b"pip install zonda-asgi[websocket]" in call.sent[1]["body"]


async def test_other_types_are_not_known() -> None:
    with pytest.raises(MessageError, match="'carrier pigeon'"):
        await Call().make(answering(), {"type": "carrier pigeon"})


def test_only_delegates_are_adapted() -> None:
    with pytest.raises(TypeError, match="such as an Application; not 42"):
        ASGIAdapter(42)  # type: ignore[arg-type]  # what is refused


LIFESPAN = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]


async def test_lifespan_calls_what_was_given() -> None:
    called: list[str] = []

    async def stop() -> None:
        called.append("stop")

    call = Call([dict(message) for message in LIFESPAN])
    start = called.append
    await call.make(
        answering(), {"type": "lifespan"}, on_startup=lambda: start("start"), on_shutdown=stop
    )
    assert called == ["start", "stop"]
    assert [m["type"] for m in call.sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


async def test_lifespan_needs_no_callbacks() -> None:
    call = await Call([dict(m) for m in LIFESPAN]).make(answering(), {"type": "lifespan"})
    assert len(call.sent) == 2


async def test_a_start_that_fails_is_reported() -> None:
    def fail() -> None:
        raise ValueError("no database")

    call = Call([dict(LIFESPAN[0])])
    await call.make(answering(), {"type": "lifespan"}, on_startup=fail)
    assert call.sent == [
        {"type": "lifespan.startup.failed", "message": "ValueError('no database')"}
    ]


async def test_lifespan_events_come_in_order() -> None:
    with pytest.raises(MessageError, match=r"expected lifespan\.startup"):
        await Call([dict(LIFESPAN[1])]).make(answering(), {"type": "lifespan"})
