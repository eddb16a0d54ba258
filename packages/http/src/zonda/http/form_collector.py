"""Keeping a form that comes in pieces: fields and small files in memory, large files on disk.

Taking data never touches the disk: what is to go there waits in memory for `FormCollector.flush`,
which a server runs in a thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from types import TracebackType
from typing import IO, Final, Self

from .form_limits import ParseMultipartConfig
from .forms import UNKNOWN_TYPE, HTTPFile
from .multipart import (
    MultipartParser,
    PartData,
    find_boundary,
)
from .multipart_part import PartBegin

#: Bytes of files that a form may keep in memory; what goes beyond is written to disk.
MEMORY_LIMIT: Final = 1024 * 1024

#: When so many bytes wait for the disk they are worth the way through a thread.
FLUSH_SIZE: Final = 256 * 1024


class UploadedFile(HTTPFile):
    """A file of a form, in memory or on disk.

    It is read like any `HTTPFile`, but its ``body`` may have to be read from disk as a whole;
    ``file`` can be read in pieces.  It is complete when the form is.

    :ivar file: the content, open at its beginning.
    :ivar headers: the header fields of its part.
    :ivar size: how many bytes it has.
    :ivar on_disk: it is in a temporary file, which has no name and ends with `close`.
    """

    __slots__ = ("_pieces", "file", "headers", "on_disk", "size")

    def __init__(self, part: PartBegin) -> None:
        super().__init__(part.filename or "", b"", part.content_type or UNKNOWN_TYPE)
        self.headers: Mapping[str, str] = part.headers
        self.size = 0
        self.on_disk = False
        self.file: IO[bytes] = BytesIO()
        self._pieces: list[bytes] = []

    @property
    def body(self) -> bytes:
        """The whole content."""
        self.file.seek(0)
        return self.file.read()

    def append(self, data: bytes) -> None:
        """Add *data*, in memory."""
        self._pieces.append(data)
        self.size += len(data)

    def write(self, directory: str | None) -> None:
        """Write what was added to its file; if that is on disk, into *directory*."""
        if self.on_disk and isinstance(self.file, BytesIO):
            # Half of what importing this package would cost otherwise.
            from tempfile import TemporaryFile

            self.file = TemporaryFile(dir=directory)  # noqa: SIM115 - `close` closes it
        self.file.writelines(self._pieces)
        self._pieces = []

    def close(self) -> None:
        """Let go of the content."""
        self._pieces = []
        self.file.close()


class FormCollector:
    r"""Collects the fields and files of a ``multipart/form-data`` body.

    >>> with FormCollector("multipart/form-data; boundary=xyz") as form:
    ...     form.feed(b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n1')
    ...     form.feed(b'2\r\n--xyz--\r\n')
    ...     form.finish()
    ...     print(form.arguments)
    {'a': [b'12']}

    Where nothing may block, call `flush` in a thread when `waiting` reaches `FLUSH_SIZE`, and
    `finish` too if anything is waiting then.

    :ivar arguments: the fields by name, each with its values.
    :ivar files: the files by the name of their field.
    :param content_type: the request's header.
    :param config: the limits.
    :param memory_limit: how many bytes of files are kept in memory.
    :param directory: where temporary files are made, instead of the system's place for them.
    :raises HTTPInputError: *content_type* is another type or has no boundary.
    """

    def __init__(
        self,
        content_type: str,
        *,
        config: ParseMultipartConfig | None = None,
        memory_limit: int = MEMORY_LIMIT,
        directory: str | None = None,
    ) -> None:
        self.arguments: dict[str, list[bytes]] = {}
        self.files: dict[str, list[UploadedFile]] = {}
        self._parser = MultipartParser(find_boundary(content_type), config)
        self._memory_left = memory_limit
        self._directory = directory
        self._part = ""
        self._field: list[bytes] = []
        self._file: UploadedFile | None = None
        self._uploads: list[UploadedFile] = []
        self.waiting = 0

    def feed(self, data: bytes) -> None:
        """Take more of the body.

        :raises HTTPInputError: it is malformed or beyond a limit.
        """
        for event in self._parser.feed(data):
            if isinstance(event, PartBegin):
                self._begin(event)
            elif isinstance(event, PartData):
                self._add(event.data)
            elif self._file is None:
                self.arguments.setdefault(self._part, []).append(b"".join(self._field))
            else:
                self.files.setdefault(self._part, []).append(self._file)

    def flush(self) -> None:
        """Write what waits for the disk.

        :raises OSError: that was not possible.
        """
        for file in self._uploads:
            if file.on_disk:
                file.write(self._directory)
        self.waiting = 0

    def finish(self) -> None:
        """Say that there is no more data, and make the files readable.

        :raises HTTPInputError: the body is not complete.
        :raises OSError: see `flush`.
        """
        self._parser.finish()
        for file in self._uploads:
            file.write(self._directory)
            file.file.seek(0)
        self.waiting = 0

    def close(self) -> None:
        """Let go of all files."""
        for file in self._uploads:
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self, part: PartBegin) -> None:
        self._part = part.name
        self._field = []
        self._file = None
        if part.filename:
            self._file = UploadedFile(part)
            self._uploads.append(self._file)

    def _add(self, data: bytes) -> None:
        file = self._file
        if file is None:
            self._field.append(data)
            return
        file.append(data)
        if file.on_disk:
            self.waiting += len(data)
        elif len(data) > self._memory_left:
            file.on_disk = True
            self._memory_left += file.size - len(data)
            self.waiting += file.size
        else:
            self._memory_left -= len(data)
