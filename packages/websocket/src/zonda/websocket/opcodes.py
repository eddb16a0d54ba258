"""The kinds of frames, RFC 6455 section 5.2, and the bits of a frame's first two bytes."""

from __future__ import annotations

from typing import Final

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

FIN: Final = 0x80
RSV1: Final = 0x40
RSV2_AND_3: Final = 0x30
OPCODE: Final = 0x0F
MASKED: Final = 0x80
LENGTH: Final = 0x7F

# Bytes that the payload of a close, ping or pong frame may have (RFC 6455 section 5.5).
MAX_CONTROL_PAYLOAD: Final = 125
# Bytes of the longest payload whose length stands in the second byte of its frame.
MAX_SHORT_PAYLOAD: Final = 125
