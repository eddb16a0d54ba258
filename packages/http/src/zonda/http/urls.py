"""URLs and their queries."""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Mapping, Sequence
from typing import Final

from .errors import HTTPInputError

#: More arguments than any form or page has; each costs memory and time far beyond its bytes.
MAX_ARGUMENTS: Final = 1000

_NO_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_SPACE_FOR_PLUS: Final = bytes.maketrans(b"+", b" ")
_EQUALS_FOR_PERCENT: Final = bytes.maketrans(b"%", b"=")
# For each byte: a percent sign, a hexadecimal digit ("h"), or neither.
_KINDS: Final = bytes(
    ord("%" if byte == ord("%") else "h" if chr(byte) in "0123456789ABCDEFabcdef" else "-")
    for byte in range(256)
)
# What turns a percent sign into an equals sign where one was marked, and nothing elsewhere.
_CHANGES: Final = bytes(ord("%") ^ ord("=") if byte == ord("=") else 0 for byte in range(256))
_NETLOC: Final = re.compile(r"(.+):([0-9]{1,5})")


def url_concat(url: str, args: Mapping[str, str] | Sequence[tuple[str, str]] | None) -> str:
    """*url* with *args* added to its query; None adds nothing.

    >>> url_concat("http://example.com/foo?a=b#top", {"c": "d&e"})
    'http://example.com/foo?a=b&c=d%26e#top'
    >>> url_concat("/foo", [("a", "1"), ("a", "2")])
    '/foo?a=1&a=2'

    :raises TypeError: *args* is neither a mapping nor a list or tuple of pairs.
    """
    if args is None:
        return url
    if isinstance(args, Mapping):
        args = list(args.items())
    elif not isinstance(args, list | tuple):
        raise TypeError(
            f"args must be a mapping, or a list or tuple of pairs, not {type(args).__name__}"
        )
    from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *args])
    return urlunsplit(parts._replace(query=query))


def parse_query(query: str | bytes, max_arguments: int = MAX_ARGUMENTS) -> dict[str, list[bytes]]:
    """The arguments of a query, or of a body of ``application/x-www-form-urlencoded``.

    Values are bytes: their encoding is the application's affair.  Names are UTF-8, or Latin-1
    where they are not.  The order is kept, blank values too.

    >>> parse_query("a=1&b=&a=%C3%A9+2&c")
    {'a': [b'1', b'\\xc3\\xa9 2'], 'b': [b''], 'c': [b'']}

    :raises HTTPInputError: more than *max_arguments*, the empty ones between separators counted.
    """
    if not query:
        return {}
    data = query.encode("utf-8", "replace") if isinstance(query, str) else query
    if data.count(b"&") >= max_arguments:
        raise HTTPInputError(f"Max number of fields exceeded: more than {max_arguments} arguments")
    if b"+" in data:
        data = data.translate(_SPACE_FOR_PLUS)
    arguments: dict[str, list[bytes]] = {}
    for pair in data.split(b"&"):
        if not pair:
            continue
        raw, _, value = pair.partition(b"=")
        if b"%" in pair:
            if b"%" in raw:
                raw = unquote_bytes(raw)
            value = unquote_bytes(value)
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("latin-1")
        if name in arguments:
            arguments[name].append(value)
        else:
            arguments[name] = [value]
    return arguments


def unquote_bytes(data: bytes) -> bytes:
    """Undo percent-encoding; a percent sign without two hexadecimal digits stands for itself.

    >>> unquote_bytes(b"100%25%20of%it")
    b'100% of%it'
    """
    if b"%" not in data:
        return data
    # Quoted-printable is the same thing with an equals sign for the percent sign, and its decoder
    # is written in C: a megabyte of escapes takes milliseconds instead of a tenth of a second.
    if _NO_ESCAPE.search(data) is None:
        if b"=" in data:
            data = data.replace(b"=", b"%3D")
        return a2b_qp(data.translate(_EQUALS_FOR_PERCENT))
    # Looking for the percent signs of escapes one by one would take as long as all else that is
    # done with a large form, so all of them are marked at once.
    if b"%hh" not in data.translate(_KINDS):
        return data
    if b"=" in data:
        data = data.replace(b"=", b"%3D")
    kinds = data.translate(_KINDS).replace(b"%hh", b"=hh")
    changes = int.from_bytes(kinds.translate(_CHANGES), "little")
    marked = int.from_bytes(data, "little") ^ changes
    return a2b_qp(marked.to_bytes(len(data), "little"))


def split_host_and_port(netloc: str) -> tuple[str, int | None]:
    """Host and port of ``host:port``; the port is None where there is none.

    >>> split_host_and_port("example.com:8080"), split_host_and_port("[::1]")
    (('example.com', 8080), ('[::1]', None))

    :raises ValueError: the port is above 65535.
    """
    found = _NETLOC.fullmatch(netloc)
    if found is None or (":" in found[1] and not found[1].endswith("]")):
        return netloc, None
    port = int(found[2])
    if port > 65535:
        raise ValueError(f"the port of {netloc!r} is above 65535")
    return found[1], port
