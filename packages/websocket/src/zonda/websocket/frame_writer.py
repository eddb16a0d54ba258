"""Frames that are sent, RFC 6455 section 5.2: a header, a client's key, the payload.

The length is always written in its shortest form.  A server's frame for a small payload is one
look-up and one concatenation.
"""

from __future__ import annotations

from typing import Final

from .masking import mask, new_key
from .opcodes import BINARY, FIN, MASKED, MAX_SHORT_PAYLOAD, RSV1, TEXT

_LONGEST_16_BIT: Final = 0xFFFF

SHORT_TEXT: Final = tuple([bytes([FIN | TEXT, size]) for size in range(MAX_SHORT_PAYLOAD + 1)])
SHORT_BINARY: Final = tuple([bytes([FIN | BINARY, size]) for size in range(MAX_SHORT_PAYLOAD + 1)])
_SMALL_MASKED_TEXT: Final = tuple(
    [bytes([FIN | TEXT, MASKED | size]) for size in range(MAX_SHORT_PAYLOAD + 1)]
)


def text_frame(payload: bytes) -> bytes:
    """A server's whole, uncompressed text message; *payload* is UTF-8."""
    size = len(payload)
    if size <= MAX_SHORT_PAYLOAD:
        return SHORT_TEXT[size] + payload
    return frame(FIN | TEXT, payload)


def binary_frame(payload: bytes) -> bytes:
    """A server's whole, uncompressed binary message."""
    size = len(payload)
    if size <= MAX_SHORT_PAYLOAD:
        return SHORT_BINARY[size] + payload
    return frame(FIN | BINARY, payload)


def frame(first: int, payload: bytes) -> bytes:
    """A frame of a server: *first* is its first byte, with FIN, RSV1 and the opcode."""
    return _header(first, 0, len(payload)) + payload


def masked_frame(first: int, payload: bytes) -> bytes:
    """A frame of a client: *first* is its first byte, the key is new."""
    key = new_key()
    size = len(payload)
    if size <= MAX_SHORT_PAYLOAD and first == FIN | TEXT:
        return _SMALL_MASKED_TEXT[size] + key + mask(payload, key)
    return _header(first, MASKED, size) + key + mask(payload, key)


def first_byte(opcode: int, *, fin: bool = True, compressed: bool = False) -> int:
    """The first byte of a frame.

    >>> hex(first_byte(0x1)), hex(first_byte(0x2, fin=False, compressed=True))
    ('0x81', '0x42')
    """
    return opcode | (FIN if fin else 0) | (RSV1 if compressed else 0)


def _header(first: int, masked: int, size: int) -> bytes:
    if size <= MAX_SHORT_PAYLOAD:
        return bytes((first, masked | size))
    if size <= _LONGEST_16_BIT:
        return bytes((first, masked | 126, size >> 8, size & 0xFF))
    return bytes((first, masked | 127)) + size.to_bytes(8, "big")
