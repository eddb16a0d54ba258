"""Websockets between Zonda and ASGI, in both directions: handlers there, applications here."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from zonda.asgi import (
    ASGIAdapter,
    ASGICallable,
    ASGIContainer,
    MessageError,
    Receive,
    Scope,
    Send,
    websocket_adapter,
)
from zonda.httpserver import HTTPServer
from zonda.web import Application
from zonda.websocket import (
    HandshakeError,
    WebSocketClientConnection,
    WebSocketClosedError,
    WebSocketHandler,
    websocket_connect,
)

# Both at once: a Zonda application as an ASGI application, which is served by Zonda's server as any
# other.  What arrives has passed both directions.


class Echo(WebSocketHandler):
    """Says what it hears, and notes what it lives through."""

    log: list[object]

    def initialize(self, log: list[object]) -> None:
        self.log = log

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return subprotocols[-1] if subprotocols else None

    def open(self) -> None:
        self.log.append((self.request.protocol, self.request.remote_ip, self.get_cookie("who")))

    async def on_message(self, message: str | bytes) -> None:
        await asyncio.sleep(0)
        if message == "close":
            self.close(4001, "as you wish")
        elif message == "fail":
            raise ZeroDivisionError
        else:
            await self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self) -> None:
        self.log.append((self.close_code, self.close_reason))


class Members(Echo):
    """Lets nobody in."""

    def prepare(self) -> None:
        self.set_status(402)
        self.set_header("X-Reason", "money")
        self.finish("pay first")


@contextlib.asynccontextmanager
async def served(app: ASGICallable, **options: Any) -> AsyncIterator[str]:
    """The address of an ASGI application on Zonda's server."""
    async with ASGIContainer(app, **options) as container:
        server = HTTPServer(container)
        [sock] = server.listen(0, "127.0.0.1")
        yield f"ws://127.0.0.1:{sock.getsockname()[1]}"
        await server.drain(grace=5)


@contextlib.asynccontextmanager
async def echo(log: list[object]) -> AsyncIterator[str]:
    rules = [("/echo", Echo, {"log": log}), ("/members", Members, {"log": log})]
    async with served(ASGIAdapter(Application(rules))) as url:
        yield url


async def test_messages_cookies_subprotocols_and_codes_pass_both_ways() -> None:
    log: list[object] = []
    async with echo(log) as url:
        headers = {"Cookie": "who=me"}
        ws = await websocket_connect(f"{url}/echo", headers=headers, subprotocols=["a", "b"])
        assert ws.selected_subprotocol == "b"
        for message in ("text", b"bytes", "", b"", "ä" * 100_000):
            await ws.write_message(message, binary=isinstance(message, bytes))
            assert await ws.read_message() == message
        ws.close(4000, "bye")
        await ws.closed()
    assert log == [("http", "127.0.0.1", "me"), (4000, "bye")]


async def test_a_handler_that_closes_has_its_code_and_reason_at_the_client() -> None:
    log: list[object] = []
    async with echo(log) as url:
        ws = await websocket_connect(f"{url}/echo")
        await ws.write_message("close")
        assert await ws.read_message() is None
        assert (ws.close_code, ws.close_reason) == (4001, "as you wish")


async def test_a_handler_that_fails_closes_with_1011(caplog: pytest.LogCaptureFixture) -> None:
    async with echo([]) as url:
        ws = await websocket_connect(f"{url}/echo")
        await ws.write_message("fail")
        assert await ws.read_message() is None
        assert ws.close_code == 1011
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(("path", "code"), [("/members", 402), ("/nothing", 404)])
async def test_a_refusal_arrives_as_the_handler_wrote_it(path: str, code: int) -> None:
    async with echo([]) as url:
        with pytest.raises(HandshakeError) as raised:
            await websocket_connect(url + path)
    assert raised.value.code == code
    if code == 402:
        assert raised.value.headers["X-Reason"] == "money"
        assert raised.value.body == b"pay first"


