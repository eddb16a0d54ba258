"""A `ReadBuffer` is a queue of bytes, however the bytes were cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.iostream.read_buffer import ReadBuffer

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.binary(min_size=1, max_size=40)),
        st.tuples(st.just("push_back"), st.binary(min_size=1, max_size=10)),
        st.tuples(st.just("take"), st.integers(0, 60)),
        st.tuples(st.just("take_into"), st.integers(0, 60)),
        st.tuples(st.just("find"), st.binary(min_size=1, max_size=2)),
    ),
    max_size=40,
)


@given(OPERATIONS)
def test_it_behaves_as_one_string_of_bytes(operations: list[tuple[str, bytes | int]]) -> None:
    buffer = ReadBuffer()
    model = b""
    for name, argument in operations:
        match name, argument:
            case "append", bytes():
                buffer.append(argument)
                model += argument
            case "push_back", bytes():
                buffer.push_back(argument)
                model = argument + model
            case "take", int():
                count = min(argument, len(model))
                assert buffer.take(count) == model[:count]
                model = model[count:]
            case "take_into", int():
                target = bytearray(argument)
                count = buffer.take_into(memoryview(target))
                assert count == min(argument, len(model))
                assert target[:count] == model[:count]
                model = model[count:]
            case "find", bytes():
                assert buffer.find(argument, 0, buffer.size) == model.find(argument)
                end = buffer.match_end(re.compile(re.escape(argument)), 0)
                assert end == (model.find(argument) + len(argument) if argument in model else -1)
        assert buffer.size == len(model)
    assert buffer.take(buffer.size) == model


def test_a_piece_that_is_read_whole_is_not_copied() -> None:
    buffer = ReadBuffer()
    piece = b"x" * 1000
    buffer.append(piece)
    assert buffer.take(1000) is piece


def test_results_are_bytes_whatever_was_collected() -> None:
    buffer = ReadBuffer()
    for piece in (b"ab", b"cd", b"ef"):
        buffer.append(piece)
    assert [type(buffer.take(n)) for n in (1, 3, 2)] == [bytes] * 3


@pytest.mark.parametrize(
    ("begin", "end", "found"), [(0, 9, 2), (2, 9, 2), (3, 9, 6), (0, 4, 2), (0, 3, -1), (7, 9, -1)]
)
def test_find_keeps_to_its_bounds(begin: int, end: int, found: int) -> None:
    buffer = ReadBuffer()
    for piece in (b"__", b"01\r\n23\r\nz"):
        buffer.append(piece)
    buffer.take(2)
    assert buffer.find(b"\r\n", begin, end) == found


def test_a_match_may_look_back_before_its_begin_but_not_at_what_was_read() -> None:
    buffer = ReadBuffer()
    buffer.append(b"xab")
    buffer.take(1)
    assert buffer.match_end(re.compile(rb"(?<=a)b"), 1) == 2
    assert buffer.match_end(re.compile(rb"(?<=x)a"), 0) == -1
    assert buffer.match_end(re.compile(rb"^a"), 0) == 1
