"""Finding the body in the bytes that follow a head: RFC 9112 sections 6 and 7.

A decoder is fed bytes and gives back those that belong to the body.  When it is ``done``, what it
was fed too much is in ``unused``: the next message.
"""

from __future__ import annotations

import enum
import re
from typing import Final, Protocol

from .errors import HTTPInputError
from .head import MAX_HEADER_COUNT, Framing, HeaderBlock, parse_lines
from .headers import HTTPHeaders, shared_headers

MAX_CHUNK_LINE: Final = 256
"""Bytes of a chunk's size line: up to 16 digits, and extensions, which nobody uses and RFC 9112
section 7.1.1 asks to limit."""

MAX_TRAILER_SIZE: Final = 8192
"""Bytes of the trailer fields of a body, which are rare and short."""

_CHUNK_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,16}")
_CHUNK_EXTENSIONS: Final = (
    rb"(?:[ \t]*;[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
    rb"(?:[ \t]*=[ \t]*(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
    rb'|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"))?)*'
)


class BodyDecoder(Protocol):
    """What knows where a body ends."""

    done: bool
    unused: bytes

    def feed(self, data: bytes) -> bytes:
        """The part of *data* that belongs to the body."""


class LengthDecoder:
    """A body of *length* bytes."""

    __slots__ = ("done", "left", "unused")

    def __init__(self, length: int) -> None:
        self.left = length
        self.done = length == 0
        self.unused = b""

    def feed(self, data: bytes) -> bytes:
        """The part of *data* that belongs to the body."""
        if len(data) < self.left:
            self.left -= len(data)
            return data
        body, self.unused = data[: self.left], data[self.left :]
        self.left = 0
        self.done = True
        return body


class _Expect(enum.Enum):
    SIZE = 0
    DATA = 1
    DATA_END = 2
    TRAILER = 3


class ChunkedDecoder:
    """A body in chunks.

    :ivar trailers: the fields after the last chunk, kept apart from the headers, for which they
        must never be taken (RFC 9110 section 6.5.1).
    """

    __slots__ = ("_buffer", "_expect", "_left", "done", "trailers", "unused")

    def __init__(self) -> None:
        self.done = False
        self.unused = b""
        self.trailers = HTTPHeaders()
        self._expect = _Expect.SIZE
        self._left = 0
        self._buffer = b""

    def feed(self, data: bytes) -> bytes:
        """The part of *data* that belongs to the body.

        :raises HTTPInputError: the framing is wrong, or a line is longer than its limit.
        """
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        pieces: list[bytes] = []
        position = 0
        while position < len(data):
            if self._expect is _Expect.DATA:
                piece = data[position : position + self._left]
                pieces.append(piece)
                position += len(piece)
                self._left -= len(piece)
                if not self._left:
                    self._expect = _Expect.DATA_END
                continue
            after = self._control(data, position)
            if after < 0:
                self._buffer = data[position:]
                break
            position = after
            if self.done:
                self.unused = data[position:]
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def piece_end(self, data: bytes, position: int) -> int:
        """Up to where *data*, to be fed next from *position* on, belongs to the same chunk, or to
        what stands between two; for those who want to know where chunks end."""
        if self._expect is _Expect.DATA:
            end = position + self._left
        elif self._expect is _Expect.SIZE:
            end = data.find(b"\n", position) + 1 or len(data)
        else:
            end = position + 2
        return min(end, len(data))

    def _control(self, data: bytes, position: int) -> int:
        """Read what stands between data; the position behind it, or -1 if it is not all there."""
        if self._expect is _Expect.SIZE:
            return self._size(data, position)
        if self._expect is _Expect.TRAILER:
            return self._trailer(data, position)
        end = data[position : position + 2]
        if end == b"\r\n":
            self._expect = _Expect.SIZE
            return position + 2
        if end == b"\r":
            return -1
        raise HTTPInputError("a chunk is not followed by a line end")

    def _size(self, data: bytes, position: int) -> int:
        end = data.find(b"\r\n", position, position + MAX_CHUNK_LINE + 2)
        if end < 0:
            if len(data) - position > MAX_CHUNK_LINE:
                raise HTTPInputError(f"a chunk size line has more than {MAX_CHUNK_LINE} bytes")
            if b"\n" in data[position:]:
                raise HTTPInputError("a line ends with a bare line feed")
            return -1
        found = _CHUNK_SIZE.match(data, position, end)
        if found is None or (
            found.end() < end and not re.fullmatch(_CHUNK_EXTENSIONS, data[found.end() : end])
        ):
            raise HTTPInputError("invalid chunk size: it is no hexadecimal number")
        self._left = int(found[0], 16)
        self._expect = _Expect.DATA if self._left else _Expect.TRAILER
        return end + 2

    def _trailer(self, data: bytes, position: int) -> int:
        if data.startswith(b"\r\n", position):
            self.done = True
            return position + 2
        end = data.find(b"\r\n\r\n", position, position + MAX_TRAILER_SIZE)
        if end < 0:
            if len(data) - position >= MAX_TRAILER_SIZE:
                raise HTTPInputError(f"trailers of more than {MAX_TRAILER_SIZE} bytes", 431)
            return -1
        self.trailers = parse_trailers(data[position : end + 4])
        self.done = True
        return end + 4


def parse_trailers(raw: bytes) -> HTTPHeaders:
    """The fields after a chunked body, which end with an empty line.

    They say nothing about framing, so a ``Content-Length`` among them is only a field.

    :raises HTTPInputError: a line is no header field.
    """
    return shared_headers(parse_lines(raw, MAX_HEADER_COUNT))


def decoder_for(block: HeaderBlock) -> BodyDecoder:
    """The decoder that a request's header lines ask for."""
    if block.framing is Framing.CHUNKED:
        return ChunkedDecoder()
    return LengthDecoder(block.length)
