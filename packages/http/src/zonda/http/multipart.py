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
from dataclasses import dataclass
from typing import Final, NamedTuple

import multipart  # type: ignore[import-untyped]  # a single module cannot carry a py.typed

from .errors import BodyTooLargeError, HTTPInputError
from .header_parameters import parse_header_parameters, read_parameters
from .headers import HTTPHeaders

#: Each field of a form is a part; more than this is no form that someone filled in.
MAX_PARTS: Final = 100

#: Bytes of a part's header lines; name, file name and content type rarely take 300.
MAX_PART_HEADER_SIZE: Final = 10 * 1024

#: Bytes of a part that is no file: fields are kept in memory, so this is far above what is typed
#: into one and far below what hurts.
MAX_FIELD_SIZE: Final = 10 * 1024 * 1024

#: Bytes of a file: finite, so that a body without a limit of its own cannot fill the disk.
MAX_FILE_SIZE: Final = 1024 * 1024 * 1024

#: RFC 2046 section 5.1.1.
MAX_BOUNDARY_SIZE: Final = 70

_BOUNDARY: Final = re.compile(rb"[\x20-\x7e]{0,69}[\x21-\x7e]")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_AS_BROWSERS_WRITE_IT: Final = re.compile(
    r'form-data; name="([^"\\%]+)"(?:; filename="([^"\\%]*)")?'
)
_HEADER_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:")


@dataclass(frozen=True)
class ParseMultipartConfig:
    """Whether and how far bodies of ``multipart/form-data`` are parsed.

    :ivar enabled: False leaves such bodies alone: their arguments and files stay empty.
    :ivar max_parts: how many parts a body may have.
    :ivar max_part_header_size: how many bytes the header lines of a part may have.
    :ivar max_field_size: how many bytes a part may have that is no file.
    :ivar max_file_size: how many bytes a file may have.
    """

    enabled: bool = True
    max_parts: int = MAX_PARTS
    max_part_header_size: int = MAX_PART_HEADER_SIZE
    max_field_size: int = MAX_FIELD_SIZE
    max_file_size: int = MAX_FILE_SIZE


class PartBegin(NamedTuple):
    """A part's header.

    :ivar name: the name of the form's field.
    :ivar filename: what the client calls the file, or None for a field without one.  It is the
        client's word: never to be used as a path.
    :ivar content_type: the part's ``Content-Type``, as it came; empty if it has none.
    :ivar headers: all its header fields.
    """

    name: str
    filename: str | None
    content_type: str
    headers: HTTPHeaders


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
        self._parser = _StrictParser(boundary, self._config)
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
            if self._held:
                data = self._held + data
                self._held = b""
            if not self._started:
                self._find_start(data)
            if self._started and not self._parser.is_complete():
                yield from self._feed(data)
        except multipart.ParserLimitReached:
            # The only limit that the library watches: a header line without an end.
            error = _header_too_large(self._config.max_part_header_size)
            self._failure = str(error)
            raise error from None
        except multipart.MultipartError as reason:
            self._failure = f"malformed multipart/form-data: {reason}"
            raise HTTPInputError(self._failure) from None
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

    def _find_held(self, data: bytes, start: int) -> int:
        """Where the end of *data* could be the beginning of what `_feed` looks for."""
        end = max(len(data) - len(self._no_body) + 1, start)
        while (end := data.find(b"\r", end)) >= 0:
            if self._no_body.startswith(data[end:]):
                return end
            end += 1
        return len(data)

    def _events(self, data: bytes) -> Iterator[MultipartEvent]:
        if not data:
            return
        for event in self._parser.parse(data):
            if event is None:
                yield PartEnd(self._size)
            elif isinstance(event, bytes):
                self._size += len(event)
                if self._size > self._max_size:
                    raise BodyTooLargeError(
                        f"a part of multipart/form-data has more than {self._max_size} bytes"
                    )
                yield PartData(event)
            else:
                begin: PartBegin = event.begin
                self._size = 0
                self._max_size = (
                    self._config.max_file_size if begin.filename else self._config.max_field_size
                )
                yield begin


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


class _Segment(multipart.MultipartSegment):  # type: ignore[misc]  # the library is untyped
    """The library's record of a part, with its header as we read it."""

    def __init__(self, begin: PartBegin) -> None:
        super().__init__([])
        self.begin = begin


class _StrictParser(multipart.PushMultipartParser):  # type: ignore[misc]  # the library is untyped
    """The library's parser with our reading of header lines, which is stricter than its own."""

    def __init__(self, boundary: bytes, config: ParseMultipartConfig) -> None:
        # Our bound is on the header as a whole; the library's, on one line, is the backstop for a
        # line that does not end, of which it also counts the CR.
        super().__init__(
            boundary,
            max_header_size=config.max_part_header_size + 1,
            max_header_count=config.max_part_header_size,
        )
        self._config = config
        self._header_size = 0

    def _on_segment_start(self) -> None:
        if self._segment_count >= self._config.max_parts:
            raise HTTPInputError(
                f"multipart/form-data has too many parts: more than {self._config.max_parts}"
            )
        self._header_size = 0
        super()._on_segment_start()

    def _on_segment_headerline(self, line: bytes) -> None:
        self._header_size += len(line) + 2
        if self._header_size > self._config.max_part_header_size:
            raise _header_too_large(self._config.max_part_header_size)
        if _HEADER_NAME.match(line) is None:
            raise HTTPInputError("malformed header line in a part of multipart/form-data")
        if _CONTROL.search(line) is not None:
            raise HTTPInputError(
                "Invalid header value in a part of multipart/form-data: a control character"
            )
        super()._on_segment_headerline(line)

    def is_complete(self) -> bool:
        """Whether the final boundary was there."""
        return self._state is multipart._COMPLETE

    def is_at_body(self) -> bool:
        """Whether all that was fed ends with the empty line behind a part's header."""
        segment = self._segment
        return segment is not None and not segment.bytes_received and not self._buffer

    def _create_segment(self, lines: list[tuple[str, str]]) -> _Segment:
        return _Segment(_read_header(lines))


def _read_header(lines: list[tuple[str, str]]) -> PartBegin:
    headers = HTTPHeaders()
    for name, value in lines:
        headers.add(name, value.rstrip(" \t"))
    dispositions = headers.get_list("Content-Disposition")
    if len(dispositions) != 1:
        raise HTTPInputError("a part of multipart/form-data needs one Content-Disposition")
    name, filename = _read_disposition(dispositions[0])
    return PartBegin(name, filename, headers.get("Content-Type") or "", headers)


def _read_disposition(value: str) -> tuple[str, str | None]:
    """The names of a part's field and file."""
    found = _AS_BROWSERS_WRITE_IT.fullmatch(value)
    if found is not None:
        return found[1], found[2]
    disposition, plain, extended = read_parameters(value)
    if disposition != "form-data":
        raise HTTPInputError("a part of multipart/form-data has another Content-Disposition")
    parameters = {key: _from_html(text) for key, text in plain.items()} | extended
    name = parameters.get("name")
    if not name:
        raise HTTPInputError("a part of multipart/form-data has no name")
    return name, parameters.get("filename")


def _from_html(text: str) -> str:
    """Undo the three escapes with which browsers write names and file names."""
    if "%" not in text:
        return text
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _header_too_large(limit: int) -> HTTPInputError:
    return HTTPInputError(f"a part's header too large: more than {limit} bytes")
