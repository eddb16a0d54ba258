"""The `multipart` library's push parser, with our reading of what it finds, which is stricter.

The library finds boundaries and lines; it is imported with the first form, since importing it
takes as long as a quarter of this package.  What is overridden here is how it takes a header line
and makes a record of a part, so its version is pinned to those that have these methods.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import multipart  # type: ignore[import-untyped]  # a single module cannot carry a py.typed

from .errors import HTTPInputError
from .multipart_part import PartBegin, read_part_header

_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_HEADER_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:")


class _Segment(multipart.MultipartSegment):  # type: ignore[misc]  # the library is untyped
    """The library's record of a part, with its header as we read it."""

    def __init__(self, begin: PartBegin) -> None:
        super().__init__([])
        self.begin = begin


class StrictParser(multipart.PushMultipartParser):  # type: ignore[misc]  # the library is untyped
    """Finds the parts of a body that begins with its boundary.

    :param boundary: between the parts.
    :param max_parts: how many there may be.
    :param max_header_size: how many bytes the header lines of one may have.
    :param max_header_count: how many header lines one may have.
    """

    def __init__(
        self, boundary: bytes, max_parts: int, max_header_size: int, max_header_count: int
    ) -> None:
        # Our bounds are on the header as a whole; the library's, on one line, is the backstop for
        # a line that does not end, of which it also counts the CR.
        super().__init__(
            boundary, max_header_size=max_header_size + 1, max_header_count=max_header_count
        )
        self._max_lines = max_header_count
        self._lines = 0
        self._max_parts = max_parts
        self._bound = max_header_size
        self._header_size = 0

    def read(self, data: bytes) -> Iterator[PartBegin | bytes | None]:
        """What *data* brings: the header of a part, some of its content, None at its end.

        :raises HTTPInputError: the body is malformed or beyond a limit.
        """
        try:
            for event in self.parse(data) if data else ():
                yield event.begin if isinstance(event, _Segment) else event
        except multipart.ParserLimitReached:
            raise self._header_too_large() from None
        except multipart.MultipartError as error:
            raise _malformed(error) from None

    def take(self, content: bytes) -> bytes:
        """Count *content* as part of the current body, without looking at it.

        :raises HTTPInputError: there is more than the part's own header announced.
        """
        try:
            self._on_segment_payload(content)
        except multipart.MultipartError as error:
            raise _malformed(error) from None
        return content

    def is_complete(self) -> bool:
        """Whether the final boundary was there."""
        return self._state is multipart._COMPLETE

    def is_in_body(self) -> bool:
        """Whether some of a body was fed and the library holds nothing back."""
        segment = self._segment
        return segment is not None and segment.bytes_received > 0 and not self._buffer

    def is_at_body(self) -> bool:
        """Whether all that was fed ends with the empty line behind a part's header."""
        segment = self._segment
        return segment is not None and not segment.bytes_received and not self._buffer

    def _on_segment_start(self) -> None:
        if self._segment_count >= self._max_parts:
            raise HTTPInputError(
                f"multipart/form-data has too many parts: more than {self._max_parts}"
            )
        self._header_size = self._lines = 0
        super()._on_segment_start()

    def _on_segment_headerline(self, line: bytes) -> None:
        self._header_size += len(line) + 2
        if self._header_size > self._bound:
            raise self._header_too_large()
        self._lines += 1
        if self._lines > self._max_lines:
            raise HTTPInputError(
                f"a part of multipart/form-data has more than {self._max_lines} header lines"
            )
        if _HEADER_NAME.match(line) is None:
            raise HTTPInputError("malformed header line in a part of multipart/form-data")
        if _CONTROL.search(line) is not None:
            raise HTTPInputError(
                "Invalid header value in a part of multipart/form-data: a control character"
            )
        super()._on_segment_headerline(line)

    def _create_segment(self, lines: list[tuple[str, str]]) -> _Segment:
        return _Segment(read_part_header(lines))

    def _header_too_large(self) -> HTTPInputError:
        return HTTPInputError(f"a part's header too large: more than {self._bound} bytes")


def _malformed(error: Exception) -> HTTPInputError:
    return HTTPInputError(f"malformed multipart/form-data: {error}")
