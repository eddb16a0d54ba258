"""The answer of a fetch as it comes: decompressed, counted, and kept or passed on.

A reader that has enough holds the answer.  What comes nevertheless waits as it was sent: it is
decompressed piece by piece as the reader asks for more, so a body that unfolds costs its reader no
more memory than any other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
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
    """Who takes the pieces of a body as they come; one that has enough holds the answer."""

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
    :ivar is_held: the reader has enough for now.
    """

    __slots__ = (
        "_came",
        "_decompressor",
        "_has_ended",
        "_limit",
        "_pieces",
        "_reader",
        "_rest",
        "_size",
        "code",
        "headers",
        "is_held",
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
        self.is_held = False
        self._limit = limit
        self._reader = reader
        self._decompressor: Decompressor | None = None
        self._pieces: list[bytes] = []
        self._size = 0
        # What the reader has not got: as it was sent, and what the first of it has become.
        self._came: deque[bytes] = deque()
        self._rest: Iterator[bytes] | None = None
        self._has_ended = False
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
            if not self.is_held:
                self._take(data)
                return
        self._came.append(data)
        if not self.is_held:
            self.go_on()

    def hold(self) -> None:
        """Give the reader no more until `go_on`."""
        self.is_held = True

    def go_on(self) -> bool:
        """Give the reader what it has not got, until it has enough; see `end`.

        :raises HTTPInputError: the body is damaged, or too large.
        """
        self.is_held = False
        pieces = self._rest or self._unfold()
        self._rest = None
        for piece in pieces:
            self._take(piece)
            if self.is_held:
                self._rest = pieces
                return False
        return self._has_ended and self._is_taken()

    def end(self) -> bool:
        """The body is complete; whether its reader has taken all of it already.

        :raises HTTPInputError: it is not: the compressed body was cut off.
        """
        self._has_ended = True
        return self._rest is None and not self._came and self._is_taken()

    def body(self) -> bytes:
        """What was kept."""
        pieces = self._pieces
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _take(self, data: bytes) -> None:
        if self._reader is None:
            self._pieces.append(data)
        else:
            self._reader.feed(data)

    def _unfold(self) -> Iterator[bytes]:
        """What came, decompressed, in pieces."""
        while self._came:
            data = self._came.popleft()
            if self._decompressor is None:
                yield data
            else:
                yield from self._decompressor.decompress(data)

    def _is_taken(self) -> bool:
        if self._decompressor is not None:
            self._decompressor.finish()
        return self._reader is None or self._reader.end()


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
