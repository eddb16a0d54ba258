"""The head of a message: what stands before the body and says how long the body is.

The rules (RFC 9112), all strict, since a lenient reading is what request smuggling lives on:

* lines end with CR LF and are never folded; a name is a token directly followed by its colon;
* a request of HTTP/1.1 has exactly one valid ``Host`` (section 3.2);
* ``Transfer-Encoding`` is exactly ``chunked``, once, never beside ``Content-Length`` and never in
  HTTP/1.0 (sections 6.1 and 6.3); ``Content-Length`` is digits, and repeated ones are refused.

The head of an answer is read as strictly, but for two things that a client is asked to forgive:
`parse_response_block`.

Two things keep this cheap for a server.  A client that keeps its connection sends nearly the same
header lines each time, so a `HeaderBlock` can be kept and used again when the next block is the
same to the byte.  And most handlers read few headers or none, so the lines of a request are only
checked, all at once; those that decide about the connection are picked out, and the rest is taken
apart when somebody asks for it.  What is decided is nearly always one of a few things, which are
remembered with the lines that lead to them.
"""

from __future__ import annotations

import enum
import re
from typing import Final, TypeAlias

from .errors import HTTPInputError
from .headers import EARLY_NAMES, canonical_name, lazy_headers

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
_NAME_AND_VALUE: Final = rb"(" + _TOKEN + rb"++):([\t\x20-\x7e\x80-\xff]*+)"
_LINE: Final = re.compile(_NAME_AND_VALUE)
_LINES: Final = re.compile(rb"(?:" + _NAME_AND_VALUE.replace(b"(", b"(?:") + rb"\r\n)++\r\n")
# White space before it stays where it is: a pattern with it would take quadratic time.
_FOLD: Final = rb"\r\n[ \t]+"
# Letters, digits and what is unreserved, or an address in brackets: the other characters that RFC
# 3986 allows in a registered name are in no real name, and some proxies split at them.
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%-]+)(?::[0-9]{0,5})?")


# The lines of `EARLY_NAMES`: name and value of those that decide something, and entity tags apart
# from them.  That one of the initials comes next says of most lines at once that they are others.
_INITIALS: Final = "".join(sorted({name[0] for name in EARLY_NAMES}))
_DECISIVE: Final = "|".join(sorted(EARLY_NAMES - {"If-None-Match"}))
_EARLY: Final = re.compile(
    rf"\n(?=[{_INITIALS}])(?:({_DECISIVE}):[ \t]*([^\r]*)|If-None-Match:[ \t]*([^\r]*))".encode(),
    re.IGNORECASE,
)
_Said: TypeAlias = tuple[tuple[bytes, bytes, bytes], ...]

# Hosts that were found valid: a client asks one host again and again.
REMEMBERED_HOSTS: Final = 1024
_hosts: set[str] = set()

is_known_host: Final = _hosts.__contains__
"""Whether a host was found valid lately by `parse_request_block`."""

# What makes a block plain, with its early values, its host and whether it says keep-alive.  Nobody
# changes a block's early values, so many can have the same.
REMEMBERED_DECISIONS: Final = 1024
_decisions: dict[_Said, tuple[dict[str, list[str]], str | None, bool]] = {}


class Framing(enum.Enum):
    """How the end of a body is found."""

    NONE = "no body"
    LENGTH = "Content-Length"
    CHUNKED = "chunked"


class HeaderBlock:
    """Header lines and what they say about the connection.

    :ivar raw: the lines with the empty line at the end.
    :ivar early: values by canonical name, at least those of `EARLY_NAMES`.
    :ivar framing: how the body ends.
    :ivar length: bytes of the body if `Framing.LENGTH`.
    :ivar host: the one valid host, or None.
    :ivar close: ``Connection: close`` was said.
    :ivar keep_alive: ``Connection: keep-alive`` was said.
    :ivar plain: nothing here asks for more than an answer: one host, no body, no expectation,
        no upgrade, no close.
    """

    __slots__ = (
        "_fields",
        "close",
        "early",
        "framing",
        "host",
        "keep_alive",
        "length",
        "plain",
        "raw",
    )

    def __init__(
        self, raw: bytes, early: dict[str, list[str]], fields: dict[str, list[str]] | None
    ) -> None:
        self.raw = raw
        self.early = early
        self._fields = fields
        self.framing = Framing.NONE
        self.length = 0
        self.host: str | None = None
        self.close = False
        self.keep_alive = False
        self.plain = False

    @property
    def fields(self) -> dict[str, list[str]]:
        """All values by canonical name."""
        fields = self._fields
        if fields is None:
            fields = self._fields = _take_apart(self.raw)
        return fields

    # The lines as headers of their own.  Not a method around it: that would cost a frame.
    headers = lazy_headers


EMPTY_BLOCK: Final = HeaderBlock(b"\r\n", {}, {})
"""No header lines at all."""


def parse_header_block(raw: bytes, max_count: int = MAX_HEADER_COUNT) -> HeaderBlock:
    """Parse header lines that end with an empty line, and their framing.

    :raises HTTPInputError: status 400, or 431 for more than *max_count* lines.
    """
    fields = parse_lines(raw, max_count)
    block = HeaderBlock(raw, fields, fields)
    _read_connection(block)
    _read_framing(block)
    return block


