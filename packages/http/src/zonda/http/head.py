"""The head of a message: what stands before the body and says how long the body is.

The rules (RFC 9112), all strict, since a lenient reading is what request smuggling lives on:

* lines end with CR LF and are never folded; a name is a token directly followed by its colon;
* a request of HTTP/1.1 has exactly one valid ``Host`` (section 3.2);
* ``Transfer-Encoding`` is exactly ``chunked``, once, never beside ``Content-Length`` and never in
  HTTP/1.0 (sections 6.1 and 6.3); ``Content-Length`` is digits, and repeated ones are refused.

A client that keeps its connection sends nearly the same header lines each time, so a parsed
`HeaderBlock` can be kept and used again when the next block is the same to the byte.
"""

from __future__ import annotations

import enum
import re
from typing import Final

from .errors import HTTPInputError
from .headers import HTTPHeaders, canonical_name, shared_headers

MAX_HEADER_COUNT: Final = 128
"""Header lines of a message; more are an attack or a mistake: browsers send about twenty."""

# 19 digits stay below 2^64; nobody announces an exabyte.
MAX_LENGTH_DIGITS: Final = 18

# How many header lines are remembered with what they say, and how long one may be: clients repeat
# theirs, and a look-up costs a tenth of a parse.  A full memory is emptied, so it stays bounded.
REMEMBERED_LINES: Final = 2048
REMEMBERED_LINE_SIZE: Final = 256
_remembered: dict[bytes, tuple[str, str]] = {}

# What these say is not kept longer than its request.
_SECRETS: Final = frozenset({"Authorization", "Cookie", "Proxy-Authorization"})

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_LINE: Final = re.compile(rb"(" + _TOKEN + rb"++):([\t\x20-\x7e\x80-\xff]*+)")
# Letters, digits and what is unreserved, or an address in brackets: the other characters that RFC
# 3986 allows in a registered name are in no real name, and some proxies split at them.
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%-]+)(?::[0-9]{0,5})?")


class Framing(enum.Enum):
    """How the end of a body is found."""

    NONE = "no body"
    LENGTH = "Content-Length"
    CHUNKED = "chunked"


class HeaderBlock:
    """Parsed header lines and what they say about the connection.

    :ivar raw: the lines with the empty line at the end.
    :ivar fields: values by canonical name.
    :ivar framing: how the body ends.
    :ivar length: bytes of the body if `Framing.LENGTH`.
    :ivar host: the one valid host, or None.
    :ivar close: ``Connection: close`` was said.
    :ivar keep_alive: ``Connection: keep-alive`` was said.
    :ivar plain: nothing here asks for more than an answer: one host, no body, no expectation,
        no upgrade, no close.
    """

    __slots__ = ("close", "fields", "framing", "host", "keep_alive", "length", "plain", "raw")

    def __init__(self, raw: bytes, fields: dict[str, list[str]]) -> None:
        self.raw = raw
        self.fields = fields
        self.framing = Framing.NONE
        self.length = 0
        self.host: str | None = None
        self.close = False
        self.keep_alive = False
        self.plain = False

    def headers(self) -> HTTPHeaders:
        """The lines as headers of their own."""
        return shared_headers(self.fields)


EMPTY_BLOCK: Final = HeaderBlock(b"\r\n", {})
"""No header lines at all."""


def parse_header_block(raw: bytes, max_count: int = MAX_HEADER_COUNT) -> HeaderBlock:
    """Parse header lines that end with an empty line, and their framing.

    :raises HTTPInputError: status 400, or 431 for more than *max_count* lines.
    """
    block = HeaderBlock(raw, parse_lines(raw, max_count))
    _read_connection(block)
    _read_framing(block)
    return block


