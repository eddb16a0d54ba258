"""The head of an answer: what it says about the body and the connection, RFC 9112 section 6.3."""

from __future__ import annotations

from typing import Final

from zonda.http import (
    EMPTY_BLOCK,
    BodyDecoder,
    ChunkedDecoder,
    Framing,
    HeaderBlock,
    HTTPInputError,
    LengthDecoder,
    ResponseStartLine,
    parse_response_block,
    parse_response_start_line,
)

# How many status lines are remembered: a server has a few.
REMEMBERED_LINES: Final = 256

_remembered: dict[bytes, ResponseStartLine] = {}

_BEGINNING: Final = b"HTTP/1."
_CARRIAGE_RETURN: Final = 13

# With these something is to be done before the answer can be handed over.
_SPECIAL: Final = frozenset({"Content-Encoding", "Set-Cookie"})


class UntilCloseDecoder:
    """A body that ends with the connection."""

    __slots__ = ("done", "unused")

    def __init__(self) -> None:
        self.done = False
        self.unused = b""

    def feed(self, data: bytes) -> bytes:
        """All of *data* belongs to the body."""
        return data


class ResponseHead:
    """The head of an answer.

    :ivar raw: its bytes, with the empty line at the end.
    :ivar start_line: its first line.
    :ivar block: the others.
    :ivar keeps: whether the server takes another request on the same connection (section 9.3).
    :ivar whole: bytes of the whole answer, if that is one with status 200 and a length, of which
        nothing asks for more than to be handed over; else 0.
    """

    __slots__ = ("block", "keeps", "raw", "start_line", "whole")

    def __init__(self, raw: bytes, start_line: ResponseStartLine, block: HeaderBlock) -> None:
        self.raw = raw
        self.start_line = start_line
        self.block = block
        self.keeps = not block.close and (start_line.version == "HTTP/1.1" or block.keep_alive)
        self.whole = 0
        if (
            start_line.code == 200
            and block.framing is Framing.LENGTH
            and _SPECIAL.isdisjoint(block.fields)
        ):
            self.whole = len(raw) + block.length


NO_HEAD: Final = ResponseHead(b"", ResponseStartLine("HTTP/1.1", 0, ""), EMPTY_BLOCK)
"""What stands for the head before the first one."""


def parse_response_head(raw: bytes, last: ResponseHead = NO_HEAD) -> ResponseHead:
    """The status line and header lines of *raw*, which ends with an empty line.

    :param last: a head that was parsed before; what has not changed is not parsed again.
    :raises HTTPInputError: it is no valid head.
    """
    if raw == last.raw:
        return last
    line, _, rest = raw.partition(b"\r\n")
    start_line = _remembered.get(line)
    if start_line is None:
        start_line = parse_response_start_line(line.decode("latin-1"))
        if len(_remembered) >= REMEMBERED_LINES:
            _remembered.clear()
        _remembered[line] = start_line
    block = parse_response_block(rest)
    if block.framing is Framing.CHUNKED and start_line.version != "HTTP/1.1":
        raise HTTPInputError("HTTP/1.0 has no Transfer-Encoding")
    if block.length and start_line.code == 204:
        # What follows may be this body, or the next answer: nobody can know.
        raise HTTPInputError("Response with code 204 should not have body")
    return ResponseHead(raw, start_line, block)


def check_beginning(data: bytes | bytearray) -> None:
    """Check the first bytes of a head that is not complete.

    What speaks another protocol mostly waits after a line of it, for as long as we do.

    :raises HTTPInputError: no valid head can begin like that.
    """
    if not (data.startswith(_BEGINNING) or _BEGINNING.startswith(data)):
        raise HTTPInputError("the answer does not start with an HTTP/1 status line")
    end = data.find(b"\n")
    if end > 0 and data[end - 1] != _CARRIAGE_RETURN:
        raise HTTPInputError("a line of the answer's head ends with a bare line feed")


def body_decoder(method: str, code: int, block: HeaderBlock) -> BodyDecoder | None:
    """What finds the end of the body; None if there is no body."""
    if method == "HEAD" or code in (204, 304) or code < 200:
        return None
    if block.framing is Framing.CHUNKED:
        return ChunkedDecoder()
    if block.framing is Framing.LENGTH:
        return LengthDecoder(block.length)
    return None if "Content-Length" in block.fields else UntilCloseDecoder()
