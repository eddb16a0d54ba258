"""Why the messages of a websocket are held back."""

from __future__ import annotations

import enum


class Hold(enum.Enum):
    """Why nothing more is delivered for now."""

    NOTHING = "messages are delivered"
    OPENING = "the owner is not ready for messages yet"
    MESSAGE = "a message is being handled"
    WRITING = "the peer must read before more is read from it"
    TURN = "others have their turn"
    ENDED = "the websocket has ended"
    GONE = "so has the transport"
