"""From a request to a websocket: who gets in, and what everybody else is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from tests.websocket.peers import RawClient, answer_to, opening, serving
from zonda.websocket import WebSocketHandler
from zonda.websocket.events import Closed


class Echo(WebSocketHandler):
    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, isinstance(message, bytes))


class Trusting(Echo):
    def check_origin(self, origin: str) -> bool:
        return origin == "https://friend.example"


class Choosy(Echo):
    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return "v1" if "v1" in subprotocols else None

    def open(self, *args: str, **kwargs: str) -> None:
        self.write_message(str(self.selected_subprotocol))


class Greeting(WebSocketHandler):
    def set_default_headers(self) -> None:
        self.set_header("X-Served-By", "zonda")

    def prepare(self) -> None:
        self.set_cookie("visited", "yes")

    def open(self, *args: str, **kwargs: str) -> None:
        name = self.get_argument("name")
        self.write_message(f"{args} {kwargs} {name} {self.get_cookie('who')}")


class Slow(WebSocketHandler):
    async def prepare(self) -> None:
        await asyncio.sleep(0)

    async def open(self, *args: str, **kwargs: str) -> None:
        await asyncio.sleep(0.01)
        await self.write_message("opened")

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message)


class Broken(WebSocketHandler):
    def open(self, *args: str, **kwargs: str) -> Awaitable[None] | None:
        raise RuntimeError("open failed")

    def log_exception(self, typ: object, value: object, tb: object) -> None:
        self.settings["logged"].append(str(value))  # type: ignore[attr-defined]  # a list


class BrokenLater(Broken):
    async def open(self, *args: str, **kwargs: str) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("open failed later")


ORIGINS = [
    ("http://127.0.0.1:{port}", 101),
    ("http://127.0.0.1:{port}/page", 101),
    ("null", 403),
    ("http://evil.example", 403),
    ("https://127.0.0.1:{port}", 403),
    ("http://127.0.0.1", 403),
    ("127.0.0.1:{port}", 403),
    ("http://127.0.0.1:{port}.evil.example", 403),
]


@pytest.mark.parametrize(("origin", "status"), ORIGINS)
async def test_a_page_of_another_origin_is_refused(origin: str, status: int) -> None:
    async with serving([("/", Echo)]) as port:
        request = opening(port, "/", f"Origin: {origin.format(port=port)}")
        assert (await answer_to(port, request)).startswith(b"HTTP/1.1 %d " % status)


async def test_a_handler_may_trust_an_origin() -> None:
    async with serving([("/", Trusting)]) as port:
        for origin, status in ((b"https://friend.example", 101), (b"http://friend.example", 403)):
            request = opening(port, "/", f"Origin: {origin.decode()}")
            assert (await answer_to(port, request)).startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("Upgrade: ", 400),
        ("Upgrade: h2c", 400),
        ("Connection: close", 400),
        ("Sec-WebSocket-Key: ", 400),
        ("Sec-WebSocket-Key: c2hvcnQ=", 400),
        ("Sec-WebSocket-Version: ", 426),
        ("Sec-WebSocket-Version: 8", 426),
        ("Sec-WebSocket-Protocol: a b", 400),
        ("Sec-WebSocket-Extensions: ;", 400),
    ],
)
async def test_a_bad_handshake_is_refused_with_a_reason(change: str, status: int) -> None:
    async with serving([("/", Echo)]) as port:
        answer = await answer_to(port, opening(port, "/", change))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert (b"Sec-Websocket-Version: 13" in head) == (status == 426)
    assert len(body) > 10


@pytest.mark.parametrize(
    "request_line", [b"POST / HTTP/1.1", b"GET / HTTP/1.0", b"PUT / HTTP/1.1", b"HEAD / HTTP/1.1"]
)
async def test_another_method_or_version_is_no_upgrade(request_line: bytes) -> None:
    async with serving([("/", Echo)]) as port:
        request = opening(port).replace(b"GET / HTTP/1.1", request_line)
        answer = await answer_to(port, request)
    assert int(answer.split()[1]) in (400, 403, 405)


@pytest.mark.parametrize(("offered", "chosen"), [("v2, v1", "v1"), ("v2", None), ("", None)])
async def test_a_subprotocol_is_selected(offered: str, chosen: str | None) -> None:
    async with (
        serving([("/", Choosy)]) as port,
        await RawClient.connect(port, "/", f"Sec-WebSocket-Protocol: {offered}") as peer,
    ):
        assert await peer.event() == str(chosen)
        assert (b"Sec-Websocket-Protocol: v1" in peer.head) == (chosen == "v1")


async def test_the_handlers_powers_are_there_before_and_in_open() -> None:
    async with serving([(r"/greet/(?P<kind>\w+)", Greeting)]) as port:
        path = "/greet/warm?name=Ada"
        async with await RawClient.connect(port, path, "Cookie: who=me") as peer:
            assert await peer.event() == "() {'kind': 'warm'} Ada me"
            assert b"X-Served-By: zonda\r\n" in peer.head
            assert b"Set-Cookie: visited=yes" in peer.head
            assert b"Content-Type" not in peer.head


async def test_messages_wait_for_a_coroutine_in_open() -> None:
    async with (
        serving([("/", Slow)]) as port,
        await RawClient.connect(port) as peer,
    ):
        peer.send(peer.protocol.message("early"))
        assert [await peer.event(), await peer.event()] == ["opened", "early"]


async def test_a_message_in_the_segment_of_the_request_is_not_lost() -> None:
    async with serving([("/", Echo)]) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        peer = RawClient(reader, writer)
        async with peer:
            writer.write(opening(port) + peer.protocol.message("early bird"))
            await reader.readuntil(b"\r\n\r\n")
            assert await peer.event() == "early bird"


@pytest.mark.parametrize("handler", [Broken, BrokenLater])
async def test_an_error_in_open_closes_with_1011(handler: type[Broken]) -> None:
    logged: list[str] = []
    async with (
        serving([("/", handler)], logged=logged) as port,
        await RawClient.connect(port) as peer,
    ):
        closed = await peer.event()
        assert isinstance(closed, Closed)
        assert closed.code == 1011
        peer.send(closed.reply)
        assert await peer.event() is None
    assert logged[0].startswith("open failed")


class Compressing(Echo):
    def get_compression_options(self) -> dict[str, object]:
        return {"threshold": 0}


@pytest.mark.parametrize(
    ("offer", "agreed"),
    [
        ("", False),
        ("permessage-deflate", True),
        ("permessage-deflate; server_max_window_bits=8", False),
        ("permessage-deflate; unknown", False),
        ("x-other", False),
    ],
)
async def test_compression_is_agreed_on_or_left_out(offer: str, agreed: bool) -> None:
    line = f"Sec-WebSocket-Extensions: {offer}"
    async with (
        serving([("/", Compressing)]) as port,
        await RawClient.connect(port, "/", line) as peer,
    ):
        assert (b"Sec-Websocket-Extensions: permessage-deflate" in peer.head) == agreed
        if not agreed:
            peer.send(peer.protocol.message("plain"))
            assert await peer.event() == "plain"


async def test_wrong_compression_options_are_an_error_of_the_server() -> None:
    class Wrong(Echo):
        def get_compression_options(self) -> dict[str, object]:
            return {"level": 3}

        def log_exception(self, typ: object, value: object, tb: object) -> None:
            assert "unknown compression option" in str(value)

    async with serving([("/", Wrong)]) as port:
        assert (await answer_to(port, opening(port))).startswith(b"HTTP/1.1 500 ")


async def test_a_cancelled_open_ends_the_websocket() -> None:
    class Cancelled(Echo):
        async def open(self, *args: str, **kwargs: str) -> None:
            task = asyncio.current_task()
            assert task is not None
            asyncio.get_running_loop().call_soon(task.cancel)
            await asyncio.Event().wait()

    async with (
        serving([("/", Cancelled)]) as port,
        await RawClient.connect(port) as peer,
    ):
        assert await peer.event() is None


class Logged(Echo):
    def log_exception(self, typ: object, value: object, tb: object) -> None:
        self.settings["logged"].append(str(value))  # type: ignore[attr-defined]  # a list


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("max_message_size", None, "max_message_size is a number of bytes, not None"),
        ("max_message_size", 0, "max_message_size must be at least 1, not 0"),
        ("max_send_queue", "1", "max_send_queue is a number of bytes, not '1'"),
        ("ping_interval", -1, "a ping interval must be above 0 seconds"),
        ("slow_consumer", "shout", "one of 'wait', 'drop oldest', 'disconnect', not 'shout'"),
    ],
)
async def test_a_setting_that_cannot_be_is_named(setting: str, value: object, message: str) -> None:
    logged: list[str] = []
    settings: dict[str, Any] = {f"websocket_{setting}": value}
    async with serving([("/", Logged)], logged=logged, **settings) as port:
        assert b" 500 " in await answer_to(port, opening(port))
    (error,) = logged
    assert message in error
