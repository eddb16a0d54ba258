"""A body of ``multipart/form-data``, read as it comes: RFC 7578, RFC 2046 section 5.1.

The parser is fed bytes and gives back what happened: `PartBegin`, `PartData` as often as there is
data, `PartEnd`.  It keeps no more than a part's header.  The rules, all strict:

* the body begins with the boundary: a preamble, which no browser sends, is refused;
* lines end with CR LF, header lines are not folded and have no control characters;
* each part is ``form-data`` with a name; `ParseMultipartConfig` bounds everything;
* the final boundary must come, and what stands behind it is ignored.

However the bytes are cut into pieces, the outcome is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from .errors import BodyTooLargeError, HTTPInputError
from .form_limits import ParseMultipartConfig
from .header_parameters import parse_header_parameters
from .multipart_part import PartBegin

if TYPE_CHECKING:
    from .multipart_adapter import StrictParser

#: RFC 2046 section 5.1.1.
MAX_BOUNDARY_SIZE: Final = 70

# Bytes looked at together: what follows a boundary is copied, so this bounds the copies.
_PIECE_SIZE: Final = 64 * 1024

_BOUNDARY: Final = re.compile(rb"[\x20-\x7e]{0,69}[\x21-\x7e]")


class PartData(NamedTuple):
    """Some more bytes of the current part."""

    data: bytes


class PartEnd(NamedTuple):
    """The current part is complete.

    :ivar size: how many bytes it had.
    """

    size: int


#: What `MultipartParser.feed` gives.
MultipartEvent = PartBegin | PartData | PartEnd


class MultipartParser:
    r"""Finds the parts in a body.

    >>> parser = MultipartParser(b"xyz")
    >>> for event in parser.feed(
    ...     b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--xyz--'
    ... ):
    ...     print(type(event).__name__, event[0])
    PartBegin a
    PartData b'1'
    PartEnd 1
    >>> parser.finish()

    :param boundary: as the ``Content-Type`` names it; see `find_boundary`.
    :param config: the limits.
    :raises HTTPInputError: the boundary is none.
    """

    def __init__(self, boundary: bytes, config: ParseMultipartConfig | None = None) -> None:
        if _BOUNDARY.fullmatch(boundary) is None:
            raise HTTPInputError(
                f"a multipart boundary is 1 to {MAX_BOUNDARY_SIZE} printable characters"
            )
        self._config = config or ParseMultipartConfig()
        self._parser = _make_parser(boundary, self._config)
        self._opening = b"--" + boundary
        # A part without a body: its empty line is directly followed by the boundary.
        self._no_body = b"\r\n\r\n" + self._opening
        self._started = False
        self._held = b""
        self._failure: str | None = None
        self._size = 0
        self._max_size = 0

    def feed(self, data: bytes) -> Iterator[MultipartEvent]:
        """What *data* brings, in order.  The iterator must be exhausted before the next call.

        :raises HTTPInputError: the body is malformed, or has more than a limit allows; after
            this every call raises.
        :raises BodyTooLargeError: a field or a file is larger than its limit.
        """
        self._check_failure()
        try:
            for start in range(0, len(data), _PIECE_SIZE):
                yield from self._take(data[start : start + _PIECE_SIZE])
        except HTTPInputError as error:
            self._failure = str(error)
            raise

    def finish(self) -> None:
        """Say that there is no more data.

        :raises HTTPInputError: the final boundary did not come.
        """
        self._check_failure()
        if self._parser.is_complete():
            return
        self._failure = "multipart/form-data without its final boundary"
        raise HTTPInputError(self._failure)

    def _check_failure(self) -> None:
        if self._failure is not None:
            raise HTTPInputError(self._failure)

    def _take(self, data: bytes) -> Iterator[MultipartEvent]:
        if self._held:
            data = self._held + data
            self._held = b""
        if not self._started:
            self._find_start(data)
        if not self._started or self._parser.is_complete():
            return
        if self._parser.is_in_body() and self._opening not in data:
            yield from self._pass(data)
        else:
            yield from self._feed(data)

    def _find_start(self, start: bytes) -> None:
        """Hold the first bytes back until they show the boundary."""
        body = start.removeprefix(b"\r\n")
        self._started = body.startswith(self._opening)
        if not self._started:
            if not self._opening.startswith(body) and not b"\r\n".startswith(start):
                raise HTTPInputError("multipart/form-data does not begin with its boundary")
            self._held = start

    def _feed(self, data: bytes) -> Iterator[MultipartEvent]:
        """Feed the library, and give it the line end that a part without a body lacks.

        In RFC 2046 the CR LF in front of the boundary can be the one that ends the header; the
        library wants another one.
        """
        start = 0
        while (found := data.find(self._no_body, start)) >= 0:
            empty_line = found + 4
            yield from self._events(data[start:empty_line])
            if self._parser.is_at_body():
                yield from self._events(b"\r\n")
            start = empty_line + len(self._opening)
            yield from self._events(data[empty_line:start])
            if self._parser.is_complete():
                return
        end = self._find_held(data, start)
        self._held = data[end:]
        yield from self._events(data[start:end])

    def _pass(self, data: bytes) -> Iterator[MultipartEvent]:
        """Pass on what is only content, without the library's looking for boundaries again."""
        end = self._find_held(data, 0)
        self._held = data[end:]
        if end:
            content = self._parser.take(data[:end])
            yield self._count(content)

    def _find_held(self, data: bytes, start: int) -> int:
        """Where the end of *data* could be the beginning of what is looked for."""
        end = max(len(data) - len(self._no_body) + 1, start)
        while (end := data.find(b"\r", end)) >= 0:
            tail = data[end:]
            if self._no_body.startswith(tail) or self._no_body.startswith(tail, 2):
                return end
            end += 1
        return len(data)

    def _events(self, data: bytes) -> Iterator[MultipartEvent]:
        for event in self._parser.read(data):
            if event is None:
                yield PartEnd(self._size)
            elif isinstance(event, bytes):
                yield self._count(event)
            else:
                config = self._config
                self._size = 0
                self._max_size = config.max_file_size if event.filename else config.max_field_size
                yield event

    def _count(self, content: bytes) -> PartData:
        self._size += len(content)
        if self._size > self._max_size:
            raise BodyTooLargeError(
                f"a part of multipart/form-data has more than {self._max_size} bytes"
            )
        return PartData(content)


def find_boundary(content_type: str) -> bytes:
    """The boundary that a ``Content-Type`` of ``multipart/form-data`` names.

    >>> find_boundary("multipart/form-data; boundary=xyz")
    b'xyz'

    :raises HTTPInputError: it is another type, or names none.
    """
    kind, parameters = parse_header_parameters(content_type)
    if kind != "multipart/form-data":
        raise HTTPInputError(f"not multipart/form-data: {kind[:60]!r}")
    boundary = parameters.get("boundary")
    if not boundary:
        raise HTTPInputError("multipart/form-data: boundary not found in the Content-Type")
    return boundary.encode("latin-1", "replace")


def _make_parser(boundary: bytes, config: ParseMultipartConfig) -> StrictParser:
    from .multipart_adapter import StrictParser

    return StrictParser(
        boundary, config.max_parts, config.max_part_header_size, config.max_part_header_count
    )
