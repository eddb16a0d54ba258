"""What can go wrong with a stream."""

from __future__ import annotations


class StreamError(Exception):
    """The root of this package's errors."""


class StreamClosedError(StreamError, OSError):
    """The stream is closed, or was closed while an operation waited for it.

    :ivar real_error: the error that closed the stream, or None after an orderly end.
    """

    def __init__(self, real_error: BaseException | None = None) -> None:
        super().__init__("Stream is closed")
        self.real_error = real_error


class StreamBufferFullError(StreamError):
    """More data than the stream's buffer may hold."""


class UnsatisfiableReadError(StreamError):
    """A read that cannot succeed: the delimiter is not within ``max_bytes``."""
