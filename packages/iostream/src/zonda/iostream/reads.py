"""The ways to read: what each wants of a `ReadBuffer`; no I/O.

A read is tried when it is asked for and again whenever bytes arrive:

* ``whole`` looks at bytes that arrive when the buffer is empty: mostly they are the result.
* ``attempt`` takes its result out of the buffer, or answers None: not yet.
* ``finish`` is the last attempt, after the last byte.  None then means: never.

How the bytes were cut on their way changes no result (save for a pattern whose match depends on
what follows it, as that of ``a+`` does), and no read looks at a byte again that it has ruled out.
"""

from __future__ import annotations

import re
from typing import Generic, TypeVar

from .errors import StreamBufferFullError, StreamError, UnsatisfiableReadError
from .pattern_width import longest_match
from .read_buffer import ReadBuffer

T_co = TypeVar("T_co", covariant=True)

# A pattern that can match any number of bytes must be searched for from the beginning each time.
# Up to this many bytes that is done at every arrival, beyond it only after growth by an eighth
# (which keeps the sum linear) or, if nothing else comes, after the pause.
REPEAT_FREELY = 4096
REPEAT_PAUSE = 0.01  # seconds


class Read(Generic[T_co]):
    """One wish of a reader.

    :ivar least: bytes that must be there before an attempt is worth it.
    :ivar again_in: seconds after which another attempt is worth it without new bytes; 0 is never.
    :ivar meets_end: whether the end of the data is what it waits for.
    """

    __slots__ = ("least",)

    least: int
    again_in = 0.0
    meets_end = False

    def __init__(self) -> None:
        self.least = 1

    def whole(self, data: bytes) -> T_co | None:
        """The result, if *data* is exactly it; None says nothing."""
        return None

    def attempt(self, buffer: ReadBuffer) -> T_co | None:
        """Take the result, if it is there.

        :raises UnsatisfiableReadError: the limit was reached, there can be no result.
        :raises StreamBufferFullError: the same, because of the buffer's own limit.
        """
        raise NotImplementedError

    def finish(self, buffer: ReadBuffer) -> T_co | None:
        """Take the result now that nothing more will come."""
        return self.attempt(buffer)

    def undo(self, buffer: ReadBuffer) -> None:
        """Give back what was taken before the reader lost interest."""


class Limit:
    """How far a search may go: the reader's ``max_bytes`` or, if less, the buffer's size."""

    __slots__ = ("_of_reader", "bytes")

    def __init__(self, max_bytes: int | None, max_buffer_size: int) -> None:
        if max_bytes is not None and max_bytes < 0:
            raise ValueError(f"max_bytes must not be negative, not {max_bytes}")
        self._of_reader = max_bytes is not None and max_bytes <= max_buffer_size
        self.bytes = max_bytes if max_bytes is not None and self._of_reader else max_buffer_size

    def exceeded(self, wanted: bytes) -> StreamError:
        """The error to raise when *wanted* was not found in time."""
        shown = f"{wanted!r} not found within {self.bytes} bytes"
        if self._of_reader:
            return UnsatisfiableReadError(f"{shown} (max_bytes)")
        return StreamBufferFullError(f"{shown} (max_buffer_size)")


class ReadBytes(Read[bytes]):
    """Exactly ``count`` bytes, or at least one of them when ``partial``."""

    __slots__ = ("_count",)

    def __init__(self, count: int, partial: bool) -> None:
        self._count = count
        self.least = min(count, 1) if partial else count

    def whole(self, data: bytes) -> bytes | None:
        return data if self.least <= len(data) <= self._count else None

    def attempt(self, buffer: ReadBuffer) -> bytes | None:
        size = buffer.size
        if size < self.least:
            return None
        return buffer.take(self._count if size > self._count else size)


