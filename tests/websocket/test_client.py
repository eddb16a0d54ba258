"""The client's end of a websocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from tests.websocket.peers import Echo, Journal, Recorder, serving
from zonda.websocket import (
    WebSocketClosedError,
    WebSocketError,
    WebSocketHandler,
    websocket_connect,
)


class Talker(WebSocketHandler):
    """Says ten things and closes."""

    def open(self, *args: str, **kwargs: str) -> None:
        for number in range(10):
            self.write_message(str(number))
        self.close(4000, "that was all")


class Closing(WebSocketHandler):
    """Closes at the first message."""

    def on_message(self, message: str | bytes) -> None:
        self.close(1001, "away")


RULES: list[tuple[str, type[WebSocketHandler]]] = [
    ("/echo", Echo),
    ("/talk", Talker),
    ("/closing", Closing),
]


@pytest_asyncio.fixture
async def url() -> AsyncIterator[str]:
    async with serving(RULES) as port:
        yield f"ws://127.0.0.1:{port}"


async def test_messages_come_back(url: str) -> None:
    async with websocket_connect(f"{url}/echo") as websocket:
        for message in ("", "ü", b"\xff", "x" * 300_000):
            await websocket.write_message(message, binary=isinstance(message, bytes))
            assert await websocket.read_message() == message


async def test_a_mapping_is_sent_as_json_and_other_buffers_as_bytes(url: str) -> None:
    async with websocket_connect(f"{url}/echo") as websocket:
        await websocket.write_message({"a": [1, "ü"]})
        assert await websocket.read_message() == '{"a": [1, "\\u00fc"]}'
        await websocket.write_message(memoryview(b"\xff\xfe"), binary=True)
        assert await websocket.read_message() == b"\xff\xfe"


async def test_it_is_iterated_until_the_server_closes(url: str) -> None:
    async with websocket_connect(f"{url}/talk") as websocket:
        assert [message async for message in websocket] == [str(n) for n in range(10)]
        assert await websocket.read_message() is None
        assert (websocket.close_code, websocket.close_reason) == (4000, "that was all")
        assert websocket.is_closed
        with pytest.raises(WebSocketClosedError, match="4000: that was all"):
            websocket.write_message("x")
        with pytest.raises(WebSocketClosedError):
            websocket.ping()
        websocket.close()


async def test_the_callback_gets_all_messages_and_then_none(url: str) -> None:
    got: list[str | bytes | None] = []
    ended = asyncio.Event()

    def callback(message: str | bytes | None) -> None:
        got.append(message)
        if message is None:
            ended.set()

    await websocket_connect(f"{url}/talk", on_message_callback=callback)
    await ended.wait()
    assert got == [*[str(n) for n in range(10)], None]


async def test_a_coroutine_as_callback_gets_them_one_by_one(url: str) -> None:
    got: list[str | bytes | None] = []
    busy = 0

    async def callback(message: str | bytes | None) -> None:
        nonlocal busy
        busy += 1
        assert busy == 1
        await asyncio.sleep(0)
        busy -= 1
        got.append(message)

    async with websocket_connect(f"{url}/talk", on_message_callback=callback) as websocket:
        await websocket.closed()
    await asyncio.sleep(0.001)
    assert got == [*[str(n) for n in range(10)], None]


async def test_an_error_in_the_callback_closes_with_1011(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def callback(message: str | bytes | None) -> None:
        if message is not None:
            raise RuntimeError("callback failed")

    websocket = await websocket_connect(f"{url}/echo", on_message_callback=callback)
    websocket.write_message("x")
    await websocket.closed()
    assert websocket.close_code == 1011
    assert "callback failed" in caplog.text


async def test_a_message_can_be_asked_for_with_a_callback(url: str) -> None:
    async with websocket_connect(f"{url}/echo") as websocket:
        got: asyncio.Future[str | bytes | None] = asyncio.get_running_loop().create_future()
        websocket.read_message(lambda future: got.set_result(future.result()))
        websocket.write_message("x")
        assert await got == "x"


async def test_pings_and_pongs_go_both_ways() -> None:
    heard: list[tuple[str, bytes]] = []

    journal = Journal()
    async with (
        serving([("/", Recorder, {"journal": journal})]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        websocket.on_ping = lambda data: heard.append(("ping", data))  # type: ignore[method-assign]  # instead of a subclass
        websocket.on_pong = lambda data: heard.append(("pong", data))  # type: ignore[method-assign]  # instead of a subclass
        websocket.ping("ours")
        await journal.until(("ping", b"ours"))
        journal.handler.ping(b"theirs")
        await journal.until(("pong", b"theirs"))
        journal.handler.write_message("last")
        assert await websocket.read_message() == "last"
    assert heard == [("pong", b"ours"), ("ping", b"theirs")]


async def test_leaving_the_context_closes_it() -> None:
    journal = Journal()
    async with serving([("/", Recorder, {"journal": journal})]) as port:
        async with websocket_connect(f"ws://127.0.0.1:{port}/") as websocket:
            pass
        assert websocket.is_closed
        with pytest.raises(RuntimeError, match="oops"):
            async with websocket_connect(f"ws://127.0.0.1:{port}/"):
                raise RuntimeError("oops")
        await journal.until(("closed", 1011, ""))
    assert journal.log == [("closed", 1000, ""), ("closed", 1011, "")]


async def test_a_reader_waits_through_the_close(url: str) -> None:
    async with websocket_connect(f"{url}/closing") as websocket:
        reader = asyncio.ensure_future(_read(websocket.read_message))
        await websocket.write_message("please close")
        assert await reader is None
        assert websocket.close_code == 1001


async def test_there_is_one_reader_at_a_time(url: str) -> None:
    async with websocket_connect(f"{url}/echo") as websocket:
        first = asyncio.ensure_future(_read(websocket.read_message))
        await asyncio.sleep(0)
        with pytest.raises(WebSocketError, match="another reader"):
            await websocket.read_message()
        await websocket.write_message("x")
        assert await first == "x"


async def test_a_client_that_does_not_read_is_not_drowned() -> None:
    class Flood(WebSocketHandler):
        async def open(self, *args: str, **kwargs: str) -> None:
            for _ in range(400):
                await self.write_message(bytes(64 * 1024), binary=True)
                self.settings["sent"].append(1)  # type: ignore[attr-defined]  # a list

    sent: list[int] = []
    async with (
        serving([("/", Flood)], sent=sent) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        before = -1
        while before < len(sent):
            before = len(sent)
            await asyncio.sleep(0.1)
        assert before < 300
        for _ in range(400):
            assert await websocket.read_message() == bytes(64 * 1024)


async def test_a_server_that_does_not_read_makes_a_writer_wait() -> None:
    class Deaf(Recorder):
        async def on_message(self, message: str | bytes) -> None:
            await self.journal.gate.wait()

    journal = Journal()
    async with (
        serving([("/", Deaf, {"journal": journal})]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        written = 0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                while True:
                    await websocket.write_message(bytes(256 * 1024), binary=True)
                    written += 1
        assert written < 100
        journal.gate.set()
        await websocket.drained()


async def test_an_error_in_the_callback_for_the_end_is_logged(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def callback(message: str | bytes | None) -> None:
        if message is None:
            raise RuntimeError("callback for the end failed")

    async with websocket_connect(f"{url}/echo", on_message_callback=callback) as websocket:
        assert not websocket.is_closed
    assert "callback for the end failed" in caplog.text


async def test_it_says_whether_it_has_heard_anything(url: str) -> None:
    async with websocket_connect(f"{url}/echo") as websocket:
        assert not websocket.has_heard
        await websocket.write_message("x")
        await websocket.read_message()
        assert websocket.has_heard


async def test_nodelay_can_be_set(url: str) -> None:
    async with websocket_connect(f"{url}/echo") as websocket:
        websocket.set_nodelay(False)
        websocket.set_nodelay(True)
        await websocket.write_message("x")
        assert await websocket.read_message() == "x"


async def test_keep_alive_ends_a_dead_server() -> None:
    class Stuck(WebSocketHandler):
        async def open(self, *args: str, **kwargs: str) -> None:
            gate = self.settings["gate"]
            assert isinstance(gate, asyncio.Event)
            await gate.wait()

    gate = asyncio.Event()
    async with serving([("/", Stuck)], gate=gate) as port:
        websocket = await websocket_connect(
            f"ws://127.0.0.1:{port}/", ping_interval=0.05, ping_timeout=0.03
        )
        assert await websocket.read_message() is None
        assert websocket.close_code is None
        gate.set()


async def _read(
    read: Callable[[], Awaitable[str | bytes | None]],
) -> str | bytes | None:
    return await read()


async def test_abort_ends_at_once_and_the_handler_hears_of_it() -> None:
    ended: asyncio.Queue[int | None] = asyncio.Queue()

    class Silent(WebSocketHandler):
        def on_close(self) -> None:
            ended.put_nowait(self.close_code)

    async with serving([("/", Silent)]) as port:
        websocket = await websocket_connect(f"ws://127.0.0.1:{port}/")
        websocket.abort()
        await websocket.closed()
        assert await ended.get() is None
