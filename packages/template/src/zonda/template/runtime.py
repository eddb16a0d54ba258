"""What compiled templates call: a value becomes text, a function is applied to it.

Only the rare cases come here.  Text without special characters and whole numbers, which are nearly
everything, are dealt with where they stand.
"""

from __future__ import annotations

from collections.abc import Callable

from zonda.escape import (
    SafeString,
    json_encode,
    linkify,
    squeeze,
    url_escape,
    xhtml_escape,
    xhtml_unescape,
)

from .output import SEPARATOR

# The types whose values are what ``format`` makes of them, and never markup.
PLAIN = frozenset((str, int, float, bool, type(None)))

# These take text.  Other functions get bytes, as they did when output was bytes.
_TAKE_TEXT = frozenset(
    id(function)
    for function in (json_encode, linkify, squeeze, url_escape, xhtml_escape, xhtml_unescape)
)

Filter = Callable[[bytes], object] | Callable[[str], object]


def text(value: object) -> str:
    """The text of a value that is not escaped: bytes are UTF-8, other values what ``str`` says."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return str(value)


def escaped(value: object) -> str:
    """The text of a value for HTML: its own ``__html__``, or its text, escaped."""
    kind = type(value)
    if kind is str:
        return xhtml_escape(value)  # type: ignore[arg-type]  # that is what was asked
    if kind in PLAIN:
        return str(value)
    markup = getattr(kind, "__html__", None)
    if markup is not None:
        return text(markup(value))
    return xhtml_escape(text(value))


class Aside(SafeString):
    """Markup among values that are tested together.

    In their joined text it is not itself, but something to escape and one value too many: so the
    values are looked at one by one, and no others pay for the question.
    """

    __slots__ = ()

    def __format__(self, format_spec: str) -> str:
        return f"&{SEPARATOR}"


def told(value: object) -> str:
    """The text of a value that is tested together with others."""
    markup = getattr(type(value), "__html__", None)
    return Aside(markup(value)) if markup is not None else text(value)


def each_escaped(*values: object) -> list[str]:
    """The escaped texts of several values that cannot be escaped together."""
    return [escaped(value) for value in values]


def filtered(function: Filter, value: object) -> str:
    """What a function for escaping, or of ``apply``, makes of a value."""
    if function is xhtml_escape:
        return escaped(value)
    argument = text(value) if id(function) in _TAKE_TEXT else text(value).encode()
    return text(function(argument))  # type: ignore[arg-type]  # the table knows what it takes
