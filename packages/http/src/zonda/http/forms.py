"""The forms that a request's body can carry, all of it in memory.

`MultipartParser` and `FormCollector` read a form as it comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from .errors import HTTPInputError
from .headers import HTTPHeaders
from .urls import MAX_ARGUMENTS, parse_query

if TYPE_CHECKING:
    from .form_limits import ParseBodyConfig, ParseMultipartConfig

#: The type of a file that came without one; the name is Tornado's.
UNKNOWN_TYPE: Final = "application/unknown"


class HTTPFile(Mapping[str, str | bytes]):
    """An uploaded file: ``filename``, ``body`` and ``content_type``, as attributes and as keys.

    The file's name is what the client says, so it may be anything: never use it as a path.

    >>> file = HTTPFile(filename="a.txt", body=b"abc", content_type="text/plain")
    >>> file.body, file["filename"]
    (b'abc', 'a.txt')
    """

    __slots__ = ("_body", "content_type", "filename")

    def __init__(self, filename: str, body: bytes, content_type: str = UNKNOWN_TYPE) -> None:
        self.filename = filename
        self.content_type = content_type
        self._body = body

    @property
    def body(self) -> bytes:
        """The file's content."""
        return self._body

    def __getitem__(self, key: str) -> str | bytes:
        if key == "body":
            return self.body
        if key == "filename":
            return self.filename
        if key == "content_type":
            return self.content_type
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(("filename", "body", "content_type"))

    def __len__(self) -> int:
        return 3

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.filename!r}, content_type={self.content_type!r})"


#: Values by the name of their field.
Arguments = dict[str, list[bytes]]
#: Files by the name of their field.
Files = dict[str, list[HTTPFile]]

# None is the usual limits.
_default_config: ParseBodyConfig | None = None


def set_parse_body_config(config: ParseBodyConfig) -> None:
    """Make *config* what applies wherever no other is given, in the whole process."""
    global _default_config
    _default_config = config


def parse_body(
    headers: Mapping[str, str], body: bytes, config: ParseBodyConfig | None = None
) -> tuple[Arguments, Files]:
    """The arguments and files in the body of a request with *headers*.

    Both are empty if the body is no form.

    :raises HTTPInputError: the form is malformed or beyond a limit.
    """
    arguments: Arguments = {}
    files: Files = {}
    content_type = headers.get("Content-Type")
    if content_type and body:
        parse_body_arguments(content_type, body, arguments, files, headers, config=config)
    return arguments, files


def parse_body_arguments(
    content_type: str,
    body: bytes,
    arguments: Arguments,
    files: Files,
    headers: Mapping[str, str] | None = None,
    *,
    config: ParseBodyConfig | None = None,
) -> None:
    """Add the arguments and files in *body* to *arguments* and *files*.

    A body that is no form, or that *config* leaves alone, adds nothing.

    >>> arguments, files = {}, {}
    >>> parse_body_arguments("application/x-www-form-urlencoded", b"a=1&b=2", arguments, files)
    >>> arguments
    {'a': [b'1'], 'b': [b'2']}

    :param headers: of the request; forms with a ``Content-Encoding`` among them are refused.
    :raises HTTPInputError: the form is malformed or beyond a limit; nothing was added.
    """
    config = config or _default_config
    kind = content_type.partition(";")[0].strip(" \t").lower()
    if kind == "application/x-www-form-urlencoded":
        _refuse_coding(headers)
        limit = config.urlencoded.max_arguments if config else MAX_ARGUMENTS
        parsed = parse_query(body, limit)
        for name, values in parsed.items():
            arguments.setdefault(name, []).extend(values)
    elif kind == "multipart/form-data" and (config is None or config.multipart.enabled):
        from .multipart import find_boundary

        _refuse_coding(headers)
        boundary = find_boundary(content_type)
        limits = config.multipart if config else None
        parse_multipart_form_data(boundary, body, arguments, files, config=limits)


def parse_multipart_form_data(
    boundary: bytes,
    data: bytes,
    arguments: Arguments,
    files: Files,
    *,
    config: ParseMultipartConfig | None = None,
) -> None:
    """Add the fields and files of a whole ``multipart/form-data`` body.

    A part whose file name is empty, as browsers send for a file input that was left alone, is an
    argument.

    :param boundary: with or without the quotes that it may have in the ``Content-Type``.
    :raises HTTPInputError: *data* is malformed or beyond a limit, or *config* forbids to parse
        it; nothing was added.
    """
    from .multipart import MultipartParser, PartData
    from .multipart_part import PartBegin

    if config is None and _default_config is not None:
        config = _default_config.multipart
    if config is not None and not config.enabled:
        raise HTTPInputError("multipart/form-data parsing is disabled")
    if len(boundary) > 1 and boundary[:1] == boundary[-1:] == b'"':
        boundary = boundary[1:-1]
    parser = MultipartParser(boundary, config)
    fields: list[tuple[str, bytes]] = []
    uploads: list[tuple[str, HTTPFile]] = []
    part = PartBegin("", None, "", HTTPHeaders())
    pieces: list[bytes] = []
    for event in parser.feed(data):
        if isinstance(event, PartBegin):
            part = event
            pieces = []
        elif isinstance(event, PartData):
            pieces.append(event.data)
        else:
            content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            if part.filename:
                file = HTTPFile(part.filename, content, part.content_type or UNKNOWN_TYPE)
                uploads.append((part.name, file))
            else:
                fields.append((part.name, content))
    parser.finish()
    for name, value in fields:
        arguments.setdefault(name, []).append(value)
    for name, file in uploads:
        files.setdefault(name, []).append(file)


def _refuse_coding(headers: Mapping[str, str] | None) -> None:
    if headers is not None and "Content-Encoding" in headers:
        coding = headers["Content-Encoding"]
        raise HTTPInputError(f"Unsupported Content-Encoding of a form: {coding[:60]!r}")
