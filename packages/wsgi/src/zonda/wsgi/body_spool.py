"""The body of a request, kept until the application reads it: in memory, or in a file if it is
large."""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import Awaitable
from typing import IO, Final

# Bytes of a body that are kept in memory; forms and API calls stay below, uploads do not.
MEMORY_LIMIT: Final = 1024 * 1024


class BodySpool:
    """Takes the pieces of one body.

    :ivar size: the bytes taken so far.
    """

    __slots__ = ("_closed", "_file", "_memory_limit", "size")

    def __init__(self, memory_limit: int = MEMORY_LIMIT) -> None:
        self._memory_limit = memory_limit
        self._file: IO[bytes] = io.BytesIO()
        self._closed = False
        self.size = 0

    def write(self, chunk: bytes) -> Awaitable[None] | None:
        """Add a piece; the result, if any, is done when a file has it."""
        self.size += len(chunk)
        if self.size <= self._memory_limit:
            self._file.write(chunk)
            return None
        return self._write_to_file(chunk)

    async def _write_to_file(self, chunk: bytes) -> None:
        # A disk may be slow: a thread waits for it, and the loop does not.
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._spill, chunk)
        finally:
            if self._closed:
                self._file.close()

    def _spill(self, chunk: bytes) -> None:
        kept = self._file
        if isinstance(kept, io.BytesIO):
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `close`
            self._file.write(kept.getbuffer())
        self._file.write(chunk)

    def read_from(self) -> IO[bytes]:
        """The whole body, from its beginning; not for the loop's thread: a file may be slow."""
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Free what the body needed; once is enough, even while a piece is being written."""
        self._closed = True
        self._file.close()
