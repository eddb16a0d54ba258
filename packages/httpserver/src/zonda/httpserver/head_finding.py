"""Where the head of a request ends in the bytes that are there: RFC 9112 section 2.2.

What can be no head any more is refused as soon as that is clear, not only when its end has come.
"""

from __future__ import annotations

from typing import Final

from zonda.http import Framing, HeaderBlock, HTTPInputError, RequestStartLine

MAX_EMPTY_LINES: Final = 8
"""Empty lines that may stand before a request; RFC 9112 section 2.2 asks for one at least."""


def remove_empty_lines(buffer: bytearray) -> int:
    """Take the empty lines off the beginning of *buffer*; how many there were.

    :raises HTTPInputError: there are too many, or something else that is no beginning.
    """
    lines = 0
    while buffer[lines * 2 : lines * 2 + 2] == b"\r\n":
        lines += 1
    behind = bytes(buffer[lines * 2 : lines * 2 + 2])
    if lines > MAX_EMPTY_LINES or (behind[:1] in (b"\r", b"\n") and behind != b"\r"):
        raise HTTPInputError("a request must start with a method, not with empty lines")
    del buffer[: lines * 2]
    return lines


def find_head(buffer: bytearray, scanned: int, limit: int) -> int:
    """The length of the head that *buffer* starts with, or -1 if its end is not there yet.

    :param scanned: how many bytes were looked at before; 0 the first time.
    :raises HTTPInputError: it can be no head, or it is longer than *limit*.
    """
    end = buffer.find(b"\r\n\r\n", max(0, scanned - 3))
    if 0 <= end <= limit:
        return end + 4
    # Only the first line feed counts, so that the answer does not depend on how much is there.
    line_feed = buffer.find(b"\n", 0, limit)
    if line_feed >= 0 and buffer[line_feed - 1] != 13:
        raise HTTPInputError("a line ends with a bare line feed")
    if not 32 < buffer[0] < 127:
        raise HTTPInputError("the request does not start with a method")
    if end < 0 and len(buffer) <= limit:
        return -1
    raise _too_long(buffer, limit)


def check_version(start_line: RequestStartLine, block: HeaderBlock) -> None:
    """What RFC 9112 demands of each version (sections 3.2 and 6.1).

    :raises HTTPInputError: HTTP/1.1 without a host, or HTTP/1.0 with a transfer coding.
    """
    if start_line.version == "HTTP/1.1":
        if block.host is None:
            raise HTTPInputError("a request of HTTP/1.1 needs a Host header")
    elif block.framing is Framing.CHUNKED:
        raise HTTPInputError("HTTP/1.0 has no Transfer-Encoding")


def _too_long(buffer: bytearray, limit: int) -> HTTPInputError:
    line_end = buffer.find(b"\r\n")
    if 0 <= line_end < limit:
        return HTTPInputError(f"request line and headers of more than {limit} bytes", 431)
    if b" " not in buffer[:64]:
        return HTTPInputError("the request does not start with a method")
    return HTTPInputError(f"a request line of more than {limit} bytes", 414)