async def test_a_handler_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Slow(WebSocketHandler):
        async def prepare(self) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(websocket_adapter, "HANDSHAKE_TIMEOUT", 0.05)
    async with served(ASGIAdapter(Application([("/", Slow)]))) as url:
        with pytest.raises(HandshakeError) as raised:
            await websocket_connect(url)
    assert raised.value.code == 503


async def test_a_page_of_another_origin_is_refused() -> None:
    async with echo([]) as url:
        with pytest.raises(HandshakeError) as raised:
            await websocket_connect(f"{url}/echo", headers={"Origin": "http://evil.example"})
    assert raised.value.code == 403


async def test_a_client_that_goes_away_ends_the_handler() -> None:
    log: list[object] = []
    async with echo(log) as url:
        ws = await websocket_connect(f"{url}/echo")
        ws.abort()
        await ws.closed()
        while len(log) < 2:
            await asyncio.sleep(0.001)
    assert log[1] == (None, None)


class Unread(WebSocketHandler):
    """Sends more than anybody reads."""

    sent = 0

    async def open(self) -> None:
        with contextlib.suppress(WebSocketClosedError):
            while True:
                await self.write_message(bytes(65536), binary=True)
                Unread.sent += 65536


async def test_a_client_that_does_not_read_makes_the_handler_wait() -> None:
    async with served(ASGIAdapter(Application([("/", Unread)]))) as url:
        ws = await websocket_connect(url)
        before = -1
        while before < Unread.sent:
            before = Unread.sent
            await asyncio.sleep(0.1)
        assert Unread.sent < 32 * 2**20
        ws.abort()


# What an ASGI application may do.


async def talk(url: str, *messages: str) -> WebSocketClientConnection:
    ws = await websocket_connect(url)
    for message in messages:
        await ws.write_message(message)
    return ws


async def test_a_starlette_application() -> None:
    pytest.importorskip("starlette")
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket, WebSocketDisconnect

    ended: list[tuple[int, str | None]] = []

    async def endpoint(websocket: WebSocket) -> None:
        if websocket.query_params.get("who") != "me":
            await websocket.send_denial_response(PlainTextResponse("who?", 401))
            return
        await websocket.accept("chat", headers=[(b"x-hello", b"you")])
        try:
            async for text in websocket.iter_text():
                await websocket.send_json({"text": text, "scheme": websocket.url.scheme})
            raise WebSocketDisconnect
        except WebSocketDisconnect as error:
            ended.append((error.code, error.reason))

    app = Starlette(routes=[WebSocketRoute("/ws", endpoint)])
    async with served(app) as url:
        ws = await websocket_connect(f"{url}/ws?who=me", subprotocols=["chat"])
        assert ws.selected_subprotocol == "chat" and ws.headers["X-Hello"] == "you"
        await ws.write_message("hi")
        assert await ws.read_message() == '{"text":"hi","scheme":"ws"}'
        ws.close(1000)
        await ws.closed()
        with pytest.raises(HandshakeError) as raised:
            await websocket_connect(f"{url}/ws", subprotocols=["chat"])
    assert (raised.value.code, raised.value.body) == (401, b"who?")
    assert len(ended) == 1


def application(*messages: dict[str, object]) -> tuple[ASGICallable, list[object]]:
    """An application that waits for its client, sends *messages*, and notes what happens."""
    events: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        events.append((await receive())["type"])
        try:
            for message in messages:
                await send(dict(message))
            while events[-1] != "websocket.disconnect":
                event = await receive()
                events.append(event["type"] if "code" not in event else event["code"])
                if "code" in event:
                    return
        except Exception as error:
            events.append(type(error))
            raise

    return app, events


