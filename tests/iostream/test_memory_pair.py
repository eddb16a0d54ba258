"""What only the pair in memory can do."""

from __future__ import annotations

import asyncio
import contextvars

import pytest

from zonda.iostream import StreamClosedError, stream_pair
from zonda.iostream.memory_pair import MemoryTransport


async def test_there_is_no_socket() -> None:
    left, right = stream_pair()
    assert left.socket is None
    assert left.fileno() == -1
    left.set_nodelay(True)
    for stream in (left, right):
        stream.close()


async def test_delivery_is_never_immediate() -> None:
    left, right = stream_pair()
    reading = right.read_bytes(1)
    left.write(b"x")
    assert not reading.done()
    await asyncio.sleep(0)
    assert reading.done()
    for stream in (left, right):
        stream.close()


async def test_a_view_is_copied_before_it_changes() -> None:
    left, right = stream_pair()
    data = bytearray(b"before")
    left.write(memoryview(data))
    data[:] = b"after!"
    assert await right.read_bytes(6) == b"before"
    for stream in (left, right):
        stream.close()


async def test_an_abort_is_a_reset_for_the_other_end() -> None:
    left, right = stream_pair()
    reading = right.read_bytes(1)
    transport, _ = left.detach()
    assert isinstance(transport, MemoryTransport)
    transport.write(b"never arrives")
    transport.abort()
    with pytest.raises(StreamClosedError) as info:
        await reading
    assert isinstance(info.value.real_error, ConnectionResetError)


async def test_writing_to_an_end_that_is_gone() -> None:
    left, right = stream_pair()
    right.close()
    await asyncio.sleep(0.01)
    assert not left.closed()
    left.write(b"x")
    await asyncio.sleep(0.01)
    assert isinstance(left.error, BrokenPipeError)


async def test_closing_waits_for_a_reader_that_has_paused() -> None:
    left, right = stream_pair(read_chunk_size=10)
    left.write(b"x" * 200_000)
    left.close()
    await asyncio.sleep(0.01)
    assert await right.read_bytes(200_000) == b"x" * 200_000
    assert await right.read_until_close() == b""


async def test_data_for_an_end_that_is_closing_is_dropped() -> None:
    left, right = stream_pair()
    left.write(b"for nobody")
    right.close()
    await asyncio.sleep(0.01)
    with pytest.raises(StreamClosedError):
        await right.read_bytes(1)
    left.close()


async def test_context_variables_of_the_writer_stay_with_the_writer() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
    left, right = stream_pair()
    seen: list[str] = []
    closed = asyncio.Event()

    def note_close() -> None:
        seen.append(variable.get())
        closed.set()

    reading = right.read_bytes(1)
    reading.add_done_callback(lambda _: seen.append(variable.get()))
    right.set_close_callback(note_close)

    async def writer() -> None:
        variable.set("the writer's")
        await left.write(b"x")
        left.close()

    await asyncio.create_task(writer())
    await reading
    await closed.wait()
    assert seen == ["unset", "unset"]
