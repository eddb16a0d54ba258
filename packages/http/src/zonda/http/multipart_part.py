"""What the header of a part of ``multipart/form-data`` says: RFC 7578 section 4."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .errors import HTTPInputError
from .header_parameters import read_parameters
from .headers import HTTPHeaders

_AS_BROWSERS_WRITE_IT: Final = re.compile(
    r'form-data; name="([^"\\%]+)"(?:; filename="([^"\\%]*)")?'
)


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


def read_part_header(lines: list[tuple[str, str]]) -> PartBegin:
    """The meaning of a part's header lines, given as names and values.

    :raises HTTPInputError: they are not those of a part of a form.
    """
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
