"""The first line of a message: RFC 9112, sections 3 and 4."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .errors import HTTPInputError

# A method is a token; the longest registered one has 17 characters.
MAX_METHOD_SIZE: Final = 32

# How many request lines are remembered, and how long one may be: requests repeat their first
# lines, and a look-up costs a fifth of a parse.  A full memory is emptied, so it stays bounded.
REMEMBERED_LINES: Final = 1024
REMEMBERED_LINE_SIZE: Final = 256

_REQUEST_LINE: Final = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++) ([\x21-\x7e\x80-\xff]++) HTTP/(\d)\.(\d)"
)
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.([01]) ([1-9]\d\d)(?: ([\t \x21-\x7e\x80-\xff]*+))?")
_ABSOLUTE_FORM: Final = r"[Hh][Tt][Tt][Pp][Ss]?://([^/?#]+)([^#]*)"
_METHOD: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_ASCII_TARGET: Final = bytes(range(0x21, 0x7F)).decode()


class RequestStartLine(NamedTuple):
    """``GET /path?query HTTP/1.1``: *path* is the whole request target."""

    method: str
    path: str
    version: str


class ResponseStartLine(NamedTuple):
    """``HTTP/1.1 200 OK``."""

    version: str
    code: int
    reason: str


_remembered: dict[bytes, RequestStartLine] = {}


recall_request_line: Final = _remembered.get
"""The result of an earlier `parse_request_line` of HTTP/1.1, or None if it is not remembered."""


def parse_request_line(line: bytes) -> RequestStartLine:
    """Parse a request line without its line end.

    A target in absolute form (RFC 9112 section 3.2.2) is kept as it came; bytes above 127 in it
    are percent-encoded, as a browser would have done.

    :raises HTTPInputError: with status 400, or 505 for another version of HTTP.
    """
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise HTTPInputError(f"Malformed HTTP request line: {_what_is_wrong(line)}")
    method, target, major, minor = found.groups()
    if len(method) > MAX_METHOD_SIZE:
        raise HTTPInputError(f"the method is longer than {MAX_METHOD_SIZE} characters")
    if major != b"1" or minor > b"1":
        raise HTTPInputError("only HTTP/1.1 and HTTP/1.0 are spoken here", 505)
    version = "HTTP/1.1" if minor == b"1" else "HTTP/1.0"
    path = target.decode("ascii") if target.isascii() else _percent_encoded(target)
    name = method.decode("ascii")
    _check_target(name, path)
    parsed = RequestStartLine(name, path, version)
    if minor == b"1" and len(line) <= REMEMBERED_LINE_SIZE:
        if len(_remembered) >= REMEMBERED_LINES:
            _remembered.clear()
        _remembered[line] = parsed
    return parsed


def parse_request_start_line(line: str) -> RequestStartLine:
    """`parse_request_line` for text.

    >>> parse_request_start_line("GET /foo HTTP/1.1")
    RequestStartLine(method='GET', path='/foo', version='HTTP/1.1')
    """
    try:
        return parse_request_line(line.encode("latin-1"))
    except UnicodeEncodeError:
        raise HTTPInputError("the request line has characters beyond Latin-1") from None


def parse_response_start_line(line: str) -> ResponseStartLine:
    """Parse a status line without its line end; an absent reason is empty.

    >>> parse_response_start_line("HTTP/1.1 200 OK")
    ResponseStartLine(version='HTTP/1.1', code=200, reason='OK')

    :raises HTTPInputError: it is none.
    """
    found = _STATUS_LINE.fullmatch(line.encode("latin-1", "replace"))
    if found is None:
        raise HTTPInputError("the answer does not start with an HTTP/1 status line")
    minor, code, reason = found.groups()
    return ResponseStartLine(
        f"HTTP/1.{minor.decode()}", int(code), (reason or b"").decode("latin-1")
    )


def split_absolute_form(target: str) -> tuple[str, str] | None:
    """Authority and path of ``http://host/path``, or None for a target in origin form."""
    found = re.fullmatch(_ABSOLUTE_FORM, target)
    if found is None:
        return None
    authority, path = found.groups()
    return authority, path if path.startswith("/") else "/" + path


def _percent_encoded(target: bytes) -> str:
    from urllib.parse import quote_from_bytes

    return quote_from_bytes(target, _ASCII_TARGET)


def _check_target(method: str, target: str) -> None:
    if method == "CONNECT":
        raise HTTPInputError("this server is no proxy: CONNECT is not possible", 405)
    if target[0] == "/" or (target == "*" and method == "OPTIONS"):
        return
    if re.fullmatch(_ABSOLUTE_FORM, target) is None:
        raise HTTPInputError("the request target must start with a slash")


def _what_is_wrong(line: bytes) -> str:
    if re.match(_METHOD, line) is None:
        return "the request does not start with a method"
    if line.count(b" ") != 2:
        return "a request line is a method, a target and a version with one space between them"
    if not line.rpartition(b" ")[2].startswith(b"HTTP/"):
        return "the request line does not end with a version like HTTP/1.1"
    return "the request line has characters that are not allowed"
