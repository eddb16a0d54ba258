"""The header of a frame that is received, and the rules it must keep: RFC 6455 section 5.

What can be refused is refused as soon as the byte that is wrong is here, before the rest of the
frame: a peer that announces an exabyte is not waited for.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .close_codes import CloseCode
from .errors import ProtocolViolation
from .opcodes import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    LENGTH,
    MASKED,
    MAX_CONTROL_PAYLOAD,
    OPCODE,
    PING,
    PONG,
    RSV1,
    RSV2_AND_3,
    TEXT,
)

_DATA: Final = frozenset({CONTINUATION, TEXT, BINARY})
_CONTROL: Final = frozenset({CLOSE, PING, PONG})


class FrameHeader(NamedTuple):
    """What stands before a payload.

    :ivar opcode: the kind of the frame.
    :ivar fin: whether it ends its message.
    :ivar compressed: whether RSV1 is set: the first frame of a compressed message.
    :ivar key: the masking key, or empty bytes in a frame of a server.
    :ivar start: where the payload begins in the buffer.
    :ivar length: bytes of the payload.
    """

    opcode: int
    fin: bool
    compressed: bool
    key: bytes
    start: int
    length: int

    @property
    def is_control(self) -> bool:
        """Whether it is a close, ping or pong frame."""
        return self.opcode >= CLOSE


def read_header(data: bytes, start: int, *, masked: bool, compression: bool) -> FrameHeader | None:
    """Read the header that begins at *start*; None if *data* ends before the header does.

    :param masked: frames must be masked (a server reads) or must not be (a client reads).
    :param compression: RSV1 has a meaning, since permessage-deflate was negotiated.
    :raises ProtocolViolation: 1002, the header breaks a rule that needs no knowledge of the frames
        before it.
    """
    size = len(data) - start
    if size < 1:
        return None
    first = data[start]
    _check_first(first, compression)
    if size < 2:
        return None
    second = data[start + 1]
    length = second & LENGTH
    _check_second(first, second, masked)
    position = start + 2
    if length > MAX_CONTROL_PAYLOAD:
        width = 2 if length == 126 else 8
        if size < 2 + width:
            return None
        length = _read_length(data, position, width)
        position += width
    key = b""
    if masked:
        if len(data) < position + 4:
            return None
        key = data[position : position + 4]
        position += 4
    return FrameHeader(first & OPCODE, first & FIN != 0, first & RSV1 != 0, key, position, length)


def _check_first(first: int, compression: bool) -> None:
    opcode = first & OPCODE
    if opcode in _CONTROL:
        if not first & FIN:
            raise _violation("a control frame in fragments")
        if first & RSV1:
            raise _violation("a compressed control frame")
    elif opcode not in _DATA:
        raise _violation(f"reserved opcode {opcode}")
    if first & RSV2_AND_3 or (first & RSV1 and not compression):
        raise _violation("a reserved bit without an extension that uses it")
    if first & RSV1 and opcode == CONTINUATION:
        raise _violation("RSV1 in a continuation")


def _check_second(first: int, second: int, masked: bool) -> None:
    if masked != (second & MASKED != 0):
        raise _violation(
            "a frame of a client must be masked" if masked else "a masked server frame"
        )
    if first & OPCODE >= CLOSE and second & LENGTH > MAX_CONTROL_PAYLOAD:
        raise _violation(f"a control frame with more than {MAX_CONTROL_PAYLOAD} bytes")


def _read_length(data: bytes, start: int, width: int) -> int:
    length = int.from_bytes(data[start : start + width], "big")
    if length >> 63:
        raise _violation("a length above 2^63")
    if length <= (MAX_CONTROL_PAYLOAD if width == 2 else 0xFFFF):
        raise _violation("a length that is not in its shortest form")
    return length


def _violation(what: str) -> ProtocolViolation:
    return ProtocolViolation(CloseCode.PROTOCOL_ERROR, what)
