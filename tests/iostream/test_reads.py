"""Any cutting of the input gives the same reads, and no search looks twice."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.iostream.errors import StreamBufferFullError, StreamClosedError, UnsatisfiableReadError
from zonda.iostream.read_buffer import ReadBuffer
from zonda.iostream.reads import (
    REPEAT_FREELY,
    REPEAT_PAUSE,
    Limit,
    Read,
    ReadBytes,
    ReadInto,
    ReadUntil,
    ReadUntilClose,
    ReadUntilRegex,
)

NO_LIMIT = Limit(None, 1 << 40)
Result = bytes | int | str | None


class Script:
    """Plays pieces of input into a list of reads and keeps what each of them answered."""

    def __init__(self, wishes: list[Callable[[], Read[bytes] | Read[int]]]) -> None:
        self.buffer = ReadBuffer()
        self.wishes: Iterator[Callable[[], Read[bytes] | Read[int]]] = iter(wishes)
        self.results: list[Result] = []
        self.read: Read[bytes] | Read[int] | None = None
        self.next_read()

    def next_read(self) -> None:
        wish = next(self.wishes, None)
        self.read = wish() if wish is not None else None

    def play(self, data: bytes, last: bool = False) -> None:
        if data:
            self.buffer.append(data)
        while self.read is not None:
            try:
                result = self.read.finish(self.buffer) if last else self.read.attempt(self.buffer)
            except (UnsatisfiableReadError, StreamBufferFullError) as error:
                self.results.append(type(error).__name__)
                self.read = None
                return
            if result is None:
                return
            self.results.append(result)
            self.next_read()


def until(delimiter: bytes, limit: Limit = NO_LIMIT) -> Callable[[], Read[bytes]]:
    return lambda: ReadUntil(delimiter, limit)


def regex(pattern: bytes, limit: Limit = NO_LIMIT) -> Callable[[], Read[bytes]]:
    return lambda: ReadUntilRegex(re.compile(pattern), limit)


def exactly(count: int) -> Callable[[], Read[bytes]]:
    return lambda: ReadBytes(count, partial=False)


def into(count: int) -> Callable[[], Read[int]]:
    return lambda: ReadInto(memoryview(bytearray(count)), partial=False)


LIMITS = st.one_of(
    st.just(NO_LIMIT),
    st.integers(0, 20).map(lambda n: Limit(n, 1 << 40)),
    st.integers(1, 20).map(lambda n: Limit(None, n)),
)
WISHES = st.lists(
    st.one_of(
        st.builds(exactly, st.integers(0, 12)),
        st.builds(into, st.integers(0, 12)),
        st.builds(until, st.sampled_from([b"\n", b"\r\n", b"\r\n\r\n", b"aa"]), LIMITS),
        st.builds(
            regex, st.sampled_from([rb"\r?\n\r?\n", rb"a[\r\n]b", rb"\d+;", rb"a(?=b)"]), LIMITS
        ),
    ),
    max_size=8,
)
INPUT = st.lists(st.sampled_from([b"a", b"b", b"\r", b"\n", b"\r\n\r\n", b"1", b";"])).map(b"".join)


@given(WISHES, INPUT, st.data())
def test_any_cutting_gives_the_same_reads(
    wishes: list[Callable[[], Read[bytes] | Read[int]]], data: bytes, cuts: st.DataObject
) -> None:
    whole = Script(wishes)
    whole.play(data)
    pieces = Script(wishes)
    rest = data
    while rest:
        size = cuts.draw(st.integers(1, len(rest)))
        pieces.play(rest[:size])
        rest = rest[size:]
    pieces.play(b"")
    for script in (whole, pieces):
        script.play(b"", last=True)
    assert pieces.results == whole.results
    assert pieces.buffer.take(pieces.buffer.size) == whole.buffer.take(whole.buffer.size)


@pytest.mark.parametrize(
    ("read", "pieces", "result"),
    [
        (ReadBytes(5, partial=True), [b"he"], b"he"),
        (ReadBytes(1, partial=True), [b"he"], b"h"),
        (ReadBytes(0, partial=True), [], b""),
        (ReadBytes(0, partial=False), [], b""),
        (ReadBytes(5, partial=False), [b"he", b"ll"], None),
        (ReadUntil(b"ab", Limit(4, 9)), [b"xxab"], b"xxab"),
        (ReadUntilRegex(re.compile(rb"a?b"), Limit(4, 9)), [b"xxab"], b"xxab"),
        (ReadUntilRegex(re.compile(rb"x|"), NO_LIMIT), [b"ab"], b""),
        (ReadUntilClose(9), [b"ab"], None),
    ],
)
def test_an_attempt(read: Read[bytes], pieces: list[bytes], result: bytes | None) -> None:
    buffer = ReadBuffer()
    for piece in pieces:
        buffer.append(piece)
    assert read.attempt(buffer) == result


@pytest.mark.parametrize(
    ("read", "data", "message"),
    [
        (ReadUntil(b"ab", Limit(4, 9)), b"xxxab", r"b'ab' not found within 4 bytes \(max_bytes\)"),
        (ReadUntil(b"ab", Limit(4, 9)), b"xxxx", "within 4 bytes"),
        (ReadUntil(b"ab", Limit(0, 9)), b"ab", "within 0 bytes"),
        (ReadUntilRegex(re.compile(rb"a?b"), Limit(4, 9)), b"xxxab", r"b'a\?b' not found"),
        (ReadUntilRegex(re.compile(rb"a?b"), Limit(4, 9)), b"xxxx", "within 4 bytes"),
    ],
)
def test_max_bytes_is_the_reader_s_limit(read: Read[bytes], data: bytes, message: str) -> None:
    buffer = ReadBuffer()
    buffer.append(data)
    with pytest.raises(UnsatisfiableReadError, match=message) as info:
        read.attempt(buffer)
    assert isinstance(info.value, StreamClosedError)


@pytest.mark.parametrize(
    "read",
    [
        ReadUntil(b"ab", Limit(None, 4)),
        ReadUntil(b"ab", Limit(5, 4)),
        ReadUntilRegex(re.compile(rb"ab"), Limit(5, 4)),
        ReadUntilClose(4),
    ],
)
def test_the_buffer_has_a_limit_too(read: Read[bytes]) -> None:
    buffer = ReadBuffer()
    buffer.append(b"xxxxx")
    with pytest.raises(StreamBufferFullError, match=r"4 bytes \(max_buffer_size\)"):
        read.attempt(buffer)


@pytest.mark.parametrize("limit", [1 << 14, pytest.param(1 << 20, marks=pytest.mark.long)])
@pytest.mark.parametrize("make", [until, regex])
def test_the_limit_is_met_exactly_whatever_the_pieces(
    make: Callable[[bytes, Limit], Callable[[], Read[bytes]]], limit: int
) -> None:
    read = make(b"\r\n", Limit(limit, 1 << 40))()
    buffer = ReadBuffer()
    for _ in range(limit - 1):
        buffer.append(b"x")
        assert read.attempt(buffer) is None
    buffer.append(b"x")
    with pytest.raises(UnsatisfiableReadError, match=f"within {limit} bytes"):
        read.attempt(buffer)


def test_what_nobody_can_mean_is_refused() -> None:
    with pytest.raises(ValueError, match="empty delimiter"):
        ReadUntil(b"", NO_LIMIT)
    with pytest.raises(ValueError, match="must not be negative, not -1"):
        Limit(-1, 10)


def test_read_into_fills_and_lets_go_of_the_target() -> None:
    buffer = ReadBuffer()
    target = bytearray(5)
    read = ReadInto(memoryview(target), partial=False)
    buffer.append(b"abc")
    assert read.attempt(buffer) is None
    buffer.append(b"defg")
    assert read.attempt(buffer) == 5
    target += b"can be resized again"
    assert target.startswith(b"abcde")
    assert buffer.take(buffer.size) == b"fg"


def test_read_into_that_is_given_up_gives_everything_back() -> None:
    buffer = ReadBuffer()
    target = bytearray(5)
    read = ReadInto(memoryview(target), partial=False)
    buffer.append(b"abc")
    assert read.attempt(buffer) is None
    read.undo(buffer)
    target.clear()
    buffer.append(b"d")
    assert buffer.take(4) == b"abcd"


def test_giving_up_before_the_first_byte_changes_nothing() -> None:
    buffer = ReadBuffer()
    ReadInto(memoryview(bytearray(5)), partial=True).undo(buffer)
    ReadBytes(5, partial=False).undo(buffer)
    assert buffer.size == 0


def test_read_into_partially() -> None:
    buffer = ReadBuffer()
    read = ReadInto(memoryview(bytearray(5)), partial=True)
    assert read.attempt(buffer) is None
    buffer.append(b"ab")
    assert read.attempt(buffer) == 2


def test_an_endless_pattern_waits_for_growth_or_a_pause() -> None:
    buffer = ReadBuffer()
    read = ReadUntilRegex(re.compile(rb"a.*b"), NO_LIMIT)
    buffer.append(b"a" * (REPEAT_FREELY + 1))
    assert read.attempt(buffer) is None
    assert read.again_in == 0
    buffer.append(b"b")
    assert read.attempt(buffer) is None
    assert read.again_in == REPEAT_PAUSE
    assert read.finish(buffer) == b"a" * (REPEAT_FREELY + 1) + b"b"


def test_an_endless_pattern_is_found_after_enough_growth() -> None:
    buffer = ReadBuffer()
    read = ReadUntilRegex(re.compile(rb"b+c"), NO_LIMIT)
    buffer.append(b"a" * REPEAT_FREELY * 2)
    assert read.attempt(buffer) is None
    buffer.append(b"a" * REPEAT_FREELY + b"bc")
    assert read.attempt(buffer) == b"a" * REPEAT_FREELY * 3 + b"bc"


def seconds(read: Read[bytes], total: int, piece: int) -> float:
    """How long it takes until *read* fails to find its end in *total* bytes."""
    buffer = ReadBuffer()
    part = b"x" * piece
    started = time.process_time()
    for _ in range(total // piece):
        buffer.append(part)
        assert read.attempt(buffer) is None
    return time.process_time() - started


MIB = 1 << 20


@pytest.mark.parametrize(
    ("make", "total", "piece"),
    [
        (until(b"\r\n"), 4 * MIB, 1024),
        (until(b"\r\n"), MIB // 64, 1),
        (until(b"xxxxxy"), 2 * MIB, 1024),
        (regex(rb"\r?\n\r?\n"), MIB, 1024),
        (regex(rb"\r?\n\r?\n"), MIB // 128, 1),
        (regex(rb"y+z"), MIB // 4, 1024),
        (regex(rb"y+z"), MIB // 32, 1),
    ],
)
def test_searching_is_linear(make: Callable[[], Read[bytes]], total: int, piece: int) -> None:
    rounds = [(seconds(make(), total, piece), seconds(make(), 2 * total, piece)) for _ in range(5)]
    once, twice = (min(times) for times in zip(*rounds, strict=True))
    assert twice < 2.5 * once


@pytest.mark.parametrize("size", [4 * MIB, pytest.param(64 * MIB, marks=pytest.mark.long)])
def test_a_long_line_in_pieces_of_1_kib(size: int) -> None:
    buffer = ReadBuffer()
    read = ReadUntil(b"\r\n", NO_LIMIT)
    piece = b"x" * 1024
    for _ in range(size // 1024):
        buffer.append(piece)
        assert read.attempt(buffer) is None
    buffer.append(b"\r")
    assert read.attempt(buffer) is None
    buffer.append(b"\n")
    line = read.attempt(buffer)
    assert line is not None
    assert len(line) == size + 2
