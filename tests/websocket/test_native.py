"""The compiled functions and the Python methods that they replace do the same."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.websocket.frames import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    TEXT,
    chop,
    codecs,
    events,
    raw_frame,
    server,
)
from zonda.iostream import Sweep
from zonda.websocket import (
    CompressionOptions,
    PreparedMessage,
    WebSocketClosedError,
    WebSocketHandler,
    broadcast,
    compiled,
    native,
)
from zonda.websocket.codec import Codec
from zonda.websocket.connection import WebSocketConnection
from zonda.websocket.protocol import Protocol
from zonda.websocket.states import Side

FRAMES = {
    "text": raw_frame(TEXT, b"hello"),
    "beyond ASCII": raw_frame(TEXT, "gr\u00fc\u00df \U0001f30d".encode()),
    "binary": raw_frame(BINARY, bytes(range(100))),
    "empty text": raw_frame(TEXT),
    "empty binary": raw_frame(BINARY),
    "16 bit": raw_frame(TEXT, b"x" * 126),
    "the longest of 16 bit": raw_frame(BINARY, b"y" * 65_535),
    "64 bit": raw_frame(TEXT, b"z" * 65_536),
    "a ping": raw_frame(PING, b"there?"),
    "a close": raw_frame(CLOSE, b"\x03\xe8done"),
    "fragments": raw_frame(TEXT, b"a", fin=False) + raw_frame(PING) + raw_frame(CONT, b"b"),
    "half a frame": raw_frame(TEXT, b"half")[:7],
    "half a header": raw_frame(TEXT, b"x" * 200)[:3],
    "not UTF-8": raw_frame(TEXT, b"\xff\xfe"),
    "half a character": raw_frame(TEXT, "\u00fc".encode()[:1]),
    "too big": raw_frame(TEXT, b"x" * 70_001),
    "not masked": raw_frame(TEXT, b"plain", key=None),
    "not masked, 16 bit": raw_frame(TEXT, b"p" * 300, key=None),
    "not in its shortest form": raw_frame(TEXT, b"short", width=2),
    "a reserved bit": raw_frame(TEXT, b"rsv", rsv=4),
    "a reserved opcode": raw_frame(3, b"what"),
    "a continuation of nothing": raw_frame(CONT, b"what"),
    "nothing": b"",
}


class Interpreted(Protocol):
    """The compiled functions leave subclasses to the Python methods."""

    __slots__ = ()


class Recording(asyncio.Transport):
    """Keeps what is written; it has room for *room* bytes."""

    def __init__(self, room: int = 1 << 40) -> None:
        super().__init__()
        self.room = room
        self.log: list[object] = []
        self.connection: WebSocketConnection

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.log.append(bytes(data))
        self.room -= len(data)
        if self.room < 0:
            self.connection.pause_writing()

    def pause_reading(self) -> None:
        self.log.append("reading pauses")

    def resume_reading(self) -> None:
        self.log.append("reading goes on")

    def can_write_eof(self) -> bool:
        return False

    def abort(self) -> None:
        self.log.append("abort")

    def close(self) -> None:
        self.log.append("close")


Answer = Callable[[WebSocketHandler, str | bytes], object]


class Answering(WebSocketHandler):
    """Answers as the test says, and logs what it gets."""

    def __init__(self, answer: Answer, log: list[object]) -> None:
        self.answer = answer
        self.log = log

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        self.log.append(message)
        return cast("Awaitable[None] | None", self.answer(self, message))

    def log_exception(self, typ: object, value: object, tb: object) -> None:
        self.log.append(repr(value))

    def on_connection_close(self) -> None:
        self.log.append("ended")


def connect(
    kind: type[Protocol], answer: Answer, room: int = 1 << 40, codec: Codec | None = None
) -> tuple[WebSocketConnection, Recording]:
    loop = asyncio.get_running_loop()
    transport = Recording(room)
    handler = Answering(answer, transport.log)
    protocol = kind(Side.SERVER, codec, max_message_size=70_000)
    connection = WebSocketConnection(loop, Sweep(loop), protocol, handler)
    transport.connection = handler.ws_connection = connection
    connection.connection_made(transport)
    connection.start()
    return connection, transport


async def settle() -> None:
    """Let what is going on come to its end."""
    for _ in range(100):
        await asyncio.sleep(0)


async def logs(
    pieces: list[bytes],
    answer: Answer,
    room: int = 1 << 40,
    *,
    compression: CompressionOptions | None = None,
) -> list[list[object]]:
    """What happens to *pieces*, with the compiled functions and without."""
    found = []
    for kind in (Protocol, Interpreted):
        codec = codecs(compression)[0] if compression is not None else None
        connection, transport = connect(kind, answer, room, codec)
        for piece in pieces:
            connection.data_received(piece)
        await settle()
        transport.room = 1 << 40
        connection.resume_writing()
        await settle()
        transport.log += [connection.close_code, connection.is_closing, connection.writing_paused]
        found.append(transport.log)
    return found


def echo(handler: WebSocketHandler, message: str | bytes) -> Awaitable[None]:
    return handler.write_message(message, isinstance(message, bytes))


def silent(handler: WebSocketHandler, message: str | bytes) -> None:
    handler.write_message(message, isinstance(message, bytes))


async def later(handler: WebSocketHandler, message: str | bytes) -> None:
    await asyncio.sleep(0)
    await echo(handler, message)
    await echo(handler, message)


def thrice(handler: WebSocketHandler, message: str | bytes) -> None:
    for _ in range(3):
        handler.write_message("x" * 9000)


def failing(handler: WebSocketHandler, message: str | bytes) -> None:
    handler.write_message(message, isinstance(message, bytes))
    raise LookupError("no answer")


def closing(handler: WebSocketHandler, message: str | bytes) -> None:
    handler.write_message("last")
    handler.close(1000)


def odd(handler: WebSocketHandler, message: str | bytes) -> None:
    """Messages that are sent otherwise than usually."""
    handler.write_message({"a": 1})
    handler.write_message(b"text")
    handler.write_message("bytes", binary=True)
    handler.write_message("", binary=False)
    handler.write_message("\u00fc\U0001f30d")
    handler.write_message(type("Word", (str,), {})("of a subclass"))
    handler.write_message("z" * 66_000)
    handler.write_message("twice", binary=cast(bool, 2))
    for wrong, error in ((b"\xff", ValueError), ("\udc00", UnicodeEncodeError), (1, TypeError)):
        with pytest.raises(error):
            handler.write_message(cast(str, wrong))


def to_all(handler: WebSocketHandler, message: str | bytes) -> None:
    prepared = PreparedMessage("to all")
    assert broadcast([handler, handler], prepared) == 2
    assert broadcast([handler], prepared) == 1


ANSWERS = [echo, silent, later, thrice, failing, closing, odd, to_all]


class TestTheSameHappens:
    @pytest.mark.parametrize("answer", ANSWERS)
    @pytest.mark.parametrize("kind", FRAMES)
    async def test_to_each_kind_of_frame(self, kind: str, answer: Answer) -> None:
        for pieces in (
            [FRAMES["text"], FRAMES[kind], FRAMES["text"]],
            [FRAMES["text"] + FRAMES[kind] + FRAMES["binary"] * 2],
        ):
            with_c, without = await logs(pieces, answer)
            assert with_c == without
            assert with_c[0] == "hello"

    @pytest.mark.parametrize("answer", ANSWERS)
    @pytest.mark.parametrize("room", [0, 6, 1000])
    async def test_where_the_peer_does_not_read(self, room: int, answer: Answer) -> None:
        pieces = [FRAMES["text"], FRAMES["text"] * 3 + FRAMES["binary"], FRAMES["beyond ASCII"]]
        with_c, without = await logs(pieces, answer, room)
        assert with_c == without

    @pytest.mark.parametrize("answer", ANSWERS)
    @pytest.mark.parametrize("threshold", [0, 5, 128, 100_000, 1 << 70])
    async def test_with_compression(self, threshold: int, answer: Answer) -> None:
        options = CompressionOptions(threshold=threshold)
        client = Protocol(Side.CLIENT, codecs(options)[1])
        pieces = [client.message("small"), FRAMES["text"], client.message("x" * 500)]
        pieces += [FRAMES["empty text"], FRAMES["text"] * 2 + FRAMES["binary"]]
        with_c, without = await logs(pieces, answer, compression=options)
        assert with_c == without
        assert with_c[0] == "small"

    @given(
        st.lists(st.sampled_from(sorted(FRAMES)), max_size=6),
        st.lists(st.integers(0, 400), max_size=6),
    )
    def test_in_any_order_and_cuts(self, kinds: list[str], cuts: list[int]) -> None:
        pieces = chop(b"".join(FRAMES[kind] for kind in kinds), cuts)
        with_c, without = asyncio.run(logs(pieces, echo))
        assert with_c == without

    @given(st.lists(st.binary(max_size=200), max_size=4))
    def test_to_any_bytes(self, pieces: list[bytes]) -> None:
        ours, other = server(), Interpreted(Side.SERVER)
        assert events(ours, pieces) == events(other, pieces)

    def test_to_a_client_that_reads(self) -> None:
        frames = [raw_frame(TEXT, b"x" * size, key=None) for size in (0, 1, 125, 126, 70_000)]
        frames += [raw_frame(BINARY, bytes(300), key=None), raw_frame(TEXT, b"masked")]
        found = [events(kind(Side.CLIENT), frames) for kind in (Protocol, Interpreted)]
        # The close frame of a client has a key of its own.
        assert [each[:-1] for each in found] == [found[0][:-1]] * 2
        assert len(found[0]) == len(found[1]) == 7


@pytest.mark.parametrize("size", [0, 1, 4, 125, 126, 65_535, 65_536])
async def test_a_client_sends_frames_that_a_server_reads(size: int) -> None:
    transport = Recording()
    loop = asyncio.get_running_loop()
    owner = Answering(silent, transport.log)
    connection = WebSocketConnection(loop, Sweep(loop), Protocol(Side.CLIENT), owner)
    connection.connection_made(transport)
    messages: list[str | bytes] = ["a" * size, bytes(size), "\u00fc" * (size // 2)]
    for message in messages:
        connection.write_message(message, isinstance(message, bytes))
    await asyncio.sleep(0)
    assert events(Interpreted(Side.SERVER), cast("list[bytes]", transport.log)) == messages


async def test_what_ends_a_program_is_not_caught() -> None:
    def end(handler: WebSocketHandler, message: str | bytes) -> None:
        raise KeyboardInterrupt

    for kind in (Protocol, Interpreted):
        for data in (FRAMES["text"], FRAMES["text"] * 2):
            connection, _ = connect(kind, end)
            with pytest.raises(KeyboardInterrupt):
                connection.data_received(data)


async def test_a_transport_that_fails_is_heard_of() -> None:
    def fail(data: Any) -> None:
        raise OSError("no transport")

    prepared = PreparedMessage("x")
    prepared.plain_frame()
    for kind in (Protocol, Interpreted):
        connection, transport = connect(kind, silent)
        transport.write = fail  # type: ignore[method-assign]  # it fails from here
        with pytest.raises(OSError, match="no transport"):
            connection.write_message("x", False)
        with pytest.raises(OSError, match="no transport"):
            connection.write_prepared(prepared)


async def test_a_closed_websocket_takes_nothing() -> None:
    for kind in (Protocol, Interpreted):
        connection, transport = connect(kind, silent)
        connection.begin_close(1000)
        prepared = PreparedMessage("x")
        prepared.plain_frame()
        with pytest.raises(WebSocketClosedError):
            connection.write_message("x", False)
        with pytest.raises(WebSocketClosedError):
            connection.write_prepared(prepared)
        assert len(transport.log) == 1


def test_methods_say_their_arguments() -> None:
    signature = inspect.signature(WebSocketConnection.write_message)
    assert list(signature.parameters) == ["self", "message", "binary"]


async def test_arguments_may_be_named() -> None:
    connection, transport = connect(Protocol, silent)
    await connection.write_message(message="x", binary=False)
    assert transport.log == [b"\x81\x01x"]
    with pytest.raises(TypeError):
        connection.write_message("x")  # type: ignore[call-arg]  # what the test is about


def test_zonda_pure_leaves_them_unused() -> None:
    program = (
        "from zonda.websocket import compiled, masking\n"
        "print(compiled, masking.mask.__module__ == 'zonda.websocket._native')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "ZONDA_PURE": "1"},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.stdout == "False False\n", done.stderr


def test_compiled_says_whether_there_is_a_compiled_module() -> None:
    directory = Path(native.__file__).parent
    found = list(directory.glob("_native*.so")) + list(directory.glob("_native*.pyd"))
    assert compiled == bool(found and not os.environ.get("ZONDA_PURE"))
