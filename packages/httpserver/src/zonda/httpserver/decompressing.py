"""Request bodies with a ``Content-Encoding``, handed on as what they were before compression."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from zonda.http import (
    Decompressor,
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)

from .connection import HTTP1Connection


def decompressing(
    start: Callable[[object, HTTPConnection], HTTPMessageDelegate],
    server_conn: object,
    request_conn: HTTPConnection,
) -> HTTPMessageDelegate:
    """The delegate that *start* makes, behind one that decompresses."""
    assert isinstance(request_conn, HTTP1Connection)
    return DecompressingDelegate(start(server_conn, request_conn), request_conn)


class DecompressingDelegate(HTTPMessageDelegate):
    """Gives *inner* what a body was before it was compressed.

    The coding moves to the header ``X-Consumed-Content-Encoding``, and the ``Content-Length``,
    which is that of the compressed body, goes.  The limit of the body's size holds for what comes
    out: a bomb is refused (413) before it unfolds.
    """

    __slots__ = ("_coding", "_connection", "_decompressor", "_inner")

    def __init__(self, inner: HTTPMessageDelegate, connection: HTTP1Connection) -> None:
        self._inner = inner
        self._connection = connection
        self._coding: str | None = None
        self._decompressor: Decompressor | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Look whether there is something to decompress."""
        coding = headers.get("Content-Encoding")
        if coding is not None and coding.strip().lower() != "identity":
            # A coding that is not known is refused now, not when the handler has begun.
            Decompressor(coding, max_size=1)
            self._coding = coding
            headers = HTTPHeaders(headers)
            del headers["Content-Encoding"]
            headers.pop("Content-Length", None)
            headers["X-Consumed-Content-Encoding"] = coding
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Decompress a piece."""
        if self._coding is None:
            return self._inner.data_received(chunk)
        if self._decompressor is None:
            limit = self._connection.max_body_size
            self._decompressor = Decompressor(self._coding, max_size=limit)
        return self._hand_on(self._small_pieces(self._decompressor.decompress(chunk)))

    def _small_pieces(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        size = self._connection.server.limits.chunk_size
        for piece in pieces:
            for start in range(0, len(piece), size):
                yield piece[start : start + size]

    def _hand_on(self, pieces: Iterator[bytes]) -> Awaitable[None] | None:
        for piece in pieces:
            waiting = self._inner.data_received(piece)
            if waiting is not None:
                return self._hand_on_later(waiting, pieces)
        return None

    async def _hand_on_later(
        self, waiting: Awaitable[None] | None, pieces: Iterator[bytes]
    ) -> None:
        while waiting is not None:
            await waiting
            waiting = self._hand_on(pieces)

    def finish(self) -> None:
        """The body must be whole."""
        if self._decompressor is not None:
            self._decompressor.finish()
        self._inner.finish()

    def on_connection_close(self) -> None:
        """The client went away."""
        self._inner.on_connection_close()
