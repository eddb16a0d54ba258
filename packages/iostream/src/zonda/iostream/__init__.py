"""Non-blocking streams, TLS, TCP servers and clients, subprocess pipes."""

from __future__ import annotations

from .connection import CloseReason, Connection, State
from .errors import StreamBufferFullError, StreamClosedError, StreamError, UnsatisfiableReadError
from .sweep import NEVER, Sweep

__all__ = [
    "NEVER",
    "CloseReason",
    "Connection",
    "State",
    "StreamBufferFullError",
    "StreamClosedError",
    "StreamError",
    "Sweep",
    "UnsatisfiableReadError",
]
