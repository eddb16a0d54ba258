"""What one websocket may ask of this side."""

from __future__ import annotations

from typing import Final

# Bytes of a message, after decompression.  A message is held in memory whole, so the limit times
# the number of connections is what peers can make this process allocate.
MAX_MESSAGE_SIZE: Final = 16 * 1024 * 1024

# Frames of one message.  Fragments without bytes would otherwise keep a message open for ever; real
# peers cut a message into thousands at most.
MAX_FRAGMENTS: Final = 262_144


def check_bytes(name: str, value: int, least: int = 1) -> int:
    """A limit in bytes, as it was given.

    :raises TypeError: it is no whole number; there is no limit that means "without".
    :raises ValueError: it is below *least*.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is a number of bytes, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, not {value}")
    return value
