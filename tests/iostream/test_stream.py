"""The contract of every stream: TCP, TLS, Unix sockets, pipes, descriptors, memory."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import sys
import warnings

import pytest

from tests.iostream.pairs import KINDS, MakePair, Pair, memory
from zonda.iostream import (
    BaseIOStream,
    StreamBufferFullError,
    StreamBusyError,
    StreamClosedError,
    UnsatisfiableReadError,
    stream_pair,
)

MIB = 1024 * 1024


# Reading


async def test_read_until(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    await writer.write(b"one\r\ntwo\r\nthree")
    assert await reader.read_until(b"\r\n") == b"one\r\n"
    assert await reader.read_until(b"\r\n") == b"two\r\n"
    await writer.write(b"\r")
    waiting = reader.read_until(b"\r\n")
    await writer.write(b"\n")
    assert await waiting == b"three\r\n"


async def test_the_same_delimiter_after_other_reads(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    delimiter = b"\r\n"
    await writer.write(b"01234567\r")
    assert await reader.read_bytes(1) == b"0"
    waiting = reader.read_until(delimiter)
    assert not waiting.done()
    waiting.cancel()
    assert await reader.read_bytes(7) == b"1234567"
    await writer.write(b"\n8\r\n")
    assert await reader.read_until(delimiter) == b"\r\n"
    assert await reader.read_until(delimiter, max_bytes=3) == b"8\r\n"
    await writer.write(b"90")
    with pytest.raises(UnsatisfiableReadError, match="within 2 bytes"):
        await reader.read_until(delimiter, max_bytes=2)
    assert await reader.read_bytes(2) == b"90"


async def test_read_until_regex(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    await writer.write(b"head\n\nbody 1;")
    assert await reader.read_until_regex(rb"\r?\n\r?\n") == b"head\n\n"
    assert await reader.read_until_regex(re.compile(rb"\d;")) == b"body 1;"


async def test_a_pattern_without_bound_is_found_after_a_pause(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    waiting = reader.read_until_regex(rb"a.*b")
    await writer.write(b"a" * 10_000)
    await asyncio.sleep(0.02)
    await writer.write(b"b")
    assert await waiting == b"a" * 10_000 + b"b"


@pytest.mark.parametrize("count", [0, 1, 5, 6])
async def test_read_bytes(make_pair: MakePair, count: int) -> None:
    writer, reader = await make_pair()
    await writer.write(b"123456")
    assert await reader.read_bytes(count) == b"123456"[:count]


async def test_read_bytes_partially(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    waiting = reader.read_bytes(50, partial=True)
    await writer.write(b"hello")
    assert await waiting == b"hello"
    waiting = reader.read_bytes(3, partial=True)
    await writer.write(b"world")
    assert await waiting == b"wor"
    assert await reader.read_bytes(0, partial=True) == b""
    assert await reader.read_bytes(50, partial=True) == b"ld"


async def test_read_into(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    buffer = bytearray(10)
    waiting = reader.read_into(buffer)
    await writer.write(b"hello")
    await writer.write(b"world!!")
    assert await waiting == 10
    assert buffer == b"helloworld"
    assert await reader.read_into(memoryview(buffer)[:1]) == 1
    assert await reader.read_into(buffer, partial=True) == 1
    assert buffer == b"!elloworld"
    buffer.clear()
    assert reader.read_into(bytearray()).result() == 0


async def test_read_into_typed_memory(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    numbers = memoryview(bytes(range(80))).cast("L")
    await writer.write(numbers)
    buffer = memoryview(bytearray(80)).cast("L")
    assert await reader.read_into(buffer) == 80
    assert buffer.tobytes() == bytes(range(80))


async def test_read_until_close(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    waiting = reader.read_until_close()
    await writer.write(b"x" * MIB)
    writer.write(b"end")
    writer.close()
    assert await waiting == b"x" * MIB + b"end"
    assert reader.closed()
    assert reader.error is None


async def test_what_came_before_the_end_can_be_read_after_it(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    writer.write(b"1234")
    assert await reader.read_bytes(1) == b"1"
    writer.close()
    assert await reader.read_bytes(1) == b"2"
    await asyncio.sleep(0.01)
    assert await reader.read_bytes(1) == b"3"
    assert await reader.read_until_close() == b"4"
    with pytest.raises(StreamClosedError):
        reader.read_bytes(1)


async def test_the_end_in_the_middle_of_a_read(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    waiting = reader.read_until(b"\n")
    await writer.write(b"half a li")
    writer.close()
    with pytest.raises(StreamClosedError) as info:
        await waiting
    assert info.value.real_error is None
    assert str(info.value) == "Stream is closed"
    assert reader.closed()
    assert await reader.read_bytes(100, partial=True) == b"half a li"


async def test_only_one_read_at_a_time(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    waiting = reader.read_bytes(1)
    assert reader.reading()
    with pytest.raises(StreamBusyError, match="a read waits already"):
        reader.read_bytes(1)
    await writer.write(b"ab")
    assert await waiting == b"a"
    assert not reader.reading()
    assert await reader.read_bytes(1) == b"b"


@pytest.mark.parametrize("count", [3, 30])
async def test_a_read_that_was_given_up_loses_nothing(make_pair: MakePair, count: int) -> None:
    writer, reader = await make_pair()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read_bytes(count), 0.01)
    assert not reader.reading()
    await writer.write(b"abc")
    buffer = bytearray(count + 1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read_into(buffer), 0.01)
    buffer.clear()
    await writer.write(b"def")
    assert await reader.read_bytes(6) == b"abcdef"


async def test_a_cancelled_read_into_gives_back_at_once() -> None:
    writer, reader = await memory()
    await writer.write(b"abc")
    await asyncio.sleep(0)
    buffer = bytearray(5)
    waiting = reader.read_into(buffer)
    assert buffer[:3] == b"abc"
    waiting.cancel()
    assert await reader.read_bytes(3) == b"abc"


# Limits


async def test_max_bytes_in_time(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    await writer.write(b"abcdef" * 3)
    assert await reader.read_until(b"def", max_bytes=50) == b"abcdef"
    assert await reader.read_until(b"def", max_bytes=6) == b"abcdef"
    assert await reader.read_until_regex(b"def", max_bytes=6) == b"abcdef"


@pytest.mark.parametrize("method", ["read_until", "read_until_regex"])
@pytest.mark.parametrize("data", [b"123456", b"abcdef"])
@pytest.mark.parametrize("early", [True, False])
async def test_max_bytes_exceeded(
    make_pair: MakePair, method: str, data: bytes, early: bool
) -> None:
    writer, reader = await make_pair()
    closed = asyncio.Event()
    reader.set_close_callback(closed.set)
    if early:
        await writer.write(data)
        await asyncio.sleep(0.01)
    waiting = getattr(reader, method)(b"def", max_bytes=5)
    if not early:
        await writer.write(data)
    with pytest.raises(UnsatisfiableReadError, match=r"within 5 bytes \(max_bytes\)"):
        await waiting
    await closed.wait()
    with pytest.raises(StreamClosedError) as info:
        reader.read_until(b"\n")
    assert isinstance(info.value.real_error, UnsatisfiableReadError)


@pytest.mark.parametrize("method", ["read_until", "read_until_regex", "read_until_close"])
async def test_a_read_may_not_need_more_than_max_buffer_size(
    make_pair: MakePair, method: str
) -> None:
    writer, reader = await make_pair(max_buffer_size=1024)
    waiting = getattr(reader, method)(*([] if method.endswith("close") else [b"def"]))
    writer.write(b"a" * 4096)
    with pytest.raises(StreamClosedError, match=r"1024 bytes \(max_buffer_size\)") as info:
        await waiting
    assert isinstance(info.value.real_error, StreamBufferFullError)


async def test_small_reads_of_more_than_the_buffer_holds(make_pair: MakePair) -> None:
    writer, reader = await make_pair(max_buffer_size=10 * 1024)
    writer.write((b"a" * 1023 + b"\n") * 200)
    for _ in range(100):
        assert await reader.read_bytes(1024) == b"a" * 1023 + b"\n"
        assert await reader.read_until(b"\n", max_bytes=1024) == b"a" * 1023 + b"\n"


async def test_arguments_without_sense(make_pair: MakePair) -> None:
    _, reader = await make_pair(max_buffer_size=100)
    with pytest.raises(StreamBufferFullError, match=r"101 bytes: the most is 100"):
        reader.read_bytes(101)
    with pytest.raises(ValueError, match="num_bytes must not be negative, not -1"):
        reader.read_bytes(-1)
    with pytest.raises(ValueError, match="max_bytes must not be negative"):
        reader.read_until(b"\n", max_bytes=-1)
    with pytest.raises(ValueError, match="empty delimiter"):
        reader.read_until(b"")
    assert not reader.reading()


async def test_text_and_constants_are_refused_at_once(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    with pytest.raises(TypeError, match=r"a delimiter is bytes, not '\\n'"):
        reader.read_until("\n")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a pattern for bytes is bytes, not 'x'"):
        reader.read_until_regex("x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="memory that can be written"):
        reader.read_into(memoryview(b"constant"))
    with pytest.raises(TypeError, match="bytes, not str: encode the text"):
        writer.write("text")  # type: ignore[arg-type]
    assert not reader.reading()
    await writer.write(b"a\r\n")
    delimiter = bytearray(b"\r\n")
    assert await reader.read_until(delimiter) == b"a\r\n"  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["max_buffer_size", "read_chunk_size", "max_write_buffer_size"])
async def test_limits_without_sense(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at least 1 byte, not 0"):
        stream_pair(**{name: 0})


# Writing


@pytest.mark.parametrize(
    "data", [b"hello", bytearray(b"hello"), memoryview(b"hello"), memoryview(b"_hello")[1:]]
)
async def test_kinds_of_bytes(make_pair: MakePair, data: bytes) -> None:
    writer, reader = await make_pair()
    await writer.write(data)
    assert await reader.read_bytes(5) == b"hello"


async def test_writing_nothing(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    await writer.write(b"")
    writer.close()
    assert await reader.read_until_close() == b""


async def test_a_bytearray_can_change_while_it_is_written(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    data = bytearray(b"x" * 10 * MIB)
    writing = writer.write(data)
    data.clear()
    assert await reader.read_bytes(10 * MIB) == b"x" * 10 * MIB
    await writing


async def test_writes_arrive_in_order(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    pieces = [bytes([n % 256]) * (n * 37 % 5000) for n in range(1000)]
    futures = [writer.write(piece) for piece in pieces]
    whole = b"".join(pieces)
    assert await reader.read_bytes(len(whole)) == whole
    await asyncio.gather(*futures)
    assert not writer.writing()


async def test_write_waits_for_a_peer_that_does_not_read(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    size = 20 * MIB
    writing = writer.write(b"x" * size)
    await asyncio.sleep(0.05)
    assert not writing.done()
    assert writer.writing()
    received = 0
    while received < size:
        received += len(await reader.read_bytes(MIB, partial=True))
    await writing
    assert not writer.writing()


async def test_what_waits_to_be_written_is_limited(make_pair: MakePair) -> None:
    writer, _ = await make_pair(max_write_buffer_size=MIB)
    with pytest.raises(StreamBufferFullError, match=r"1048576 bytes \(max_write_buffer_size\)"):
        for _ in range(100):
            writer.write(b"x" * MIB)
    assert not writer.closed()


async def test_a_single_write_above_the_limit(make_pair: MakePair) -> None:
    writer, reader = await make_pair(max_write_buffer_size=10)
    with pytest.raises(StreamBufferFullError, match="writing 11 bytes more"):
        writer.write(b"x" * 11)
    await writer.write(b"y" * 10)
    assert await reader.read_bytes(10) == b"y" * 10


async def test_writes_that_are_given_up(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    writing = [writer.write(b"x" * 10 * MIB) for _ in range(2)]
    assert not writing[1].done()
    writing[1].cancel()
    assert len(await reader.read_bytes(20 * MIB)) == 20 * MIB


# Closing


async def test_close_sends_what_was_written(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    writer.write(b"x" * 10 * MIB)
    writer.close()
    assert writer.closed()
    assert len(await reader.read_until_close()) == 10 * MIB


async def test_close_answers_everybody_who_waits(make_two_way: MakePair) -> None:
    stream, peer = await make_two_way()
    reading = stream.read_bytes(1)
    stream.write(b"x" * 10 * MIB)
    writing = stream.write(b"y" * MIB)
    closed = asyncio.Event()
    stream.set_close_callback(closed.set)
    await asyncio.sleep(0.01)
    assert not reading.done()
    assert not writing.done()
    stream.close()
    stream.close()
    with pytest.raises(StreamClosedError):
        await reading
    with pytest.raises(StreamClosedError):
        await writing
    await closed.wait()
    with pytest.raises(StreamClosedError):
        stream.write(b"too late")
    with pytest.raises(StreamClosedError):
        stream.read_bytes(1)
    assert len(await peer.read_until_close()) == 11 * MIB


async def test_answers_that_nobody_asks_for_are_no_errors(make_two_way: MakePair) -> None:
    stream, _ = await make_two_way()
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
    stream.read_bytes(1)
    stream.write(b"x" * 20 * MIB)
    await asyncio.sleep(0.01)
    stream.close()
    await asyncio.sleep(0.01)
    gc.collect()
    assert not problems


async def test_read_until_close_and_a_close_on_this_side(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    waiting = reader.read_until_close()
    await writer.write(b"hello")
    await asyncio.sleep(0.02)
    reader.close()
    assert await waiting == b"hello"


def raised() -> ValueError:
    try:
        raise ValueError("boom")
    except ValueError as error:
        return error


@pytest.mark.parametrize("form", ["exception", "tuple", "true"])
async def test_close_with_an_error(make_pair: MakePair, form: str) -> None:
    _, reader = await make_pair()
    waiting = reader.read_until_close()
    await asyncio.sleep(0.01)
    error = raised()
    if form == "exception":
        reader.close(error)
    elif form == "tuple":
        reader.close((type(error), error, error.__traceback__))
    else:
        try:
            raise error
        except ValueError:
            reader.close(True)
    with pytest.raises(StreamClosedError, match="Stream is closed: boom") as info:
        await waiting
    assert info.value.real_error is error
    assert reader.error is error


@pytest.mark.parametrize("form", [None, False, (None, None, None), True])
async def test_close_without_an_error(make_pair: MakePair, form: object) -> None:
    _, reader = await make_pair()
    assert sys.exc_info() == (None, None, None)
    reader.close(form)  # type: ignore[arg-type]  # the forms are what is tested
    assert reader.closed()
    assert reader.error is None


async def test_the_close_callback_without_a_reader(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    closed = asyncio.Event()
    await writer.write(b"a")
    assert await reader.read_bytes(1) == b"a"
    reader.set_close_callback(closed.set)
    await asyncio.sleep(0.01)
    assert not closed.is_set()
    writer.close()
    await closed.wait()
    assert reader.closed()


async def test_first_comes_what_came_first(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    closed = asyncio.Event()
    await writer.write(b"abc")
    assert await reader.read_bytes(1) == b"a"
    writer.close()
    await asyncio.sleep(0.01)
    reader.set_close_callback(closed.set)
    assert await reader.read_bytes(2) == b"bc"
    with pytest.raises(StreamClosedError):
        await reader.read_bytes(1)
    await closed.wait()


async def test_the_close_callback_of_a_closed_stream(make_pair: MakePair) -> None:
    _, reader = await make_pair()
    closed = asyncio.Event()
    reader.close()
    reader.set_close_callback(closed.set)
    assert not closed.is_set()
    await closed.wait()


async def test_the_close_callback_taken_back(make_pair: MakePair) -> None:
    _, reader = await make_pair()
    calls: list[str] = []
    reader.set_close_callback(lambda: calls.append("first"))
    reader.set_close_callback(None)
    reader.close()
    await asyncio.sleep(0.01)
    assert not calls


async def test_closing_before_the_first_use(make_pair: MakePair) -> None:
    writer, reader = await make_pair()
    writer.close()
    reader.close()
    assert writer.closed()
    assert reader.closed()


# Both ways


async def test_both_ways_at_once(make_two_way: MakePair) -> None:
    left, right = await make_two_way()
    size = 4 * MIB
    writes = [left.write(b"l" * size), right.write(b"r" * size)]
    results = await asyncio.gather(left.read_bytes(size), right.read_bytes(size), *writes)
    assert results[:2] == [b"r" * size, b"l" * size]


async def test_writing_on_after_the_peer_has_gone(make_two_way: MakePair) -> None:
    stream, peer = await make_two_way()
    peer.close()
    with pytest.raises(StreamClosedError):
        for _ in range(1000):
            await stream.write(b"x" * 1000)
            await asyncio.sleep(0.001)
    assert stream.closed()


async def test_a_stream_is_abstract_without_its_hooks() -> None:
    stream = BaseIOStream()
    with pytest.raises(NotImplementedError):
        stream.fileno()
    with pytest.raises(NotImplementedError):
        stream.close_fd()
    with pytest.raises(NotImplementedError):
        stream.read_from_fd(bytearray(1))
    with pytest.raises(NotImplementedError):
        stream.write_to_fd(memoryview(b""))
    assert stream.get_fd_error() is None
    stream.set_nodelay(True)


def test_streams_can_be_made_before_the_loop_runs() -> None:
    from zonda.ioloop import IOLoop

    loop = IOLoop(make_current=True)
    left, right = stream_pair()
    reading = right.read_bytes(5)
    left.write(b"hello")

    async def main() -> bytes:
        return await reading

    assert loop.run_sync(main) == b"hello"
    left.close()
    right.close()
    loop.run_sync(lambda: asyncio.sleep(0.01))
    loop.close(all_fds=True)


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("kind", ["unix", "descriptor", "memory"])
def test_closing_after_the_loop(kind: str, used: bool) -> None:
    called: list[bool] = []

    async def main() -> Pair:
        left, right = await KINDS[kind]()
        if used:
            await left.write(b"x")
            await right.read_bytes(1)
        return left, right

    before = set(os.listdir("/proc/self/fd"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        pair = asyncio.run(main())
        for stream in pair:
            if used:
                stream.set_close_callback(lambda: called.append(True))
            stream.close()
            stream.close()
            assert stream.closed()
        del pair, stream
        gc.collect()
    assert set(os.listdir("/proc/self/fd")) == before
    assert not called


async def test_the_io_loop() -> None:
    left, right = stream_pair()
    assert left.io_loop.asyncio_loop is asyncio.get_running_loop()
    for stream in (left, right):
        stream.close()


# Requests that come together


async def test_answers_to_requests_that_came_together(make_two_way: MakePair) -> None:
    client, server = await make_two_way()
    lines = [b"%d\n" % number for number in range(2000)]
    writing = client.write(b"".join(lines))
    await server.read_until(b"\n")
    await server.write(lines[0])
    for line in lines[1:]:
        assert await server.read_until(b"\n") == line
        await server.write(line)
    await writing
    for line in lines:
        assert await client.read_until(b"\n") == line


async def test_an_answer_does_not_wait_for_a_request_that_is_not_complete(
    make_two_way: MakePair,
) -> None:
    client, server = await make_two_way()
    await client.write(b"one\ntw")
    assert await server.read_until(b"\n") == b"one\n"
    await server.write(b"1\n")
    assert await client.read_until(b"\n") == b"1\n"


async def test_an_answer_is_sent_before_the_stream_is_closed(make_two_way: MakePair) -> None:
    client, server = await make_two_way()
    await client.write(b"one\ntwo\n")
    assert await server.read_until(b"\n") == b"one\n"
    server.write(b"1\n")
    server.close()
    assert await client.read_until_close() == b"1\n"
