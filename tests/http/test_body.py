"""Body decoders find the end of a body, whatever pieces it comes in."""

from __future__ import annotations

import itertools
import time

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.http import (
    MAX_CHUNK_LINE,
    MAX_TRAILER_SIZE,
    ChunkedDecoder,
    HTTPInputError,
    LengthDecoder,
    decoder_for,
    parse_request_block,
)


def feed(decoder: ChunkedDecoder | LengthDecoder, data: bytes, cuts: list[int]) -> bytes:
    """Feed *data* in pieces; what is behind the end is added to ``unused``."""
    body = b""
    start = 0
    for end in [*sorted(cut for cut in cuts if cut < len(data)), len(data)]:
        piece = data[start:end]
        start = end
        if decoder.done:
            decoder.unused += piece
        elif piece:
            body += decoder.feed(piece)
    return body


@given(st.binary(max_size=40), st.binary(max_size=20), st.lists(st.integers(0, 60)))
def test_a_length_takes_exactly_its_bytes(body: bytes, rest: bytes, cuts: list[int]) -> None:
    decoder = LengthDecoder(len(body))
    assert feed(decoder, body + rest, cuts) == body
    assert decoder.done
    assert decoder.unused == rest


def test_a_body_that_is_not_complete() -> None:
    decoder = LengthDecoder(5)
    assert decoder.feed(b"1234") == b"1234"
    assert not decoder.done


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"0\r\n\r\n", b""),
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"3\r\nabc\r\n2\r\nde\r\n000\r\n\r\n", b"abcde"),
        (b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
        (b"5;a=b\r\nhello\r\n0;x\r\n\r\n", b"hello"),
        (b'5 ; a = "b;\\"c" ; d\r\nhello\r\n0\r\n\r\n', b"hello"),
    ],
)
def test_chunked_bodies(raw: bytes, body: bytes) -> None:
    for cuts in ([], list(range(len(raw)))):
        decoder = ChunkedDecoder()
        assert feed(decoder, raw + b"GET /", cuts) == body
        assert decoder.done
        assert decoder.unused == b"GET /"


@pytest.mark.parametrize(
    "raw",
    [
        *(
            size + b"\r\nhello\r\n0\r\n\r\n"
            for size in (b"+5", b"-5", b"0x5", b"0_5", b"5_0", b"", b" 5", b"5 ", b"G", b"5g")
        ),
        b"5.0\r\nhello\r\n0\r\n\r\n",
        b"5,5\r\nhello\r\n0\r\n\r\n",
        b"0" * 17 + b"\r\n\r\n",
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"5\rhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhello\r0\r\n\r\n",
        b"5;a\rb\r\nhello\r\n0\r\n\r\n",
        b"5;a\nb\r\nhello\r\n0\r\n\r\n",
        b"5;a\x00b\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\r\n\r\n0\r\n\r\n",
        b"0\r\nno colon\r\n\r\n",
        b"0\r\nA : b\r\n\r\n",
        b"0\r\n folded: b\r\n\r\n",
        b"5;" + b"a" * MAX_CHUNK_LINE,
        b"0\r\nA: " + b"a" * MAX_TRAILER_SIZE,
    ],
)
def test_wrong_framing_is_an_error(raw: bytes) -> None:
    for cuts in ([], list(range(len(raw)))):
        with pytest.raises(HTTPInputError):
            feed(ChunkedDecoder(), raw, cuts)


def test_trailers_are_kept_apart() -> None:
    decoder = ChunkedDecoder()
    raw = b"1\r\nx\r\n0\r\nHost: evil\r\nContent-Length: 5\r\nX-Sum: 7\r\n\r\n"
    assert feed(decoder, raw, [30]) == b"x"
    assert dict(decoder.trailers) == {"Host": "evil", "Content-Length": "5", "X-Sum": "7"}


@given(st.lists(st.binary(min_size=1, max_size=30)), st.lists(st.integers(0, 300)))
def test_any_cuts_give_what_h11_sent(chunks: list[bytes], cuts: list[int]) -> None:
    peer = h11.Connection(h11.CLIENT)
    headers = [("Host", "x"), ("Transfer-Encoding", "chunked")]
    peer.send(h11.Request(method="POST", target="/", headers=headers))
    raw = b"".join(peer.send(h11.Data(data=chunk)) or b"" for chunk in chunks)
    raw += peer.send(h11.EndOfMessage()) or b""
    decoder = ChunkedDecoder()
    assert feed(decoder, raw, cuts) == b"".join(chunks)
    assert decoder.done


@given(
    st.lists(st.sampled_from([b"5", b"\r", b"\n", b"\r\n", b"hello", b"0", b";", b"a", b"="])),
    st.lists(st.integers(0, 40)),
)
def test_any_cuts_of_any_bytes_give_the_same(parts: list[bytes], cuts: list[int]) -> None:
    raw = b"".join(parts)

    def outcome(cuts: list[int]) -> tuple[bytes, bool, bytes] | str:
        decoder = ChunkedDecoder()
        try:
            return feed(decoder, raw, cuts), decoder.done, decoder.unused
        except HTTPInputError:
            return "refused"

    whole, cut = outcome([]), outcome(cuts)
    if "refused" not in (whole, cut):
        assert whole == cut
    else:
        # A prefix may not be enough to know; once refused it stays so.
        assert whole == "refused"


def test_the_header_says_which_decoder() -> None:
    chunked = parse_request_block(b"Host: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    length = parse_request_block(b"Host: x\r\nContent-Length: 3\r\n\r\n")
    assert isinstance(decoder_for(chunked), ChunkedDecoder)
    decoder = decoder_for(length)
    assert isinstance(decoder, LengthDecoder)
    assert decoder.left == 3


def test_one_byte_at_a_time_is_linear() -> None:
    def duration(count: int) -> float:
        raw = b"1\r\nx\r\n" * count
        best = 1.0
        for _ in range(5):
            decoder = ChunkedDecoder()
            start = time.process_time()
            for index in range(len(raw)):
                decoder.feed(raw[index : index + 1])
            best = min(best, time.process_time() - start)
        return best

    assert duration(8000) < 2.5 * duration(4000) + 0.005


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=8), st.integers(1, 40))
def test_no_piece_has_bytes_of_two_chunks(chunks: list[bytes], cut: int) -> None:
    data = b"".join([b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks])
    data += b"0\r\nA: b\r\n\r\nrest"
    decoder = ChunkedDecoder()
    sizes = []
    for start in range(0, len(data), cut):
        segment, position = data[start : start + cut], 0
        while position < len(segment) and not decoder.done:
            end = decoder.piece_end(segment, position)
            assert position < end <= len(segment)
            sizes.append(len(decoder.feed(segment[position:end])))
            position = end
    assert decoder.done
    ends = set(itertools.accumulate(sizes))
    assert ends.issuperset(itertools.accumulate([len(chunk) for chunk in chunks]))
