"""Reading the arguments of a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from .errors import HTTPError, MissingArgumentError

D = TypeVar("D")

Decode = Callable[[bytes, str | None], str]


class Required:
    """The default of an argument that must be there."""

    def __repr__(self) -> str:
        return "<required>"


REQUIRED: Final = Required()
"""Given as the default of an argument, it says that there is none."""

# A tab, line feed or carriage return can be meant; the other control characters become spaces.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def decode_utf8(value: bytes, name: str | None) -> str:
    """*value* as text.

    :raises HTTPError: 400; it is not UTF-8.
    """
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise HTTPError(400, "Invalid unicode in %s: %r", name or "url", value[:40]) from None


def get_all(
    arguments: Mapping[str, Sequence[bytes]], name: str, strip: bool, decode: Decode
) -> list[str]:
    """All values of an argument, in the order of the request."""
    values = []
    for raw in arguments.get(name, ()):
        value = decode(raw, name)
        # Whoever overrides `decode_argument` may give back something else than text.
        if isinstance(value, str):
            value = _CONTROL.sub(" ", value)
            if strip:
                value = value.strip()
        values.append(value)
    return values


def get_last(
    arguments: Mapping[str, Sequence[bytes]],
    name: str,
    default: D | Required,
    strip: bool,
    decode: Decode,
) -> str | D:
    """The last value of an argument.

    :raises MissingArgumentError: it is not there and has no default.
    """
    values = get_all(arguments, name, strip, decode)
    if values:
        return values[-1]
    if isinstance(default, Required):
        raise MissingArgumentError(name)
    return default