class ReadInto(Read[int]):
    """Fill ``target``, or put at least one byte into it when ``partial``."""

    __slots__ = ("_filled", "_partial", "_target")

    def __init__(self, target: memoryview, partial: bool) -> None:
        if target.readonly:
            raise TypeError("read_into needs memory that can be written, such as a bytearray")
        self._target = target
        self._partial = partial
        self._filled = 0
        self.least = min(1, len(target))

    def attempt(self, buffer: ReadBuffer) -> int | None:
        if buffer.size:
            self._filled += buffer.take_into(self._target[self._filled :])
        if self._filled < len(self._target) and not (self._partial and self._filled):
            return None
        self._target.release()
        return self._filled

    def undo(self, buffer: ReadBuffer) -> None:
        taken = bytes(self._target[: self._filled])
        self._target.release()
        if taken:
            buffer.push_back(taken)


class ReadUntil(Read[bytes]):
    """Everything up to and with ``delimiter``."""

    __slots__ = ("_farthest", "_limit", "delimiter", "seen")

    def __init__(self, delimiter: bytes, limit: Limit) -> None:
        if type(delimiter) is not bytes:
            delimiter = _as_bytes(delimiter)
        if not delimiter:
            raise ValueError("an empty delimiter ends nothing: give at least one byte")
        self.delimiter = delimiter
        self._limit = limit
        self._farthest = limit.bytes - len(delimiter)
        self.seen = 0
        self.least = 1

    def whole(self, data: bytes) -> bytes | None:
        # One argument more would cost as much as searching a line.
        at = data.find(self.delimiter)
        if at < 0 or at > self._farthest or at + len(self.delimiter) != len(data):
            return None
        return data

    def attempt(self, buffer: ReadBuffer) -> bytes | None:
        delimiter = self.delimiter
        limit = self._limit.bytes
        at = buffer.find(delimiter, self.seen, limit)
        if at >= 0:
            return buffer.take(at + len(delimiter))
        if buffer.size >= limit:
            raise self._limit.exceeded(delimiter)
        self.seen = max(0, buffer.size - len(delimiter) + 1)
        return None


class ReadUntilRegex(Read[bytes]):
    """Everything up to the end of the first match of ``pattern``."""

    __slots__ = ("_limit", "_overlap", "_pattern", "_seen", "_worthwhile", "again_in")

    def __init__(self, pattern: re.Pattern[bytes], limit: Limit) -> None:
        super().__init__()
        if isinstance(pattern.pattern, str):
            raise TypeError(f"a pattern for bytes is bytes, not {pattern.pattern!r}")
        self._pattern = pattern
        self._limit = limit
        self._overlap = longest_match(pattern)
        self._seen = 0
        self._worthwhile = 0
        self.again_in = 0.0

    def attempt(self, buffer: ReadBuffer) -> bytes | None:
        size = buffer.size
        if size < self._worthwhile and size < self._limit.bytes:
            self.again_in = REPEAT_PAUSE
            return None
        return self.finish(buffer)

    def finish(self, buffer: ReadBuffer) -> bytes | None:
        self.again_in = 0.0
        size = buffer.size
        limit = self._limit.bytes
        end = buffer.match_end(self._pattern, self._seen) if size else -1
        if 0 <= end <= limit:
            return buffer.take(end)
        if end > limit or size >= limit:
            raise self._limit.exceeded(self._pattern.pattern)
        if self._overlap is not None:
            self._seen = max(0, size - self._overlap + 1)
        elif size > REPEAT_FREELY:
            self._worthwhile = size + size // 8
        return None


class ReadUntilClose(Read[bytes]):
    """Everything that comes until the end."""

    __slots__ = ("_max_buffer_size",)

    meets_end = True

    def __init__(self, max_buffer_size: int) -> None:
        super().__init__()
        self._max_buffer_size = max_buffer_size

    def attempt(self, buffer: ReadBuffer) -> bytes | None:
        if buffer.size > self._max_buffer_size:
            raise StreamBufferFullError(
                f"no end after {self._max_buffer_size} bytes (max_buffer_size)"
            )
        return None

    def finish(self, buffer: ReadBuffer) -> bytes | None:
        return buffer.take(buffer.size)


def _as_bytes(delimiter: object) -> bytes:
    """What is no `bytes` itself, but holds some."""
    if not isinstance(delimiter, bytes | bytearray | memoryview):
        raise TypeError(f"a delimiter is bytes, not {delimiter!r}")
    return bytes(delimiter)
