"""Messages whose content coding is undone before a delegate sees them."""

from __future__ import annotations

from typing import Any

from zonda.http import (
    Decompressor,
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)


class GzipMessageDelegate(HTTPMessageDelegate):
    """Undoes the content coding before another delegate."""

    def __init__(self, delegate: HTTPMessageDelegate, chunk_size: int, max_size: int) -> None:
        self._delegate = delegate
        self._chunk_size = chunk_size
        self._max_size = max_size
        self._decompressor: Decompressor | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Any:
        """Take note of the coding, and hide it."""
        coding = (headers.get("Content-Encoding") or "").lower()
        if coding == "gzip":
            self._decompressor = Decompressor(coding, max_size=self._max_size)
            headers.add("X-Consumed-Content-Encoding", headers["Content-Encoding"])
            del headers["Content-Encoding"]
        return self._delegate.headers_received(start_line, headers)

    async def data_received(self, chunk: bytes) -> None:
        """Hand the data on, in pieces of *chunk_size*."""
        pieces = [chunk] if self._decompressor is None else self._decompressor.decompress(chunk)
        for piece in pieces:
            for start in range(0, len(piece), self._chunk_size):
                waiting = self._delegate.data_received(piece[start : start + self._chunk_size])
                if waiting is not None:
                    await waiting

    def finish(self) -> None:
        """The message is complete."""
        if self._decompressor is not None:
            self._decompressor.finish()
        self._delegate.finish()

    def on_connection_close(self) -> None:
        """The connection ended before the message was complete."""
        self._delegate.on_connection_close()
