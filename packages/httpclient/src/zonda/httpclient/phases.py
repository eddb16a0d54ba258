"""What a fetch waits for."""

from __future__ import annotations

import enum


class Phase(enum.Enum):
    """What a fetch waits for; its value is what a timeout says."""

    NEW = "Timeout before the request"
    QUEUED = "Timeout in request queue"
    CONNECTING = "Timeout while connecting"
    EXCHANGING = "Timeout during request"
    TAKING = "Timeout while the callback takes the body"
    DONE = "Timeout after the answer"
