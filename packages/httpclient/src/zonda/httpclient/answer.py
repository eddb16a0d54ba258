"""The answer of a fetch as it comes: decompressed, counted, and kept or passed on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from zonda.http import (
    BodyTooLargeError,
    Decompressor,
    HeaderBlock,
    HTTPHeaders,
    ResponseStartLine,
    UnsupportedCodingError,
)

from .errors import HTTPStreamClosedError

_CODING: Final = "Content-Encoding"


class Reader(Protocol):
    """Who takes the pieces of a body as they come."""

    def feed(self, data: bytes) -> None:
        """A piece of the body."""

    def end(self) -> bool:
        """The body is complete; whether all of it has been taken already."""

    def fail(self, error: BaseException) -> None:
        """The rest will not come."""


class Answer:
    """One answer.

    :param limit: bytes that the body may have after decompression.
    :param reader: takes the body; without one it is kept.
    """

    __slots__ = (
        "_decompressor",
        "_limit",
        "_pieces",
        "_reader",
        "_size",
        "code",
        "headers",
        "reason",
    )

    def __init__(
        self,
        start_line: ResponseStartLine,
        block: HeaderBlock,
        limit: int,
        reader: Reader | None = None,
    ) -> None:
        self.code = start_line.code
        self.reason = start_line.reason
        self.headers = block.headers()
        self._limit = limit
        self._reader = reader
        self._decompressor: Decompressor | None = None
        self._pieces: list[bytes] = []
        self._size = 0
        if block.length > limit:
            raise BodyTooLargeError(
                f"Content-Length too long: the answer has {block.length} bytes, {limit} are allowed"
            )

    def decompress(self) -> None:
        """Undo the content codings, if they are known; else the body stays as it is."""
        coding = self.headers.get(_CODING)
        if coding is None:
            return
        try:
            self._decompressor = Decompressor(coding, max_size=self._limit)
        except UnsupportedCodingError:
            return
        del self.headers[_CODING]
        self.headers["X-Consumed-Content-Encoding"] = coding

    def feed(self, data: bytes) -> None:
        """A piece of the body as it was sent.

        :raises HTTPInputError: it is damaged, or too large.
        """
        if self._decompressor is None:
            self._size += len(data)
            if self._size > self._limit:
                what = (
                    "Content-Length too long"
                    if "Content-Length" in self.headers
                    else "Body too long"
                )
                raise BodyTooLargeError(f"{what}: the answer has more than {self._limit} bytes")
            if self._reader is None:
                self._pieces.append(data)
            else:
                self._reader.feed(data)
        else:
            for piece in self._decompressor.decompress(data):
                self._take(piece)

    def end(self) -> bool:
        """The body is complete; whether its reader has taken all of it already.

        :raises HTTPInputError: it is not: the compressed body was cut off.
        """
        if self._decompressor is not None:
            self._decompressor.finish()
        return self._reader is None or self._reader.end()

    def body(self) -> bytes:
        """What was kept."""
        pieces = self._pieces
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _take(self, data: bytes) -> None:
        if self._reader is None:
            self._pieces.append(data)
        else:
            self._reader.feed(data)


def report_head(
    report: Callable[[str], object], start_line: ResponseStartLine, headers: HTTPHeaders
) -> None:
    """Give a ``header_callback`` the lines of a head, with their line ends.

    :raises HTTPStreamClosedError: it was cancelled.
    """
    try:
        report(f"{start_line.version} {start_line.code} {start_line.reason}\r\n")
        for name, value in headers.get_all():
            report(f"{name}: {value}\r\n")
        report("\r\n")
    except asyncio.CancelledError:
        raise HTTPStreamClosedError("the header_callback was cancelled, so we hung up") from None
