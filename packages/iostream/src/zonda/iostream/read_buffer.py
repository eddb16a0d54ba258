"""Bytes that were received and not read yet; no I/O.

The rules that keep it linear:

* The first piece is kept as the ``bytes`` it came in, so a read of exactly that piece copies
  nothing.  Only when a second piece joins an unread rest are they collected in a ``bytearray``.
* Reading moves a start mark; the bytes before the mark are dropped when the next piece arrives.
* A search says where it begins, so nobody needs to look twice at the same bytes.

Offsets in arguments and results count from the first unread byte.
"""

from __future__ import annotations

import re

# Make the C library keep freed memory.  Until it has seen a large block freed, glibc returns the
# top of its heap to the system at every chance and asks for it again at the next piece of 64 KiB:
# 13 page faults for each, which cost more than receiving it.
bytes(4 * 1024 * 1024)


class ReadBuffer:
    """A queue of bytes that can be searched; its length is ``size``."""

    __slots__ = ("_held", "_start", "size")

    def __init__(self) -> None:
        self._held: bytes | bytearray = b""
        self._start = 0
        self.size = 0

    def append(self, data: bytes) -> None:
        """Add what was received; *data* is kept, not copied, when nothing is unread."""
        if not self.size:
            self._held = data
            self._start = 0
            self.size = len(data)
            return
        held = self._held
        if not isinstance(held, bytearray):
            held = self._held = bytearray(memoryview(held)[self._start :])
        elif self._start:
            del held[: self._start]
        self._start = 0
        held += data
        self.size += len(data)

    def push_back(self, data: bytes) -> None:
        """Put *data* in front of everything, as if it had not been read."""
        rest = self.take(self.size)
        self.append(data)
        if rest:
            self.append(rest)

    def find(self, delimiter: bytes, begin: int, end: int) -> int:
        """Where *delimiter* lies wholly between *begin* and *end*; -1 when it does not."""
        start = self._start
        at = self._held.find(delimiter, start + begin, start + end)
        return at if at < 0 else at - start

    def match_end(self, pattern: re.Pattern[bytes], begin: int) -> int:
        """Where the first match that starts at *begin* or later ends; -1 when there is none."""
        with memoryview(self._held) as held, held[self._start :] as unread:
            found = pattern.search(unread, begin)
            return -1 if found is None else found.end()

    def take(self, count: int) -> bytes:
        """Remove the first *count* bytes, of which there must be so many, and return them."""
        start = self._start
        end = start + count
        held = self._held
        if isinstance(held, bytearray):
            with memoryview(held) as view:
                taken = bytes(view[start:end])
        else:
            taken = held[start:end]
        self._advance(end, count)
        return taken

    def take_into(self, target: memoryview) -> int:
        """Move as many bytes as there are, and as fit, into *target*; return how many."""
        count = min(self.size, len(target))
        start = self._start
        end = start + count
        with memoryview(self._held) as view:
            target[:count] = view[start:end]
        self._advance(end, count)
        return count

    def _advance(self, end: int, count: int) -> None:
        self.size -= count
        if self.size:
            self._start = end
        else:
            self._held = b""
            self._start = 0
