"""Opening a websocket: what fails and how, redirects, TLS, proxies, sockets of other kinds."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve, unix_serve

from tests import certificates
from tests.websocket.frames import CLOSE, TEXT, raw_frame, xor
from tests.websocket.peers import Echo, serving
from zonda.websocket import (
    HandshakeError,
    WebSocketClientConnection,
    WebSocketHandler,
    websocket_connect,
)
from zonda.websocket.accept_key import accept_key
from zonda.websocket.client_handshake import MAX_ANSWER_HEAD

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[int]:
    """A TCP server that does this with each connection."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def saying(data: bytes) -> Answer:
    """After a whole request, say *data* and hang up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()

    return answer


async def echoes(websocket: WebSocketClientConnection) -> None:
    await websocket.write_message("are you there?")
    assert await websocket.read_message() == "are you there?"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (raw_frame(TEXT, b"masked"), 1002),
        (raw_frame(TEXT, b"\xff", key=None), 1007),
        (raw_frame(TEXT, length=2**40, width=8, key=None), 1009),
        (raw_frame(TEXT, b"x", rsv=4, key=None), 1002),
        (raw_frame(3, b"x", key=None), 1002),
        (raw_frame(CLOSE, b"\x03\xee", key=None), 1002),
    ],
    ids=["masked", "wrong text", "too long", "reserved bit", "reserved opcode", "wrong close"],
)
async def test_what_a_server_may_not_send_ends_it(frame: bytes, code: int) -> None:
    """WS-01 and its neighbours, seen from the client."""
    told: asyncio.Queue[bytes] = asyncio.Queue()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(
            line for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key:")
        )
        writer.write(
            b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_key(key.split(": ")[1]).encode() + b"\r\n\r\n"
        )
        writer.write(frame + raw_frame(TEXT, b"too late", key=None))
        told.put_nowait(await reader.readexactly(8))

    async with (
        answering(answer) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/", compression_options=None) as websocket,
    ):
        assert await websocket.read_message() is None
        close = await told.get()
    assert close[0] == 0x88
    assert int.from_bytes(xor(close[6:8], close[2:6]), "big") == code


async def their_echo(websocket: ServerConnection) -> None:
    async for message in websocket:
        await websocket.send(message)


class TestOptions:
    @pytest.mark.parametrize("compression", [None, {}, {"client_no_context_takeover": True}])
    async def test_another_implementation_as_server(
        self, compression: dict[str, object] | None
    ) -> None:
        async with (
            serve(their_echo, "127.0.0.1", 0, subprotocols=["v1"]) as server,  # type: ignore[list-item]  # a NewType of str
        ):
            port = server.sockets[0].getsockname()[1]
            async with websocket_connect(
                f"ws://127.0.0.1:{port}/",
                compression_options=compression,
                subprotocols=["v2", "v1"],
            ) as websocket:
                for message in ("hello", b"\x00" * 100_000, "x" * 1000):
                    await websocket.write_message(message, isinstance(message, bytes))
                    assert await websocket.read_message() == message
                assert websocket.selected_subprotocol == "v1"
                assert ("Sec-Websocket-Extensions" in websocket.headers) == (
                    compression is not None
                )

    async def test_headers_reach_the_server(self) -> None:
        class Tell(WebSocketHandler):
            def open(self, *args: str, **kwargs: str) -> None:
                headers = self.request.headers
                self.write_message(f"{headers['X-Custom']} {headers.get('Authorization')}")

        async with (
            serving([("/", Tell)]) as port,
            websocket_connect(
                f"ws://me:pw@127.0.0.1:{port}/", headers={"X-Custom": "yes"}
            ) as websocket,
        ):
            assert await websocket.read_message() == "yes Basic bWU6cHc="

    async def test_a_request_can_be_given(self) -> None:
        class Tell(WebSocketHandler):
            def open(self, *args: str, **kwargs: str) -> None:
                headers = self.request.headers
                for name in ("X-Custom", "Authorization", "User-Agent"):
                    self.write_message(headers.get(name) or "")

        async with serving([("/", Tell)]) as port:
            request = SimpleNamespace(
                url=f"ws://127.0.0.1:{port}/",
                headers={"X-Custom": "yes"},
                auth_username="me",
                auth_password="pw",
                user_agent="tests",
                connect_timeout=5.0,
            )
            async with websocket_connect(request) as websocket:
                got = [await websocket.read_message() for _ in range(3)]
        assert got == ["yes", "Basic bWU6cHc=", "tests"]

    async def test_the_callback_gets_the_finished_task(self) -> None:
        async with serving([("/", Echo)]) as port:
            done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            websocket_connect(
                f"ws://127.0.0.1:{port}/", callback=lambda task: done.set_result(task.result())
            )
            websocket = await done
            assert isinstance(websocket, WebSocketClientConnection)
            websocket.close()
            await websocket.closed()

    async def test_a_message_above_the_limit_closes_with_1009(self) -> None:
        async with serving([("/", Echo)]) as port:
            websocket = await websocket_connect(f"ws://127.0.0.1:{port}/", max_message_size=100)
            await websocket.write_message("x" * 101)
            assert await websocket.read_message() is None
            await websocket.closed()

    @pytest.mark.parametrize(
        ("url", "message"),
        [
            ("http//example.org", "begins with ws:// or wss://"),
            ("ws://example.org/#x", "no fragment"),
            ("ws://exa mple.org/", "'exa mple.org' cannot be the name of a host"),
            ("ws://example.org:port/", "Port"),
        ],
    )
    async def test_what_is_no_url_is_refused_at_once(self, url: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            websocket_connect(url)

    @pytest.mark.parametrize("url", [None, 5, b"ws://example.org"])
    async def test_a_url_is_a_str(self, url: Any) -> None:
        with pytest.raises(TypeError, match=f"a URL is a str.*, not {type(url).__name__}"):
            websocket_connect(url)

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"compression_options": {"level": 1}}, ValueError, "known are compression_level"),
            ({"compression_options": True}, TypeError, "options of compression.*; not True"),
            ({"ping_interval": -1}, ValueError, "above 0 seconds"),
            ({"ping_interval": "20"}, TypeError, "a ping interval is a number of seconds"),
            ({"ping_interval": 2, "ping_timeout": "1"}, TypeError, "a ping timeout is a number"),
            ({"connect_timeout": -1}, ValueError, "connect_timeout must not be below 0"),
            ({"connect_timeout": "1"}, TypeError, "connect_timeout is a number of seconds"),
            ({"max_message_size": 0}, ValueError, "max_message_size must be at least 1"),
            ({"max_message_size": None}, TypeError, "max_message_size is a number of bytes"),
            ({"max_send_queue": -1}, ValueError, "max_send_queue must be at least 0"),
            ({"max_send_queue": "1"}, TypeError, "max_send_queue is a number of bytes"),
            ({"subprotocols": "chat"}, TypeError, r"such as \['chat'\], not a str"),
            ({"on_message_callback": 5}, TypeError, "on_message_callback is a function, not 5"),
            ({"proxy": "socks4://proxy"}, ValueError, "a proxy is http, https or socks5"),
            ({"slow_consumer": "shout"}, ValueError, "one of 'wait', 'drop oldest', 'disconnect'"),
        ],
    )
    async def test_options_that_cannot_be_are_refused_at_once(
        self, options: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            websocket_connect("ws://example.org/", **options)

    async def test_connecting_may_take_as_long_as_it_takes(self) -> None:
        async with (
            serving([("/", Echo)]) as port,
            websocket_connect(f"ws://127.0.0.1:{port}/", connect_timeout=0) as websocket,
        ):
            await websocket.write_message("x")
            assert await websocket.read_message() == "x"

    async def test_what_cannot_stand_in_the_request_is_refused(self) -> None:
        async with serving([("/", Echo)]) as port:
            with pytest.raises(ValueError, match="belongs to the handshake"):
                await websocket_connect(f"ws://127.0.0.1:{port}/", headers={"Upgrade": "x"})


class TestRefusals:
    async def test_the_status_and_the_body_of_a_refusal(self) -> None:
        async with serving([("/", Echo)]) as port:
            with pytest.raises(HandshakeError, match="answered 404 Not Found") as caught:
                await websocket_connect(f"ws://127.0.0.1:{port}/nothing")
            assert caught.value.code == 404
            assert b"404" in caught.value.body
            with pytest.raises(HandshakeError) as caught:
                await websocket_connect(f"ws://127.0.0.1:{port}/", headers={"Origin": "null"})
            assert caught.value.code == 403

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "ended during the handshake"),
            (b"HTTP/1.1 101", "ended during the handshake"),
            (b"SSH-2.0\r\n\r\n", "no HTTP"),
            (b"HTTP/1.1 101 X\r\nUpgrade: h2c\r\n\r\n", "something else"),
            (b"HTTP/1.1 200 OK\r\n\r\n", "answered 200 OK"),
            (b"HTTP/1.1 200 OK\r\nX: " + b"x" * MAX_ANSWER_HEAD, "longer than"),
        ],
    )
    async def test_an_answer_that_is_no_websocket(self, data: bytes, message: str) -> None:
        async with answering(saying(data)) as port:
            with pytest.raises(HandshakeError, match=message):
                await websocket_connect(f"ws://127.0.0.1:{port}/")

    async def test_nobody_listens(self) -> None:
        async with answering(saying(b"")) as port:
            pass
        with pytest.raises(ConnectionRefusedError):
            await websocket_connect(f"ws://127.0.0.1:{port}/")

    async def test_a_server_that_says_nothing_times_out(self) -> None:
        release = asyncio.Event()

        async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert await reader.readuntil(b"\r\n\r\n")
            assert await reader.read() == b""
            release.set()

        async with answering(silence) as port:
            with pytest.raises(TimeoutError, match=f"127.0.0.1:{port} within 0.05 seconds"):
                await websocket_connect(f"ws://127.0.0.1:{port}/", connect_timeout=0.05)
            await release.wait()

    async def test_giving_up_closes_the_connection(self) -> None:
        gone = asyncio.Event()

        async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            connecting.cancel()
            assert await reader.read() == b""
            gone.set()

        async with answering(silence) as port:
            connecting = websocket_connect(f"ws://127.0.0.1:{port}/")
            with pytest.raises(asyncio.CancelledError):
                await connecting
            await gone.wait()


class TestRedirects:
    async def follow(self, location: str, port_of_target: int, **options: Any) -> None:
        moved = location.format(port=port_of_target)
        data = f"HTTP/1.1 302 Found\r\nLocation: {moved}\r\n\r\n".encode()
        async with answering(saying(data)) as port:
            url = options.pop("url", "ws://127.0.0.1:{port}/old").format(port=port)
            async with websocket_connect(url, **options) as websocket:
                await echoes(websocket)

    @pytest.mark.parametrize("scheme", ["ws", "http"])
    async def test_one_to_another_server_is_followed(self, scheme: str) -> None:
        async with serving([("/new", Echo)]) as port:
            await self.follow(f"{scheme}://127.0.0.1:{{port}}/new", port)

    @pytest.mark.parametrize(
        "options",
        [
            {"headers": {"Cookie": "a=b"}},
            {"headers": {"Authorization": "Basic x"}},
            {"url": "ws://me:pw@127.0.0.1:{port}/"},
        ],
    )
    async def test_but_not_with_credentials(self, options: dict[str, Any]) -> None:
        async with serving([("/new", Echo)]) as port:
            with pytest.raises(HandshakeError, match="not followed with credentials"):
                await self.follow("ws://127.0.0.1:{port}/new", port, **options)

    async def test_and_not_if_it_is_not_wanted(self) -> None:
        with pytest.raises(HandshakeError) as caught:
            await self.follow("ws://127.0.0.1:1/", 1, follow_redirects=False)
        assert caught.value.code == 302

    @pytest.mark.parametrize("location", ["gopher://example.org/", ""])
    async def test_one_to_nowhere(self, location: str) -> None:
        with pytest.raises(HandshakeError) as caught:
            await self.follow(location, 0)
        assert caught.value.code == 302

    async def test_one_on_the_same_server_keeps_the_credentials(self) -> None:
        class Moving(Echo):
            def prepare(self) -> None:
                if self.request.path == "/old":
                    self.redirect("/new")
                elif self.request.headers.get("Authorization") != "Basic bWU6cHc=":
                    self.send_error(401)

        async with (
            serving([("/old", Moving), ("/new", Moving)]) as port,
            websocket_connect(f"ws://me:pw@127.0.0.1:{port}/old") as websocket,
        ):
            await echoes(websocket)

    async def test_a_circle_ends(self) -> None:
        class Circle(Echo):
            def prepare(self) -> None:
                self.redirect("/")

        async with serving([("/", Circle)]) as port:
            with pytest.raises(HandshakeError, match="more than 5 redirects"):
                await websocket_connect(f"ws://127.0.0.1:{port}/")


@pytest.fixture(scope="module")
def server_context() -> ssl.SSLContext:
    return certificates.server_context()


@pytest.fixture(scope="module")
def trusting() -> ssl.SSLContext:
    return certificates.client_context()


class TestTLS:
    async def test_messages_go_through(
        self, server_context: ssl.SSLContext, trusting: ssl.SSLContext
    ) -> None:
        async with (
            serving([("/", Echo)], server_context) as port,
            websocket_connect(f"wss://localhost:{port}/", ssl_options=trusting) as websocket,
        ):
            await echoes(websocket)
            await websocket.write_message("x" * 500_000)
            assert await websocket.read_message() == "x" * 500_000

    async def test_an_unknown_certificate_is_refused(self, server_context: ssl.SSLContext) -> None:
        async with serving([("/", Echo)], server_context) as port:
            with pytest.raises(ssl.SSLCertVerificationError):
                await websocket_connect(f"wss://localhost:{port}/")

    async def test_unless_it_may_be_unknown(self, server_context: ssl.SSLContext) -> None:
        async with serving([("/", Echo)], server_context) as port:
            request = SimpleNamespace(url=f"wss://localhost:{port}/", validate_cert=False)
            async with websocket_connect(request) as websocket:
                await echoes(websocket)

    async def test_a_certificate_of_another_name_is_refused(self, trusting: ssl.SSLContext) -> None:
        context = certificates.server_context("example.org")
        async with serving([("/", Echo)], context) as port:
            with pytest.raises(ssl.SSLCertVerificationError):
                await websocket_connect(f"wss://localhost:{port}/", ssl_options=trusting)

    async def test_a_redirect_to_plain_text_is_not_followed(
        self, server_context: ssl.SSLContext, trusting: ssl.SSLContext
    ) -> None:
        class Down(Echo):
            def prepare(self) -> None:
                self.redirect("http://localhost:1/")

        async with serving([("/", Down)], server_context) as port:
            with pytest.raises(HandshakeError, match="from TLS to plain text"):
                await websocket_connect(f"wss://localhost:{port}/", ssl_options=trusting)


class TestOtherWays:
    async def test_a_unix_socket(self, short_path: Path) -> None:
        path = str(short_path / "socket")
        async with (
            unix_serve(their_echo, path),
            websocket_connect("ws://localhost/", unix_socket=path) as websocket,
        ):
            await echoes(websocket)

    async def test_a_resolver(self) -> None:
        asked: list[tuple[str, int]] = []

        class Resolver:
            async def resolve(self, host: str, port: int) -> list[tuple[int, Any]]:
                asked.append((host, port))
                return [(2, ("127.0.0.1", 1)), (2, ("127.0.0.1", port))]

        async with (
            serving([("/", Echo)]) as port,
            websocket_connect(f"ws://somewhere.example:{port}/", resolver=Resolver()) as websocket,
        ):
            await echoes(websocket)
            assert asked == [("somewhere.example", port)]

    async def test_a_resolver_that_knows_nothing_of_use(self) -> None:
        class Resolver:
            def __init__(self, found: list[tuple[int, Any]]) -> None:
                self.found = found

            async def resolve(self, host: str, port: int) -> list[tuple[int, Any]]:
                return self.found

        with pytest.raises(OSError, match="knows no address"):
            await websocket_connect("ws://somewhere.example/", resolver=Resolver([]))
        with pytest.raises(ConnectionRefusedError):
            await websocket_connect(
                "ws://somewhere.example/", resolver=Resolver([(2, ("127.0.0.1", 1))])
            )