def parse_response_block(raw: bytes, max_count: int = MAX_HEADER_COUNT) -> HeaderBlock:
    """`parse_header_block` for an answer, of which a client forgives two things.

    Folded lines are unfolded (RFC 9112 section 5.2), and a ``Content-Length`` that is said several
    times counts once if it is always the same (RFC 9110 section 8.6).

    :raises HTTPInputError: see there.
    """
    try:
        fields = parse_lines(raw, max_count)
    except HTTPInputError:
        unfolded = re.sub(_FOLD, b" ", raw)
        if unfolded == raw:
            raise
        fields = parse_lines(unfolded, max_count)
    lengths = fields.get("Content-Length")
    if lengths is not None and (len(lengths) > 1 or "," in lengths[0]):
        said = {length.strip(" \t") for length in ",".join(lengths).split(",")}
        if len(said) > 1:
            raise HTTPInputError("Multiple unequal Content-Lengths")
        fields["Content-Length"] = list(said)
    block = HeaderBlock(raw, fields, fields)
    _read_connection(block)
    _read_framing(block)
    return block


def parse_lines(raw: bytes, max_count: int) -> dict[str, list[str]]:
    """The values of header lines by canonical name; *raw* ends with an empty line.

    :raises HTTPInputError: status 400, or 431 for more than *max_count* lines.
    """
    if raw.count(b"\n") - 1 > max_count:
        raise HTTPInputError(f"more than {max_count} header lines", 431)
    if not raw.endswith(b"\r\n\r\n"):
        if raw == b"\r\n":
            return {}
        raise HTTPInputError("the header lines do not end with an empty line")
    return _take_apart(raw)


def _take_apart(raw: bytes) -> dict[str, list[str]]:
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
    if _LINES.fullmatch(raw) is None or raw.count(b"\n") - 1 > max_count:
        parse_lines(raw, max_count)  # says what is wrong
        if raw != b"\r\n":
            raise HTTPInputError("the header lines are not well-formed")
        return EMPTY_BLOCK
    found = _EARLY.findall(b"\n" + raw)
    said = tuple([line for line in found if line[0]])
    known = _decisions.get(said)
    if known is None:
        block = _decide(raw, said)
    else:
        early, host, keep_alive = known
        block = HeaderBlock(raw, early, None)
        block.host = host
        block.keep_alive = keep_alive
        block.plain = True
    if len(said) != len(found):
        tags = [tag.decode("latin-1").rstrip(" \t") for name, _, tag in found if not name]
        block.early = {**block.early, "If-None-Match": tags}
    return block


def _decide(raw: bytes, said: _Said) -> HeaderBlock:
    """The block of lines that say this, but for entity tags."""
    early: dict[str, list[str]] = {}
    for name, value, _ in said:
        known = canonical_name(name.decode("ascii"))
        early.setdefault(known, []).append(value.decode("latin-1").rstrip(" \t"))
    block = HeaderBlock(raw, early, None)
    hosts = early.get("Host")
    if hosts is not None:
        if len(hosts) != 1:
            raise HTTPInputError("more than one Host header")
        if hosts[0] and not (hosts[0] in _hosts or _is_new_host(hosts[0])):
            raise HTTPInputError("Invalid Host header: it is no host name")
        block.host = hosts[0]
    _read_connection(block)
    _read_framing(block)
    block.plain = (
        bool(block.host)
        and block.framing is Framing.NONE
        and not block.close
        and "Expect" not in early
        and "Upgrade" not in early
    )
    if block.plain and sum([len(value) for _, value, _ in said]) <= REMEMBERED_LINE_SIZE:
        if len(_decisions) >= REMEMBERED_DECISIONS:
            _decisions.clear()
        _decisions[said] = early, block.host, block.keep_alive
    return block


def _is_new_host(text: str) -> bool:
    """`is_valid_host` of a host that was not seen lately."""
    if not is_valid_host(text):
        return False
    if len(_hosts) >= REMEMBERED_HOSTS:
        _hosts.clear()
        _decisions.clear()  # so that the hosts in them are found, and known, again
    _hosts.add(text)
    return True


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
    for value in block.early.get("Connection", ()):
        for option in value.lower().split(","):
            option = option.strip(" \t")
            if option == "close":
                block.close = True
            elif option == "keep-alive":
                block.keep_alive = True


def _read_framing(block: HeaderBlock) -> None:
    codings = block.early.get("Transfer-Encoding")
    lengths = block.early.get("Content-Length")
    if codings is not None:
        if lengths is not None:
            raise HTTPInputError("Message with both Transfer-Encoding and Content-Length")
        if len(codings) != 1 or codings[0].lower() != "chunked":
            said = ",".join(codings)[:60]
            raise HTTPInputError(f"Unsupported Transfer-Encoding {said}: it is chunked, once")
        block.framing = Framing.CHUNKED
    elif lengths is not None:
        if len(lengths) != 1:
            raise HTTPInputError("more than one Content-Length header")
        digits = lengths[0]
        if not (digits.isascii() and digits.isdigit()):
            raise HTTPInputError("Only integer Content-Length is allowed")
        if len(digits.lstrip("0")) > MAX_LENGTH_DIGITS:
            raise HTTPInputError("Content-Length too long", 413)
        block.length = int(digits)
        block.framing = Framing.LENGTH if block.length else Framing.NONE


def _what_is_wrong(line: bytes) -> str:
    name, colon, _ = line.partition(b":")
    if line[:1] in (b" ", b"\t"):
        return "header lines may not be folded"
    if not colon:
        return "no colon in header line"
    if re.fullmatch(_TOKEN + rb"+", name) is None:
        return "a header name is empty or has a character that is not allowed"
    return "a header value has a control character"
