"""Compression of messages, RFC 7692 section 7.2.1.

A compressor takes a quarter of a mebibyte.  A peer that wants every message to stand for itself
(``no_context_takeover``) costs nothing here: all such peers share one compressor per thread, which
forgets after each message.  Else a connection gets a compressor with its first compressed message.
"""

from __future__ import annotations

import threading
import zlib
from typing import Final, NamedTuple

from .inflater import TAIL


class DeflateSettings(NamedTuple):
    """How to compress.

    :ivar level: 0 (not at all) to 9 (smallest), -1 for the choice of zlib.
    :ivar window_bits: the base-2 logarithm of the window, 9 to 15.
    :ivar mem_level: 1 (least memory) to 9 (fastest).
    """

    level: int
    window_bits: int
    mem_level: int


class _SharedCompressors(threading.local):
    """The compressors of this thread, by their settings."""

    def __init__(self) -> None:
        self.by_settings: dict[DeflateSettings, zlib._Compress] = {}


_SHARED: Final = _SharedCompressors()


def deflate_alone(payload: bytes, settings: DeflateSettings) -> bytes:
    """Compress a message that refers to no other; *payload* is not empty."""
    stream = _SHARED.by_settings.get(settings)
    if stream is None:
        stream = _SHARED.by_settings[settings] = _new_stream(settings)
    # A full flush forgets what came before it.
    return (stream.compress(payload) + stream.flush(zlib.Z_FULL_FLUSH)).removesuffix(TAIL)


class Deflater:
    """Compresses the messages to one peer.

    :param takeover: whether a message may refer to the ones before it.
    """

    __slots__ = ("_stream", "_takeover", "settings")

    def __init__(self, settings: DeflateSettings, *, takeover: bool) -> None:
        self.settings = settings
        self._takeover = takeover
        self._stream: zlib._Compress | None = None

    def deflate(self, payload: bytes) -> bytes:
        """Compress the next message; *payload* is not empty."""
        if not self._takeover:
            return deflate_alone(payload, self.settings)
        stream = self._stream
        if stream is None:
            stream = self._stream = _new_stream(self.settings)
        return (stream.compress(payload) + stream.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)

    def forget(self) -> None:
        """Begin anew: something was sent that this compressor does not know.

        The peer keeps it in its window, so what is compressed from here must not look further back.
        """
        self._stream = None


def _new_stream(settings: DeflateSettings) -> zlib._Compress:
    return zlib.compressobj(
        settings.level, zlib.DEFLATED, -settings.window_bits, settings.mem_level
    )
