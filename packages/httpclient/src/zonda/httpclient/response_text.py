"""The body of an answer as text and as JSON."""

from __future__ import annotations

import codecs
import json
from typing import Any, Final

from zonda.http import HTTPInputError, parse_header_parameters

# Of no use but in Python itself: parts of names of hosts, source code, an error for everything.
_NO_CHARSETS: Final = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
)
_SHOWN: Final = 40


def decoded(body: bytes, content_type: str | None) -> str:
    """*body* as text, in the charset of *content_type* or UTF-8; without a byte order mark.

    >>> decoded(b"caf\\xe9", "text/plain; charset=ISO-8859-1")
    'café'

    :raises ValueError: there is no such charset, or *body* has bytes that are none of it.
    """
    name = _charset(content_type)
    try:
        if name.isascii() and (charset := codecs.lookup(name).name) not in _NO_CHARSETS:
            return body.decode("utf-8-sig" if charset == "utf-8" else charset)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"is no {charset}: {error.reason} at byte {error.start}, 0x{body[error.start]:02x}"
        ) from None
    except (LookupError, ValueError):
        pass
    raise ValueError(f"is in a charset that is not known: {name!r}")


def parsed(text: str) -> Any:
    """The value of a JSON text.

    :raises ValueError: it is none, or nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}" if text else "is empty, which is no JSON") from None


def _charset(content_type: str | None) -> str:
    """What the header says, or UTF-8."""
    try:
        parameters = parse_header_parameters(content_type or "")[1]
    except HTTPInputError as error:
        raise ValueError(f"has a Content-Type that cannot be read: {error}") from None
    return (parameters.get("charset") or "utf-8")[:_SHOWN]