ACCEPT: dict[str, object] = {"type": "websocket.accept"}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([ACCEPT, {"type": "websocket.send", "text": 1}], 1011),
        ([ACCEPT, {"type": "websocket.send"}], 1011),
        ([ACCEPT, ACCEPT], 1011),
        ([ACCEPT, {"type": "websocket.close", "code": 1005}], 1011),
        ([ACCEPT, {"type": "nonsense"}], 1011),
        ([ACCEPT, {"type": "websocket.close", "code": 3000, "reason": "r"}], 3000),
    ],
)
async def test_what_an_application_sends_wrongly_is_its_error(
    messages: list[dict[str, object]], code: int
) -> None:
    app, events = application(*messages)
    async with served(app) as url:
        ws = await websocket_connect(url)
        assert await ws.read_message() is None
        assert ws.close_code == code
    assert events[-1] == (MessageError if code == 1011 else code)


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        ([{"type": "websocket.close"}], 403),
        ([{"type": "websocket.accept", "subprotocol": "never offered"}], 500),
        ([{"type": "websocket.send", "text": "early"}], 500),
        ([{"type": "websocket.http.response.body", "body": b""}], 500),
    ],
)
async def test_a_websocket_that_is_not_accepted_has_an_answer(
    messages: list[dict[str, object]], status: int
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        for message in messages:
            await send(message)

    async with served(app) as url:
        with pytest.raises(HandshakeError) as raised:
            await websocket_connect(url)
    assert raised.value.code == status


async def test_an_application_that_returns_leaves_no_client_waiting() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["path"] == "/accept":
            await send({"type": "websocket.accept"})

    async with served(app) as url:
        ws = await websocket_connect(f"{url}/accept")
        assert await ws.read_message() is None
        assert ws.close_code == 1000
        with pytest.raises(HandshakeError) as raised:
            await websocket_connect(url)
    assert raised.value.code == 500


async def test_an_application_that_does_not_receive_makes_its_client_wait() -> None:
    go_on = asyncio.Event()
    received = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal received
        await receive()
        await send({"type": "websocket.accept"})
        await go_on.wait()
        while (await receive())["type"] == "websocket.receive":
            received += 1

    async with served(app) as url:
        ws = await websocket_connect(url)
        written = 0
        with contextlib.suppress(TimeoutError):
            while written < 2000:
                async with asyncio.timeout(0.3):
                    await ws.write_message(bytes(65536), binary=True)
                    written += 1
        assert written < 1000
        go_on.set()
        ws.close()
        await ws.closed()
    assert received >= written


async def test_the_codes_of_the_clients_end() -> None:
    for end, code in (("close", 4000), ("silent", 1005), ("cut", 1006)):
        app, events = application(ACCEPT)
        async with served(app) as url:
            ws = await websocket_connect(url)
            if end == "cut":
                ws.abort()
            else:
                ws.close(4000 if end == "close" else None)
            await ws.closed()
        assert events[-1] == code


async def test_a_message_that_is_too_large_ends_the_websocket() -> None:
    app, events = application(ACCEPT)
    async with served(app, max_message_size=1000) as url:
        ws = await talk(url, "x" * 1001)
        assert await ws.read_message() is None
        assert ws.close_code == 1009
    assert events[:2] == ["websocket.connect", 1006]


async def test_requests_that_are_no_upgrade_are_told_so() -> None:
    app, events = application(ACCEPT)
    async with served(app) as url:
        port = int(url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        assert (await reader.readline()).split()[1] == b"426"
        writer.close()
    assert events == []


async def test_without_the_extra_both_directions_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "zonda.websocket", None)
    app, _ = application(ACCEPT)
    async with served(app) as url:
        with pytest.raises(HandshakeError) as raised:
            await websocket_connect(url)
    assert raised.value.code == 501 and b"zonda-asgi[websocket]" in raised.value.body
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Scope = {"type": "websocket", "path": "/", "extensions": {"websocket.http.response": {}}}
    await ASGIAdapter(Application([]))(scope, receive, send)
    assert sent[0]["status"] == 501
    assert caplog.text.count("pip install zonda-asgi[websocket]") == 2


async def test_the_server_must_begin_with_the_beginning() -> None:
    async def receive() -> Any:
        return {"type": "websocket.receive", "text": "hello"}

    async def send(message: Any) -> None:
        raise AssertionError(message)

    with pytest.raises(MessageError, match=r"websocket\.connect"):
        await ASGIAdapter(Application([]))({"type": "websocket", "path": "/"}, receive, send)
