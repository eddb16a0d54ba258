"""A peer that sends without being read, or does not read, costs bounded memory."""

from __future__ import annotations

import asyncio
import os

import pytest

from tests.iostream.pairs import KINDS, MakePair
from zonda.iostream import BaseIOStream, StreamBufferFullError

MIB = 1024 * 1024
PIECE = b"x" * MIB
# Read while a task of the test goes on inside a stream's callback, where no file may be waited for.
STATM = os.open("/proc/self/statm", os.O_RDONLY)


def resident() -> int:
    """Bytes of memory of this process."""
    pages = int(os.pread(STATM, 100, 0).split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Watch:
    """The most memory that the process has had since, in MiB."""

    def __init__(self) -> None:
        self.before = self.most = resident()

    def look(self) -> None:
        self.most = max(self.most, resident())

    @property
    def growth(self) -> float:
        return (self.most - self.before) / MIB


async def send(writer: BaseIOStream, count: int) -> None:
    for _ in range(count):
        await writer.write(PIECE)


async def warm_up(writer: BaseIOStream, reader: BaseIOStream) -> None:
    """What is allocated once is no growth."""
    sending = asyncio.ensure_future(send(writer, 4))
    await reader.read_bytes(4 * MIB)
    await sending


@pytest.mark.deadline(60)
@pytest.mark.parametrize("count", [256, pytest.param(1024, marks=pytest.mark.long)])
async def test_very_many_mebibytes_in_flight(count: int) -> None:
    writer, reader = await KINDS["tcp"]()
    await warm_up(writer, reader)
    watch = Watch()
    sending = asyncio.ensure_future(send(writer, count))
    await asyncio.sleep(0.1)  # nobody reads
    assert not sending.done()
    watch.look()
    received = 0
    while received < count * MIB:
        received += len(await reader.read_bytes(MIB, partial=True))
        if received % (32 * MIB) < MIB:
            watch.look()
    await sending
    assert watch.growth < 32
    for stream in (writer, reader):
        stream.close()


async def test_a_reader_that_takes_its_time(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    await warm_up(writer, reader)
    watch = Watch()
    sending = asyncio.ensure_future(send(writer, 64))
    for _ in range(64):
        await asyncio.sleep(0.001)
        await reader.read_bytes(MIB)
        watch.look()
    await sending
    assert watch.growth < 32


async def test_a_peer_that_never_reads(make_pair: MakePair) -> None:
    writer, _ = await make_pair()
    watch = Watch()
    sending = asyncio.ensure_future(send(writer, 1024))
    await asyncio.sleep(0.1)
    watch.look()
    assert not sending.done()
    assert watch.growth < 32
    sending.cancel()
    await asyncio.wait([sending])
    with pytest.raises(StreamBufferFullError):
        for _ in range(1000):
            writer.write(PIECE)
            watch.look()
    # One piece of memory is written again and again: a copy of each would be seen here.
    assert watch.growth < writer.max_write_buffer_size / MIB + 32


async def test_lines_that_nobody_reads_stop_the_peer(make_pair: MakePair) -> None:
    writer, reader = await make_pair(read_chunk_size=1024)
    writer.write(b"line\n" * (4 * MIB))
    assert await reader.read_until(b"\n") == b"line\n"
    await asyncio.sleep(0.05)
    assert reader._connection.reading_paused
    # What one delivery of the transport brings is the least that can be held.
    assert reader._connection.buffer.size <= 2 * 1024 + 256 * 1024
    for _ in range(10_000):
        assert await reader.read_until(b"\n") == b"line\n"
