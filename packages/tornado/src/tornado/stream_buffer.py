"""Bytes that are appended in pieces and taken from the front.

Streams here have a buffer of their own; this one is for programs that took Tornado's.
"""

from __future__ import annotations

import collections
from typing import Any

# A piece up to this size is added to the last one, a larger one is kept as it is.
LARGE = 2048


class StreamBuffer:
    """A queue of bytes; what was appended is not copied unless it is small."""

    _large_buf_threshold = LARGE

    def __init__(self) -> None:
        # Pairs of whether a piece must not be changed, and the piece.
        self._buffers: collections.deque[tuple[bool, Any]] = collections.deque()
        self._first_pos = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, data: bytes | bytearray | memoryview) -> None:
        """Add *data* at the end."""
        size = len(data)
        if size > self._large_buf_threshold:
            self._buffers.append((True, data if isinstance(data, memoryview) else memoryview(data)))
        elif size:
            if self._buffers:
                fixed, last = self._buffers[-1]
                fixed = fixed or len(last) >= self._large_buf_threshold
            else:
                fixed, last = True, b""
            if fixed:
                self._buffers.append((False, bytearray(data)))
            else:
                last += data
        self._size += size

    def peek(self, size: int) -> memoryview:
        """Up to *size* bytes from the front, or fewer where a piece ends; they stay there."""
        if size <= 0:
            raise ValueError(f"size must be above 0, not {size}")
        if not self._buffers:
            return memoryview(b"")
        return memoryview(self._buffers[0][1])[self._first_pos : self._first_pos + size]

    def advance(self, size: int) -> None:
        """Take *size* bytes away from the front."""
        if not 0 < size <= self._size:
            raise ValueError(f"size must be from 1 to {self._size}, not {size}")
        self._size -= size
        position = self._first_pos
        while self._buffers and size > 0:
            fixed, first = self._buffers[0]
            left = len(first) - size - position
            if left <= 0:
                self._buffers.popleft()
                size -= len(first) - position
                position = 0
            elif fixed:
                position += size
                size = 0
            else:
                del first[: size + position]
                size = position = 0
        self._first_pos = position
