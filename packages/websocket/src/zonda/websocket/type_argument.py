"""What stands in the brackets of a class's generic base."""

from __future__ import annotations

import typing
from typing import Any


def argument_of(kind: type, generic: type) -> Any:
    """The type that *kind* gives to *generic*, which has one parameter and is among its bases.

    >>> T = typing.TypeVar("T")
    >>> class Box(typing.Generic[T]): ...
    >>> class Boxes(Box[list[T]]): ...
    >>> class Numbers(Boxes[int]): ...
    >>> argument_of(Numbers, Box)
    list[int]

    :return: None if a base gives it.  It may have parameters itself: see `has_parameters`.
    """
    for base in vars(kind).get("__orig_bases__", ()):
        origin, arguments = typing.get_origin(base), typing.get_args(base)
        if origin is generic:
            return arguments[0]
        if isinstance(origin, type) and issubclass(origin, generic):
            return _filled(argument_of(origin, generic), origin, arguments)
    return None


def has_parameters(kind: Any) -> bool:
    """Whether *kind* is not yet a type, since a type variable is open."""
    if isinstance(kind, typing.TypeVar):
        return True
    # Not of a generic class by itself, which has parameters, too, but is a type.
    return typing.get_origin(kind) is not None and bool(getattr(kind, "__parameters__", ()))


def _filled(kind: Any, origin: Any, arguments: tuple[Any, ...]) -> Any:
    """*kind* with the *arguments* that a base *origin* has been given."""
    given = dict(zip(origin.__parameters__, arguments, strict=True))
    if isinstance(kind, typing.TypeVar):
        return given[kind]
    return (
        kind[tuple(given[name] for name in kind.__parameters__)] if has_parameters(kind) else kind
    )
