"""What Tornado has in C; here the name only, for programs that import it."""

from __future__ import annotations

from .util import _websocket_mask_python


def websocket_mask(mask: bytes, data: bytes) -> bytes:
    """*data* with each byte combined with one of the four of *mask*, in turn."""
    return bytes(_websocket_mask_python(mask, data))
