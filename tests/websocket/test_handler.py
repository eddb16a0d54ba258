"""What a handler offers: iteration, reading, settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextvars import ContextVar
from typing import Any

import pytest

from tests.websocket.frames import TEXT, raw_frame
from tests.websocket.peers import Echo, Journal, RawClient, Recorder, serving
from zonda.websocket import (
    SlowConsumer,
    WebSocketClosedError,
    WebSocketError,
    WebSocketHandler,
    websocket_connect,
)


class Iterating(WebSocketHandler):
    """Takes its messages in open()."""

    def initialize(self, journal: Journal) -> None:
        self.journal = journal

    async def open(self, *args: str, **kwargs: str) -> None:
        async for message in self:
            await self.write_message(f"got {message!r}")
            if message == "enough":
                break
        self.journal.log.append("left the loop")
        self.close(4000)

    def on_close(self) -> None:
        self.journal.log.append(("closed", self.close_code))


class Asking(WebSocketHandler):
    """Reads one message at a time, in a conversation."""

    async def open(self, *args: str, **kwargs: str) -> None:
        await self.write_message("name?")
        name = await self.read_message()
        await self.write_message("age?")
        age = await self.read_message()
        await self.write_message({"name": name, "age": age})


class Confused(Echo):
    async def open(self, *args: str, **kwargs: str) -> None:
        with pytest.raises(WebSocketError, match="messages go to on_message"):
            await self.read_message()
        self.write_message("told")


async def test_messages_can_be_iterated_over() -> None:
    journal = Journal()
    async with (
        serving([("/", Iterating, {"journal": journal})]) as port,
        await RawClient.connect(port) as peer,
    ):
        for message in (b"one", b"enough", b"unread"):
            peer.send(raw_frame(TEXT, message))
        assert [await peer.event(), await peer.event()] == ["got 'one'", "got 'enough'"]
        assert await peer.close_code() == 4000
    assert journal.log[0] == "left the loop"


async def test_the_iteration_ends_with_the_websocket() -> None:
    journal = Journal()
    async with serving([("/", Iterating, {"journal": journal})]) as port:
        async with websocket_connect(f"ws://127.0.0.1:{port}/") as websocket:
            await websocket.write_message("one")
            assert await websocket.read_message() == "got 'one'"
        await journal.until("left the loop")
    assert journal.log == [("closed", 1000), "left the loop"]


async def test_a_conversation_in_open() -> None:
    async with (
        serving([("/", Asking)]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        for question, answer in (("name?", "Ada"), ("age?", "36")):
            assert await websocket.read_message() == question
            await websocket.write_message(answer)
        assert await websocket.read_message() == '{"name": "Ada", "age": "36"}'


async def test_who_defines_on_message_does_not_read() -> None:
    async with (
        serving([("/", Confused)]) as port,
        websocket_connect(f"ws://127.0.0.1:{port}/") as websocket,
    ):
        assert await websocket.read_message() == "told"


async def test_reading_after_the_end_gives_none() -> None:
    handlers: list[WebSocketHandler] = []

    class Kept(WebSocketHandler):
        def open(self, *args: str, **kwargs: str) -> None:
            handlers.append(self)

    async with serving([("/", Kept)]) as port:
        async with websocket_connect(f"ws://127.0.0.1:{port}/") as websocket:
            await websocket.write_message("unread")
        while handlers[0].ws_connection is not None:
            await asyncio.sleep(0.001)
        assert await handlers[0].read_message() == "unread"
        assert await handlers[0].read_message() is None


async def test_all_kinds_of_messages_are_written() -> None:
    journal = Journal()
    async with (
        serving([("/", Recorder, {"journal": journal})]) as port,
        await RawClient.connect(port) as peer,
    ):
        write = journal.handler.write_message
        write("text")
        write("größe".encode())
        write(b"\xff", binary=True)
        write("text", binary=True)
        write({"a": None})
        write(bytearray(b"\x01"), binary=True)
        got = [await peer.event() for _ in range(6)]
        assert got == ["text", "größe", b"\xff", b"text", '{"a": null}', b"\x01"]
        with pytest.raises(ValueError, match="must be UTF-8"):
            write(b"\xff")
        with pytest.raises(TypeError):
            write(None)  # type: ignore[arg-type]  # that is the point


async def test_a_coroutine_as_on_close_is_run() -> None:
    class Closing(Recorder):
        async def on_close(self) -> None:
            await asyncio.sleep(0)
            self.journal.log.append("closed")
            if self.journal.log[0] == "closed-error":
                raise WebSocketClosedError
            raise RuntimeError("on_close failed")

    journal = Journal()
    async with serving([("/", Closing, {"journal": journal})]) as port:
        async with websocket_connect(f"ws://127.0.0.1:{port}/"):
            pass
        await journal.until(("raised", "on_close failed"))
        journal.log[:] = ["closed-error"]
        async with websocket_connect(f"ws://127.0.0.1:{port}/"):
            pass
        await journal.until("closed")
    assert journal.log == ["closed-error", "closed"]


async def test_an_error_in_on_close_is_logged() -> None:
    class Failing(Recorder):
        def on_close(self) -> None:
            raise RuntimeError("on_close failed")

    journal = Journal()
    async with serving([("/", Failing, {"journal": journal})]) as port:
        async with websocket_connect(f"ws://127.0.0.1:{port}/"):
            pass
        await journal.until(("raised", "on_close failed"))


async def test_settings_are_defaults_of_properties() -> None:
    seen: list[object] = []

    class Look(WebSocketHandler):
        def open(self, *args: str, **kwargs: str) -> None:
            seen.extend([self.ping_interval, self.ping_timeout, self.max_message_size])
            seen.extend([self.slow_consumer, self.max_send_queue])

    settings: dict[str, Any] = {
        "websocket_ping_interval": 30,
        "websocket_ping_timeout": 20,
        "websocket_max_message_size": 10,
        "websocket_slow_consumer": "disconnect",
        "websocket_max_send_queue": 5,
    }
    for given, expected in (
        (settings, [30, 20, 10, SlowConsumer.DISCONNECT, 5]),
        ({}, [None, None, 16 << 20, SlowConsumer.WAIT, 4 << 20]),
    ):
        seen.clear()
        async with (
            serving([("/", Look)], **given) as port,
            websocket_connect(f"ws://127.0.0.1:{port}/"),
        ):
            pass
        assert seen == expected


async def test_without_overriding_anything_a_client_can_come_and_go() -> None:
    async with serving([("/", WebSocketHandler)]) as port:
        async with websocket_connect(f"ws://127.0.0.1:{port}/") as websocket:
            websocket.ping(b"x")
        assert websocket.close_code == 1000


known: ContextVar[str] = ContextVar("known", default="nothing")


def learn(word: str) -> str:
    """What was known before."""
    before = known.get()
    known.set(f"{before}, {word}" if before != "nothing" else word)
    return before


class Learning(Recorder):
    """Knows what was learned on the same websocket."""

    def prepare(self) -> None:
        assert known.get() == "nothing"
        learn(self.get_argument("name"))

    def open(self, *args: str, **kwargs: str) -> None:
        learn("open")

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        before = learn(str(message))
        if message == "wait":
            return self._later(before)
        self.write_message(before)
        return None

    async def _later(self, before: str) -> None:
        await asyncio.sleep(0)
        assert known.get() == f"{before}, wait"
        await self.write_message(before)

    def on_close(self) -> Awaitable[None] | None:
        self.journal.log.append(known.get())
        return None


class LearningLater(Learning):
    async def open(self, *args: str, **kwargs: str) -> None:  # type: ignore[override]  # waits
        await asyncio.sleep(0)
        learn("open")


@pytest.mark.parametrize("kind", [Learning, LearningLater])
async def test_messages_come_with_the_context_variables_of_the_request(
    kind: type[Learning],
) -> None:
    journal = Journal()
    async with (
        serving([("/", kind, {"journal": journal})]) as port,
        await RawClient.connect(port, "/?name=ann") as ann,
        await RawClient.connect(port, "/?name=bob") as bob,
    ):
        ann.send(raw_frame(TEXT, b"one"))
        assert await ann.event() == "ann, open"
        bob.send(raw_frame(TEXT, b"two"))
        assert await bob.event() == "bob, open"
        ann.send(raw_frame(TEXT, b"wait") + raw_frame(TEXT, b"three"))
        assert [await ann.event(), await ann.event()] == ["ann, open, one", "ann, open, one, wait"]
        ann.writer.close()
        await journal.until("ann, open, one, wait, three")
    assert known.get() == "nothing"
