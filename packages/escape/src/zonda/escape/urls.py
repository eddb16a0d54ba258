"""Percent-encoding (RFC 3986 section 2.1) and ``application/x-www-form-urlencoded`` fields."""

from __future__ import annotations

import re
from binascii import unhexlify
from typing import overload

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ENCODED = [chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in range(256)]
_IN_QUERY = {byte: ("+" if byte == 0x20 else text) for byte, text in enumerate(_ENCODED)}
_IN_PATH = {byte: ("/" if byte == 0x2F else text) for byte, text in enumerate(_ENCODED)}

# Whole runs at a time: a call for each escape is what makes decoding slow.  Possessive: a run is
# never given back, and remembering where one could do so takes memory.
_ESCAPES = re.compile(b"(?:%[0-9A-Fa-f]{2})++")
_ASCII = re.compile("[\x00-\x7f]+")


def url_escape(value: str | bytes, plus: bool = True) -> str:
    """Return *value* percent-encoded; text is encoded as UTF-8 first.

    :param plus: true for a part of a query, where a space becomes ``+`` and a slash ``%2F``;
        false for a path, where a space becomes ``%20`` and a slash stays.

    >>> url_escape("fish & chips/€")
    'fish+%26+chips%2F%E2%82%AC'
    >>> url_escape("fish & chips/€", plus=False)
    'fish%20%26%20chips/%E2%82%AC'
    """
    if isinstance(value, str):
        value = value.encode("utf-8")
    elif not isinstance(value, bytes):
        raise TypeError(f"expected str or bytes, got {type(value).__name__}")
    table = _IN_QUERY if plus else _IN_PATH
    return "".join([table[byte] for byte in value])


@overload
def url_unescape(value: str | bytes, encoding: None, plus: bool = True) -> bytes: ...
@overload
def url_unescape(value: str | bytes, encoding: str = "utf-8", plus: bool = True) -> str: ...
def url_unescape(
    value: str | bytes, encoding: str | None = "utf-8", plus: bool = True
) -> str | bytes:
    """Return *value* with its percent escapes decoded.

    A ``%`` that is not followed by two hexadecimal digits stays as it is.

    :param encoding: the text encoding of the escaped bytes, in which what cannot be decoded becomes
        U+FFFD; ``None`` to get the bytes.
    :param plus: true where ``+`` means a space, as in a query.
    :raises LookupError: for an unknown encoding.
    :raises UnicodeDecodeError: for a *value* of bytes that are not UTF-8, where text is wanted.

    >>> url_unescape("fish+%26+chips%2F%E2%82%AC")
    'fish & chips/€'
    >>> url_unescape("%E9+", encoding=None)
    b'\\xe9 '
    """
    if encoding is None:
        data = value.encode("utf-8") if isinstance(value, str) else value
        return _decode(data.replace(b"+", b" ") if plus else data)
    text = value if isinstance(value, str) else value.decode("utf-8")
    if plus:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    codec = encoding
    if text.isascii():
        return _decode(text.encode("ascii")).decode(codec, "replace")
    # Characters outside ASCII are not encoded, whatever the encoding: they stay.
    return _ASCII.sub(lambda run: _decode(run[0].encode("ascii")).decode(codec, "replace"), text)


def parse_qs_bytes(
    qs: str | bytes,
    keep_blank_values: bool = False,
    strict_parsing: bool = False,
    *,
    max_num_fields: int | None = None,
) -> dict[str, list[bytes]]:
    """Parse a query string into a dict from each name to the list of its values.

    Names are text decoded as Latin-1, so that every byte is kept; values are bytes.

    :param qs: text must be Latin-1.
    :param keep_blank_values: keep fields without a value, too.
    :param strict_parsing: refuse fields without ``=`` instead of skipping them.
    :param max_num_fields: the greatest number of fields that is accepted; ``None`` for any.
    :raises ValueError: for more fields than that, for text outside Latin-1, or where
        *strict_parsing* refuses.

    >>> parse_qs_bytes("a=1&b=x%20y&a=2")
    {'a': [b'1', b'2'], 'b': [b'x y']}
    """
    data = qs.encode("latin-1") if isinstance(qs, str) else qs
    fields: dict[str, list[bytes]] = {}
    if not data:
        return fields
    if max_num_fields is not None:
        count = data.count(b"&") + 1
        if count > max_num_fields:
            raise ValueError(f"the query has {count} fields, {max_num_fields} are allowed")
    for field in data.split(b"&"):
        name, equals, value = field.partition(b"=")
        if strict_parsing and not equals:
            raise ValueError(f"a field of the query has no '=': {field[:80]!r}")
        if value or (keep_blank_values and field):
            key = _decode(name.replace(b"+", b" ")).decode("latin-1")
            fields.setdefault(key, []).append(_decode(value.replace(b"+", b" ")))
    return fields


def _decode(data: bytes) -> bytes:
    if b"%" not in data:
        return data
    return _ESCAPES.sub(lambda run: unhexlify(run[0].replace(b"%", b"")), data)
