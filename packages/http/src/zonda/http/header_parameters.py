"""Parameters of header values: ``form-data; name="a"; filename="b.txt"``.

RFC 9110 section 5.6.6 has the grammar and RFC 8187 the form for other alphabets,
``filename*=UTF-8''%C3%A1b.txt``.  Everything is read in one pass.
"""

from __future__ import annotations

import re
from typing import Final

from .errors import HTTPInputError
from .urls import unquote_bytes

_PARAMETER: Final = re.compile(
    r"[ \t]*+;[ \t]*+"
    r"(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]++)[ \t]*+=[ \t]*+"
    r'(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|"([^"]*+)"(?=[ \t]*+(?:;|\Z))|([^";]*+)))?+',
    re.DOTALL,
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_CHARSETS: Final = frozenset({"utf-8", "iso-8859-1"})


def parse_header_parameters(value: str) -> tuple[str, dict[str, str]]:
    r"""The main part of a header value, in lower case, and its parameters.

    Names are in lower case; a parameter ``name*`` stands for its ``name`` before a plain one.
    In quotes only ``\"`` and ``\\`` are escapes, since browsers send names with backslashes; a
    quote that could end nothing else ends the text, although a backslash is before it.

    >>> parse_header_parameters('form-data; name="a;b"; filename*=UTF-8\'\'%C3%A1.txt')
    ('form-data', {'name': 'a;b', 'filename': 'á.txt'})

    :raises HTTPInputError: a parameter is malformed, comes twice, or has a charset that is
        neither UTF-8 nor ISO-8859-1 or bytes that are not of its charset.
    """
    main, plain, extended = read_parameters(value)
    return main, plain | extended


def read_parameters(value: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """`parse_header_parameters` with plain and extended parameters apart.

    :raises HTTPInputError: see there.
    """
    end = value.find(";")
    if end < 0:
        return value.strip(" \t").lower(), {}, {}
    main = value[:end].strip(" \t").lower()
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    while end < len(value):
        found = _PARAMETER.match(value, end)
        if found is None:
            if value[end:].strip(" \t"):
                raise HTTPInputError(f"malformed parameter in header value: {value[end:][:60]!r}")
            break
        end = found.end()
        name, quoted, unescaped, bare = found.groups()
        if name is None:
            continue
        name = name.lower()
        target = plain
        if quoted is not None:
            text = _unescape(quoted) if "\\" in quoted else quoted
        else:
            text = unescaped if unescaped is not None else bare.rstrip(" \t")
        if name[-1] == "*":
            name, target, text = name[:-1], extended, _decode_extended(text)
        if name in target:
            raise HTTPInputError(f"the parameter {name[:60]!r} comes twice")
        target[name] = text
    return main, plain, extended


def _unescape(quoted: str) -> str:
    return "\\".join(part.replace('\\"', '"') for part in quoted.split("\\\\"))


def _decode_extended(text: str) -> str:
    charset, first, rest = text.partition("'")
    _, second, encoded = rest.partition("'")
    if not (first and second) or charset.lower() not in _CHARSETS:
        raise HTTPInputError(f"no extended parameter value: {text[:60]!r}")
    try:
        decoded = unquote_bytes(encoded.encode()).decode(charset)
    except UnicodeDecodeError:
        raise HTTPInputError(f"a parameter's bytes are not {charset}: {text[:60]!r}") from None
    if _CONTROL.search(decoded) is not None:
        raise HTTPInputError("an extended parameter value has a control character")
    return decoded
