"""Pipes, FIFOs and terminals."""

from __future__ import annotations

import asyncio
import os
import pty
import socket
import tempfile
import tty
from pathlib import Path

import pytest

from zonda.iostream import PipeIOStream, StreamClosedError


async def test_a_fifo(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    reader = PipeIOStream(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    writer = PipeIOStream(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    writer.write(b"hello")
    writer.close()
    assert await reader.read_until_close() == b"hello"


async def test_a_terminal_goes_both_ways_and_ends() -> None:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    left, right = PipeIOStream(ours), PipeIOStream(theirs)
    await left.write(b"there")
    assert await right.read_bytes(5) == b"there"
    await right.write(b"and back")
    assert await left.read_bytes(8) == b"and back"
    reading = left.read_until_close()
    right.close()
    assert await reading == b""
    assert left.error is None


@pytest.mark.parametrize("waiting", [b"", b"x" * 1_000_000])
async def test_a_writer_notices_that_nobody_will_read(waiting: bytes) -> None:
    read_end, write_end = os.pipe()
    writer = PipeIOStream(write_end)
    closed = asyncio.Event()
    writer.set_close_callback(closed.set)
    writing = writer.write(waiting)
    os.close(read_end)
    await closed.wait()
    assert writer.closed()
    if waiting:
        with pytest.raises(StreamClosedError):
            await writing
        assert isinstance(writer.error, BrokenPipeError)
    else:
        assert writer.error is None


async def test_writing_to_a_pipe_without_a_reader() -> None:
    read_end, write_end = os.pipe()
    writer = PipeIOStream(write_end)
    os.close(read_end)
    await writer.write(b"x") if False else writer.write(b"x")
    await asyncio.sleep(0.01)
    assert isinstance(writer.error, BrokenPipeError)
    with pytest.raises(StreamClosedError):
        writer.write(b"y")


async def test_the_descriptor_is_closed_with_the_stream() -> None:
    read_end, write_end = os.pipe()
    reader, writer = PipeIOStream(read_end), PipeIOStream(write_end)
    assert reader.fileno() == read_end
    await writer.write(b"x")
    await reader.read_bytes(1)
    reader.close()
    writer.close()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for fd in (read_end, write_end):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(fd)


async def test_what_cannot_be_waited_for_is_refused() -> None:
    with (
        tempfile.TemporaryFile() as file,
        pytest.raises(ValueError, match="is no pipe, socket or character device"),
    ):
        PipeIOStream(file.fileno())
    left, right = socket.socketpair()
    fd = left.detach()
    os.close(fd)
    with pytest.raises(OSError, match="Bad file descriptor"):
        PipeIOStream(fd)
    right.close()
