"""A transport whose reading and writing are hooks: what a subclass of BaseIOStream relies on."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket

import pytest

from zonda.iostream import BaseIOStream, StreamClosedError
from zonda.iostream.file_transport import FileTransport


class Peer(BaseIOStream):
    """A stream of a user who brings a file of his own."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.setblocking(False)
        self.closes = 0
        self.read_error: OSError | None = None
        self.write_error: OSError | None = None
        self.fd_error: Exception | None = None
        super().__init__()

    def fileno(self) -> int:
        return self.sock.fileno()

    def close_fd(self) -> None:
        self.closes += 1
        self.sock.close()

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        if self.read_error is not None:
            raise self.read_error
        try:
            return self.sock.recv_into(buf)
        except BlockingIOError:
            return None

    def write_to_fd(self, data: memoryview) -> int:
        if self.write_error is not None:
            raise self.write_error
        return self.sock.send(data)

    def get_fd_error(self) -> Exception | None:
        return self.fd_error


async def test_a_subclass_with_its_own_hooks() -> None:
    left, right = socket.socketpair()
    stream, other = Peer(left), Peer(right)
    await stream.write(b"question\n")
    assert await other.read_until(b"\n") == b"question\n"
    writing = other.write(b"x" * 1_000_000)
    assert await stream.read_bytes(1_000_000) == b"x" * 1_000_000
    await writing
    other.close()
    with pytest.raises(StreamClosedError):
        await stream.read_bytes(1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (stream.closes, other.closes) == (1, 1)


async def test_a_read_error_is_the_stream_s_error() -> None:
    left, right = socket.socketpair()
    stream = Peer(left)
    stream.read_error = OSError(errno.EIO, "disk on fire")
    reading = stream.read_bytes(1)
    right.send(b"x")
    with pytest.raises(StreamClosedError, match="disk on fire") as info:
        await reading
    assert info.value.real_error is stream.read_error
    right.close()


async def test_a_write_error_is_the_stream_s_error() -> None:
    left, right = socket.socketpair()
    stream = Peer(left)
    stream.write(b"x" * 10_000_000)
    last = stream.write(b"y")
    stream.write_error = OSError(errno.EIO, "disk on fire")
    right.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while right.recv(100_000):
            pass
    with pytest.raises(StreamClosedError, match="disk on fire"):
        await last
    assert stream.error is stream.write_error
    right.close()


@pytest.mark.parametrize("error", [BlockingIOError(), InterruptedError()])
async def test_not_now_is_no_error(error: OSError) -> None:
    left, right = socket.socketpair()
    stream = Peer(left)
    stream.read_error = stream.write_error = error
    writing = stream.write(b"later")
    reading = stream.read_bytes(1)
    right.send(b"x")
    await asyncio.sleep(0.01)
    assert not writing.done()
    assert not reading.done()
    stream.read_error = stream.write_error = None
    await writing
    assert await reading == b"x"
    stream.close()
    right.close()


async def test_an_abort_loses_what_waits() -> None:
    left, right = socket.socketpair()
    stream = Peer(left)
    stream.write(b"x" * 10_000_000)
    writing = stream.write(b"y")
    stream._connection.abort()
    with pytest.raises(StreamClosedError):
        await writing
    right.close()


class Recorder(asyncio.Protocol):
    def __init__(self) -> None:
        self.calls: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.calls.append("made")

    def data_received(self, data: bytes) -> None:
        self.calls.append(f"data {data!r}")

    def eof_received(self) -> bool:
        self.calls.append("eof")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.calls.append(f"lost {exc!r}")


async def test_the_end_is_told_once_even_if_reading_was_paused() -> None:
    left, right = socket.socketpair()
    protocol = Recorder()
    transport = FileTransport(asyncio.get_running_loop(), Peer(left), protocol, 100)
    assert transport.get_extra_info("socket", "none") == "none"
    assert transport.is_reading()
    transport.pause_reading()
    transport.pause_reading()
    right.send(b"x")
    right.close()
    await asyncio.sleep(0.01)
    assert protocol.calls == ["made"]
    transport.resume_reading()
    transport.resume_reading()
    await asyncio.sleep(0.01)
    assert protocol.calls == ["made", "data b'x'", "eof"]
    transport.pause_reading()
    transport.resume_reading()
    await asyncio.sleep(0.01)
    transport.close()
    transport.close()
    transport.abort()
    transport.write(b"too late")
    transport.resume_reading()
    await asyncio.sleep(0.01)
    assert protocol.calls == ["made", "data b'x'", "eof", "lost None"]


async def test_a_file_that_is_only_written_asks_for_its_error() -> None:
    left, right = socket.socketpair()
    file = Peer(left)
    file.fd_error = OSError("the other side said so")
    protocol = Recorder()
    FileTransport(asyncio.get_running_loop(), file, protocol, 100, readable=False)
    right.close()
    await asyncio.sleep(0.01)
    assert protocol.calls == ["made", "lost OSError('the other side said so')"]
