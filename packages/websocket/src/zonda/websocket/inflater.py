"""Decompression of messages, RFC 7692 section 7.2.2, within a limit of memory.

A sender drops the last four bytes of a message, which every flush produces; they are put back here.
A message may instead end with a final block (section 7.2.3.4), after which one empty block is
the only thing allowed; more final blocks would make a message cost the square of its size.
"""

from __future__ import annotations

import zlib
from typing import Final

from .close_codes import CloseCode
from .errors import ProtocolViolation

# What a flush ends with: the length of an empty stored block and its complement.
TAIL: Final = b"\x00\x00\xff\xff"
_EMPTY_BLOCKS: Final = (TAIL, b"\x00" + TAIL)


class Inflater:
    """Decompresses the messages of one peer, one after the other.

    :param window_bits: the base-2 logarithm of the peer's window, 8 to 15.
    :param takeover: whether a message may refer to the ones before it; if not, no memory is held
        between messages.
    """

    __slots__ = ("_stream", "_takeover", "_window_bits")

    def __init__(self, window_bits: int, *, takeover: bool) -> None:
        # zlib reads a window of 8 bits with one of 9; it has trouble only with writing one.
        self._window_bits = -max(9, window_bits)
        self._takeover = takeover
        self._stream: zlib._Decompress | None = None

    def whole(self, payload: bytes, room: int) -> bytes:
        """The message of one frame; it may have up to *room* bytes.

        :raises ProtocolViolation: 1009 if it has more, 1007 if it is no deflated data.
        """
        return self._inflate(payload + TAIL, room, last=True)

    def piece(self, payload: bytes, room: int) -> bytes:
        """What the next piece of a message gives.

        :raises ProtocolViolation: see `whole`.
        """
        return self._inflate(payload, room, last=False)

    def end(self, room: int) -> bytes:
        """What the end of a message gives.

        :raises ProtocolViolation: see `whole`.
        """
        return self._inflate(TAIL, room, last=True)

    def _inflate(self, data: bytes, room: int, *, last: bool) -> bytes:
        stream = self._stream
        if stream is None:
            stream = self._stream = zlib.decompressobj(self._window_bits)
        try:
            output = stream.decompress(data, room + 1)
        except zlib.error:
            raise _not_deflated() from None
        if len(output) > room:
            raise ProtocolViolation(CloseCode.TOO_BIG, "message too big after decompression")
        if stream.eof:
            rest = stream.unused_data
            if rest not in _EMPTY_BLOCKS if last else len(rest) > 1:
                raise _not_deflated()
            if last:
                self._stream = None
        elif last and not self._takeover:
            self._stream = None
        return output


def _not_deflated() -> ProtocolViolation:
    return ProtocolViolation(CloseCode.INVALID_DATA, "a compressed message is no deflated data")
