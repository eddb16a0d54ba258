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


class UntilCloseDecoder:
    """A body that ends with the connection."""

    __slots__ = ("done", "unused")

    def __init__(self) -> None:
        self.done = False
        self.unused = b""

    def feed(self, data: bytes) -> bytes:
        """All of *data* belongs to the body."""
        return data


def parse_response_head(head: bytes, last: HeaderBlock) -> tuple[ResponseStartLine, HeaderBlock]:
    """The status line and header lines of *head*, which ends with an empty line.

    :param last: a block that was parsed before, which is the result again if nothing has changed.
    :raises HTTPInputError: it is no valid head.
    """
    line, _, rest = head.partition(b"\r\n")
    start_line = _remembered.get(line)
    if start_line is None:
        start_line = parse_response_start_line(line.decode("latin-1"))
        if len(_remembered) >= REMEMBERED_LINES:
            _remembered.clear()
        _remembered[line] = start_line
    is_known = rest == last.raw and last is not EMPTY_BLOCK
    block = last if is_known else parse_response_block(rest)
    if block.framing is Framing.CHUNKED and start_line.version != "HTTP/1.1":
        raise HTTPInputError("HTTP/1.0 has no Transfer-Encoding")
    if block.length and start_line.code == 204:
        # What follows may be this body, or the next answer: nobody can know.
        raise HTTPInputError("Response with code 204 should not have body")
    return start_line, block


def body_decoder(method: str, code: int, block: HeaderBlock) -> BodyDecoder | None:
    """What finds the end of the body; None if there is no body."""
    if method == "HEAD" or code in (204, 304) or code < 200:
        return None
    if block.framing is Framing.CHUNKED:
        return ChunkedDecoder()
    if block.framing is Framing.LENGTH:
        return LengthDecoder(block.length)
    return None if "Content-Length" in block.fields else UntilCloseDecoder()


def keeps_connection(start_line: ResponseStartLine, block: HeaderBlock) -> bool:
    """Whether the server takes another request on the same connection (section 9.3)."""
    if start_line.version == "HTTP/1.1":
        return not block.close
    return block.keep_alive and not block.close
