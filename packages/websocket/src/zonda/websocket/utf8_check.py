"""UTF-8 checked while it arrives, RFC 6455 section 8.1.

An error is found at its first wrong byte, but the half of a surrogate pair at its last.
"""

from __future__ import annotations

import codecs

from .close_codes import CloseCode
from .errors import ProtocolViolation

_DECODER = codecs.getincrementaldecoder("utf-8")


def invalid_text() -> ProtocolViolation:
    """The violation of a text message that is not UTF-8."""
    return ProtocolViolation(CloseCode.INVALID_DATA, "a text message is not UTF-8")


class Utf8Check:
    """Looks at the pieces of one text."""

    def __init__(self) -> None:
        self._decoder = _DECODER()

    def add(self, piece: bytes) -> None:
        """Check the next piece; it may end inside a character.

        :raises ProtocolViolation: 1007.
        """
        try:
            self._decoder.decode(piece)
        except UnicodeDecodeError:
            raise invalid_text() from None


def check_text(payload: str | bytes) -> None:
    """Refuse what is to be sent as a text message and is none.

    :raises ValueError: bytes that are not UTF-8, or half a surrogate pair in a text.
    """
    if isinstance(payload, str):
        if not payload.isascii():
            payload.encode()
        return
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"a text message must be UTF-8 ({error.reason} at byte {error.start});"
            " send it with binary=True"
        ) from None
