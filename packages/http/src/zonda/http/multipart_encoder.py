"""Writing a body of ``multipart/form-data``, as browsers do: RFC 7578 and the HTML standard."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from .errors import HTTPOutputError
from .form_fields import FieldValue, FormFields, field_pairs, named

#: Bytes that are read from a file at a time.
READ_SIZE: Final = 64 * 1024

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")


@runtime_checkable
class Readable(Protocol):
    """A file open for reading bytes."""

    def read(self, size: int, /) -> bytes:
        """Up to *size* bytes, none at the end."""

    def seekable(self) -> bool:
        """Whether `seek` and `tell` work."""

    def seek(self, position: int, whence: int = 0, /) -> int:
        """Go to *position*."""

    def tell(self) -> int:
        """Where it stands."""


@dataclass(frozen=True)
class FormFile:
    """A file to send with a form.

    :ivar filename: what the server is told; it never needs to exist.
    :ivar content: the bytes, or a file open for reading bytes, from where it stands to its end,
        or an iterable of bytes.
    :ivar content_type: what kind of content it is.
    """

    filename: str
    content: bytes | Readable | Iterable[bytes]
    content_type: str = "application/octet-stream"


#: Files by name, or names and files.
Files = Mapping[str, FormFile | Iterable[FormFile]] | Iterable[tuple[str, FormFile]]


class MultipartEncoder:
    """A form as the body of a request, piece by piece.

    >>> encoder = MultipartEncoder({"a": "1"}, {"f": FormFile("a.txt", b"abc")}, boundary="xyz")
    >>> encoder.content_type, encoder.content_length
    ('multipart/form-data; boundary=xyz', 177)
    >>> len(b"".join(encoder))
    177

    The fields come first, then the files.  Contents that can be read only once make a body that
    can be iterated only once.  Reading files blocks: an asynchronous client takes the pieces in a
    thread.

    :param fields: the values by name, or pairs; a mapping's value may be several values.  A value
        is text, which is sent as UTF-8, bytes, or a number.
    :param files: the files by name of their field, or pairs.
    :param boundary: 1 to 70 characters of RFC 2046 that are not in the contents; a random one
        unless given.
    :raises HTTPOutputError: a file's type has control characters, or the boundary is none.
    :raises TypeError: *fields* has something else.
    """

    def __init__(
        self,
        fields: FormFields | Iterable[tuple[str, FieldValue]] = (),
        files: Files = (),
        *,
        boundary: str | None = None,
    ) -> None:
        self.boundary = boundary or "zonda" + os.urandom(16).hex()
        if _BOUNDARY.fullmatch(self.boundary) is None:
            raise HTTPOutputError(f"no boundary for a multipart body: {self.boundary[:80]!r}")
        self._parts: list[tuple[bytes, bytes | Readable | Iterable[bytes]]] = []
        for name, value in field_pairs(fields):
            content = value if isinstance(value, bytes) else str(value).encode()
            self._parts.append((self._head(_quote(name)), content))
        for name, file in named(files, (FormFile,)):
            self._parts.append((self._file_head(name, file), file.content))
        self._end = f"--{self.boundary}--\r\n".encode()

    @property
    def content_type(self) -> str:
        """The ``Content-Type`` of the body."""
        plain = re.fullmatch(r"[0-9A-Za-z'+_.-]+", self.boundary)
        boundary = self.boundary if plain else f'"{self.boundary}"'
        return f"multipart/form-data; boundary={boundary}"

    @property
    def content_length(self) -> int | None:
        """How many bytes the body has, or None if a file does not tell."""
        length = len(self._end)
        for head, content in self._parts:
            size = _size(content)
            if size is None:
                return None
            length += len(head) + size + 2
        return length

    def __iter__(self) -> Iterator[bytes]:
        """The body in pieces.

        :raises OSError: a file could not be read.
        """
        for head, content in self._parts:
            yield head
            if isinstance(content, bytes):
                if content:
                    yield content
            else:
                yield from _read(content)
            yield b"\r\n"
        yield self._end

    def _file_head(self, name: str, file: FormFile) -> bytes:
        if not file.content_type or _CONTROL.search(file.content_type) is not None:
            raise HTTPOutputError(f"no content type for a file: {file.content_type!r}")
        return self._head(
            f"{_quote(name)}; filename={_quote(file.filename)}",
            f"Content-Type: {file.content_type}\r\n",
        )

    def _head(self, parameters: str, more: str = "") -> bytes:
        return (
            f"--{self.boundary}\r\nContent-Disposition: form-data; name={parameters}\r\n{more}\r\n"
        ).encode()


def _quote(text: str) -> str:
    """The HTML standard's way: three characters are percent-encoded, the rest is UTF-8."""
    text = text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    if _CONTROL.search(text) is not None:
        raise HTTPOutputError(f"a name in a form cannot have a control character: {text!r}")
    return f'"{text}"'


def _size(content: bytes | Readable | Iterable[bytes]) -> int | None:
    """How many bytes *content* will give."""
    if isinstance(content, bytes):
        return len(content)
    if isinstance(content, list | tuple):
        return sum(map(len, content))
    if not isinstance(content, Readable) or not content.seekable():
        return None
    position = content.tell()
    size = content.seek(0, os.SEEK_END) - position
    content.seek(position)
    return size


def _read(content: Readable | Iterable[bytes]) -> Iterator[bytes]:
    if not isinstance(content, Readable):
        yield from content
        return
    while data := content.read(READ_SIZE):
        yield data
