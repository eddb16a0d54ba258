"""Bytes that are appended in pieces and taken from the front."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.stream_buffer import LARGE, StreamBuffer

PIECES = st.lists(st.one_of(st.binary(max_size=9), st.just(b"x" * (LARGE + 1))), max_size=8)


@given(PIECES, st.integers(1, 3000))
def test_what_comes_out_is_what_went_in(pieces: list[bytes], size: int) -> None:
    buffer = StreamBuffer()
    for piece in pieces:
        buffer.append(piece)
    whole = b"".join(pieces)
    assert len(buffer) == len(whole)
    taken = b""
    while len(buffer):
        piece = bytes(buffer.peek(size))
        buffer.advance(len(piece))
        taken += piece
    assert taken == whole
    assert bytes(buffer.peek(1)) == b""


def test_wrong_sizes() -> None:
    buffer = StreamBuffer()
    with pytest.raises(ValueError, match="above 0"):
        buffer.peek(0)
    with pytest.raises(ValueError, match="from 1 to 0"):
        buffer.advance(1)
