"""Messages from the payloads of frames: fragments, decompression, UTF-8 and the limits.

Pieces are checked when they arrive, also inside a frame, and kept in one growing buffer: a message
costs its own size however finely it is cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .close_codes import CloseCode
from .errors import ProtocolViolation
from .limits import MAX_FRAGMENTS
from .opcodes import CONTINUATION, TEXT
from .utf8_check import Utf8Check, invalid_text

if TYPE_CHECKING:
    from .inflater import Inflater


class MessageAssembly:
    """Puts one message at a time together.

    :param max_size: bytes of a message after decompression.
    :param inflater: decompresses, if permessage-deflate was negotiated.
    :ivar in_message: whether a message has begun and not ended.
    """

    __slots__ = (
        "_buffer",
        "_check",
        "_compressed",
        "_fragments",
        "_inflater",
        "_is_text",
        "_max_fragments",
        "_max_size",
        "in_message",
    )

    def __init__(
        self, max_size: int, inflater: Inflater | None, max_fragments: int = MAX_FRAGMENTS
    ) -> None:
        self._max_size = max_size
        self._max_fragments = max_fragments
        self._inflater = inflater
        self.in_message = False
        self._is_text = False
        self._compressed = False
        self._fragments = 0
        self._buffer = bytearray()
        self._check: Utf8Check | None = None

    def announce(self, opcode: int, compressed: bool, length: int) -> None:
        """A data frame with *length* bytes begins.

        :raises ProtocolViolation: 1002 if it is a continuation of nothing or something new within a
            message, 1009 if the message would be too big or has too many frames.
        """
        if (opcode == CONTINUATION) != self.in_message:
            raise ProtocolViolation(
                CloseCode.PROTOCOL_ERROR,
                "a message within a message" if self.in_message else "a continuation of nothing",
            )
        if not self.in_message:
            self.in_message = True
            self._is_text = opcode == TEXT
            self._compressed = compressed
            self._fragments = 0
        self._fragments += 1
        if self._fragments > self._max_fragments:
            raise ProtocolViolation(CloseCode.TOO_BIG, "a message in too many fragments")
        held = 0 if self._compressed else len(self._buffer)
        if held + length > self._max_size:
            raise ProtocolViolation(CloseCode.TOO_BIG, "message too big")

    def add(self, piece: bytes) -> None:
        """The next bytes of the message, unmasked.

        :raises ProtocolViolation: 1007 or 1009.
        """
        if self._compressed and self._inflater is not None:
            piece = self._inflater.piece(piece, self._max_size - len(self._buffer))
        self._keep(piece)

    def whole(self, payload: bytes) -> str | bytes:
        """The message, whose bytes were announced, as one piece.

        :raises ProtocolViolation: 1007 or 1009.
        """
        if self._compressed and self._inflater is not None:
            payload = self._inflater.whole(payload, self._max_size)
        return self._end(payload)

    def compressed(self, payload: bytes, is_text: bool) -> str | bytes:
        """A message that is one compressed frame.

        :raises ProtocolViolation: 1007 or 1009.
        """
        self._is_text = is_text
        if self._inflater is not None:
            payload = self._inflater.whole(payload, self._max_size)
        return self._end(payload)

    def finish(self) -> str | bytes:
        """The message, all of whose pieces were added.

        :raises ProtocolViolation: 1007 or 1009.
        """
        if self._compressed and self._inflater is not None:
            self._keep(self._inflater.end(self._max_size - len(self._buffer)))
        payload = bytes(self._buffer)
        self._buffer = bytearray()
        self._check = None
        return self._end(payload)

    def _end(self, payload: bytes) -> str | bytes:
        self.in_message = False
        if not self._is_text:
            return payload
        try:
            return payload.decode()
        except UnicodeDecodeError:
            raise invalid_text() from None

    def _keep(self, piece: bytes) -> None:
        if self._is_text:
            if self._check is None:
                self._check = Utf8Check()
            self._check.add(piece)
        self._buffer += piece