def parse_lines(raw: bytes, max_count: int) -> dict[str, list[str]]:
    """The values of header lines by canonical name; *raw* ends with an empty line.

    :raises HTTPInputError: status 400, or 431 for more than *max_count* lines.
    """
    if raw.count(b"\r\n") - 1 > max_count:
        raise HTTPInputError(f"more than {max_count} header lines", 431)
    if not raw.endswith(b"\r\n\r\n"):
        if raw == b"\r\n":
            return {}
        raise HTTPInputError("the header lines do not end with an empty line")
    fields: dict[str, list[str]] = {}
    recall = _remembered.get
    for line in raw[:-4].split(b"\r\n"):
        name, value = recall(line) or _parse_line(line)
        if name in fields:
            fields[name].append(value)
        else:
            fields[name] = [value]
    return fields


def _parse_line(line: bytes) -> tuple[str, str]:
    """Name and value of a line that was not seen before, or is not remembered."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise HTTPInputError(_what_is_wrong(line))
    name = canonical_name(found[1].decode("ascii"))
    parsed = name, found[2].decode("latin-1").strip(" \t")
    if len(line) <= REMEMBERED_LINE_SIZE and name not in _SECRETS:
        if len(_remembered) >= REMEMBERED_LINES:
            _remembered.clear()
        _remembered[line] = parsed
    return parsed


def parse_request_block(raw: bytes, max_count: int = MAX_HEADER_COUNT) -> HeaderBlock:
    """`parse_header_block` with what RFC 9112 section 3.2 demands of a request's ``Host``.

    :raises HTTPInputError: see there; two hosts or an invalid one are 400.
    """
    block = parse_header_block(raw, max_count)
    hosts = block.fields.get("Host")
    if hosts is not None:
        if len(hosts) != 1:
            raise HTTPInputError("more than one Host header")
        if hosts[0] and not is_valid_host(hosts[0]):
            raise HTTPInputError("the Host header is no valid host name")
        block.host = hosts[0]
    block.plain = (
        bool(block.host)
        and block.framing is Framing.NONE
        and not block.close
        and "Expect" not in block.fields
        and "Upgrade" not in block.fields
    )
    return block


def is_valid_host(text: str) -> bool:
    """Whether *text* is a host with an optional port, as in a ``Host`` header.

    >>> is_valid_host("example.org:8080"), is_valid_host("[::1]"), is_valid_host("a/b")
    (True, True, False)
    """
    found = _HOST.fullmatch(text)
    if found is None:
        return False
    port = text.rpartition(":")[2] if not text.endswith("]") and ":" in text else ""
    return not port or int(port) <= 65535


def _read_connection(block: HeaderBlock) -> None:
    for value in block.fields.get("Connection", ()):
        for option in value.lower().split(","):
            option = option.strip(" \t")
            if option == "close":
                block.close = True
            elif option == "keep-alive":
                block.keep_alive = True


def _read_framing(block: HeaderBlock) -> None:
    codings = block.fields.get("Transfer-Encoding")
    lengths = block.fields.get("Content-Length")
    if codings is not None:
        if lengths is not None:
            raise HTTPInputError("Transfer-Encoding and Content-Length in one message")
        if len(codings) != 1 or codings[0].lower() != "chunked":
            raise HTTPInputError("the only Transfer-Encoding understood is chunked, once")
        block.framing = Framing.CHUNKED
    elif lengths is not None:
        if len(lengths) != 1:
            raise HTTPInputError("more than one Content-Length header")
        digits = lengths[0]
        if not (digits.isascii() and digits.isdigit()):
            raise HTTPInputError("the Content-Length is no number")
        if len(digits.lstrip("0")) > MAX_LENGTH_DIGITS:
            raise HTTPInputError("the Content-Length is too large", 413)
        block.length = int(digits)
        block.framing = Framing.LENGTH if block.length else Framing.NONE


def _what_is_wrong(line: bytes) -> str:
    name, colon, _ = line.partition(b":")
    if line[:1] in (b" ", b"\t"):
        return "header lines may not be folded"
    if not colon:
        return "a header line has no colon"
    if re.fullmatch(_TOKEN + rb"+", name) is None:
        return "a header name is empty or has a character that is not allowed"
    return "a header value has a control character"
