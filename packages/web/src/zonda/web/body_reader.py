"""The body of a request for a handler that asks for it, piece by piece.

No more than `READ_AHEAD` waits for the handler, and what came with it: beyond that the client is
read no faster than the handler asks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

#: Bytes that may wait: enough for a small body to be there as a whole, so that the connection
#: notices when its client leaves.
READ_AHEAD: Final = 64 * 1024


class BodyReader(AsyncIterator[bytes]):
    """Hands the pieces of one body from the connection to the handler."""

    __slots__ = ("_chunks", "_error", "_is_complete", "_loop", "_reader", "_taken", "_waiting")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._chunks: deque[bytes] = deque()
        self._waiting = 0
        self._is_complete = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._taken: asyncio.Future[None] | None = None

    # For the connection.

    def data_received(self, chunk: bytes) -> asyncio.Future[None] | None:
        """Give a piece; the result, if any, is done when there is room for the next one."""
        self._chunks.append(chunk)
        self._waiting += len(chunk)
        self._wake()
        if self._waiting <= READ_AHEAD:
            return None
        self._taken = self._loop.create_future()
        return self._taken

    def finish(self) -> None:
        """There is no more."""
        self._is_complete = True
        self._wake()

    def fail(self, error: Exception) -> None:
        """There will be no more, although there should be."""
        self._error = error
        self._wake()
        self.discard()

    def discard(self) -> None:
        """Nobody will take what is there."""
        self._chunks.clear()
        self._waiting = 0
        self._release()

    # For the handler.

    async def __anext__(self) -> bytes:
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self._is_complete:
                raise StopAsyncIteration
            self._reader = self._loop.create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        chunk = self._chunks.popleft()
        self._waiting -= len(chunk)
        if self._waiting <= READ_AHEAD:
            self._release()
        return chunk

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _release(self) -> None:
        taken, self._taken = self._taken, None
        if taken is not None and not taken.done():
            taken.set_result(None)
