"""Bytes and text: conversions that leave alone what is already right."""

from __future__ import annotations

import re
from typing import Any, overload

_SPACES = re.compile("[\x00-\x20]+")


@overload
def utf8(value: str | bytes) -> bytes: ...
@overload
def utf8(value: None) -> None: ...
@overload
def utf8(value: str | bytes | None) -> bytes | None: ...
def utf8(value: str | bytes | None) -> bytes | None:
    """Return *value* as bytes: text is encoded as UTF-8, bytes and ``None`` are returned as is.

    :raises TypeError: for anything else.
    :raises UnicodeEncodeError: for text with lone surrogates.

    >>> utf8("Zoë")
    b'Zo\\xc3\\xab'
    """
    if isinstance(value, str):
        return value.encode("utf-8")
    if value is None or isinstance(value, bytes):
        return value
    raise TypeError(f"expected str, bytes or None, got {type(value).__name__}")


@overload
def to_unicode(value: str | bytes) -> str: ...
@overload
def to_unicode(value: None) -> None: ...
@overload
def to_unicode(value: str | bytes | None) -> str | None: ...
def to_unicode(value: str | bytes | None) -> str | None:
    """Return *value* as text: bytes are decoded as UTF-8, text and ``None`` are returned as is.

    :raises TypeError: for anything else.
    :raises UnicodeDecodeError: for bytes that are not UTF-8.

    >>> to_unicode(b"Zo\\xc3\\xab")
    'Zoë'
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8")
    raise TypeError(f"expected str, bytes or None, got {type(value).__name__}")


# Two older names: there was a time when the native string type was bytes.
native_str = to_unicode
to_basestring = to_unicode


def recursive_unicode(obj: Any) -> Any:
    """Return *obj* with every byte string in its dicts, lists and tuples decoded as UTF-8.

    Other objects are returned as they are.

    :raises UnicodeDecodeError: for bytes that are not UTF-8.

    >>> recursive_unicode({b"names": [b"Ann", "Bob"]})
    {'names': ['Ann', 'Bob']}
    """
    if isinstance(obj, dict):
        return {recursive_unicode(key): recursive_unicode(item) for key, item in obj.items()}
    if isinstance(obj, list):
        return [recursive_unicode(item) for item in obj]
    if isinstance(obj, tuple):
        return tuple(recursive_unicode(item) for item in obj)
    if isinstance(obj, bytes):
        return obj.decode("utf-8")
    return obj


def squeeze(value: str) -> str:
    """Return *value* with each run of spaces and control characters made one space.

    Whitespace at both ends is removed.

    >>> squeeze("  much \\t\\n  space ")
    'much space'
    """
    return _SPACES.sub(" ", value).strip()
