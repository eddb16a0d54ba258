"""What one websocket may ask of this side."""

from __future__ import annotations

from typing import Final

# Bytes of a message, after decompression.  A message is held in memory whole, so the limit times
# the number of connections is what peers can make this process allocate.
MAX_MESSAGE_SIZE: Final = 16 * 1024 * 1024

# Frames of one message.  Fragments without bytes would otherwise keep a message open for ever; real
# peers cut a message into thousands at most.
MAX_FRAGMENTS: Final = 262_144
