"""From a path to a handler: regular expressions with names, found quickly.

The first rule that matches wins, as they stand in the list.  A `RouteTable` keeps that order
without trying every rule: a pattern without special characters is looked up in a dict (which
earlier rules would have caught it is known when the table is made), the others are grouped by the
literal text that they start with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from .handler import RequestHandler

_SPECIAL = frozenset(r".^$*+?{}[]\|()")

# What may stand unescaped in a path: RFC 3986 section 3.3, without the slash.
_SAFE_IN_SEGMENT = "!$&'()*+,;=:@~"


class URLSpec:
    """One rule: a pattern for the path, the handler's class, its arguments, and a name.

    :param pattern: a regular expression for the whole path; its groups become arguments of the
        handler's methods, named ones by name.  They are percent-decoded.
    :param handler: a `RequestHandler` class.
    :param kwargs: for the handler's `initialize`.
    :param name: for `Application.reverse_url`; unique in the application.
    :raises ValueError: named and positional groups are mixed, or the pattern is no regular
        expression.
    """

    def __init__(
        self,
        pattern: str | re.Pattern[str],
        handler: type[RequestHandler],
        kwargs: Mapping[str, object] | None = None,
        name: str | None = None,
    ) -> None:
        source = pattern if isinstance(pattern, str) else pattern.pattern
        try:
            flags = 0 if isinstance(pattern, str) else pattern.flags
            self.regex = re.compile(source if source.endswith("$") else source + "$", flags)
        except re.error as error:
            raise ValueError(f"the route {source!r} is no regular expression: {error}") from None
        if self.regex.groupindex and len(self.regex.groupindex) != self.regex.groups:
            raise ValueError(f"the route {source!r} mixes named and positional groups")
        self.handler_class = handler
        self.kwargs: dict[str, object] = dict(kwargs or {})
        self.name = name
        self._parts = _literal_parts(source.removesuffix("$"))

    @property
    def target(self) -> type[RequestHandler]:
        """The handler's class."""
        return self.handler_class

    @property
    def literal(self) -> str | None:
        """The one path that matches, if the pattern has no special characters."""
        return self._parts[0] if self._parts is not None and len(self._parts) == 1 else None

    @property
    def prefix(self) -> str:
        """Text that every matching path starts with."""
        source = self.regex.pattern.removeprefix("^")
        if "|" in source:
            return ""
        end = 0
        while end < len(source) and source[end] not in _SPECIAL:
            end += 1
        # A quantifier makes the character before it optional.
        return source[: end - 1] if source[end : end + 1] in ("?", "*", "{") else source[:end]

    def reverse(self, *args: object) -> str:
        """The path with *args* in place of the groups, percent-encoded.

        :raises ValueError: their number is wrong, or the pattern has more than literal text and
            simple groups.
        """
        if self._parts is None:
            raise ValueError(f"the route {self.regex.pattern!r} cannot be reversed")
        if len(args) != len(self._parts) - 1:
            raise ValueError(
                f"the route {self.regex.pattern!r} takes {len(self._parts) - 1} arguments, "
                f"not {len(args)}"
            )
        path = self._parts[0]
        for arg, part in zip(args, self._parts[1:], strict=True):
            raw = arg if isinstance(arg, bytes) else str(arg).encode()
            path += quote(raw, safe=_SAFE_IN_SEGMENT) + part
        return path

    def __repr__(self) -> str:
        return (
            f"URLSpec({self.regex.pattern!r}, {self.handler_class!r}, "
            f"kwargs={self.kwargs!r}, name={self.name!r})"
        )


class Route(NamedTuple):
    """What a path leads to."""

    handler_class: type[RequestHandler]
    kwargs: dict[str, object]
    args: tuple[str | None, ...] | tuple[()]
    named: dict[str, str | None]


class _Rule(NamedTuple):
    number: int
    match: Callable[[str], re.Match[str] | None]
    spec: URLSpec


_NOTHING: dict[str, str | None] = {}


class RouteTable:
    """Rules in order, prepared for look-ups."""

    def __init__(self, specs: Sequence[URLSpec]) -> None:
        self.specs = tuple(specs)
        self._groups: dict[str, list[_Rule]] = {}
        for number, spec in enumerate(self.specs):
            rule = _Rule(number, spec.regex.match, spec)
            self._groups.setdefault(spec.prefix, []).append(rule)
        # Rules without a prefix are in the group "", where every path looks.
        self._sizes = sorted({len(prefix) for prefix in self._groups})
        self.static: dict[str, Route] = {}
        for spec in self.specs:
            path = spec.literal
            if path is not None and path not in self.static:
                found = self._search(path)
                if found is not None:
                    self.static[path] = found

    def find(self, path: str) -> Route | None:
        """The route of *path*, or None."""
        return self.static.get(path) or self._search(path)

    def _search(self, path: str) -> Route | None:
        """The first rule that matches: the best of the groups whose prefix the path has."""
        best: URLSpec | None = None
        best_match: re.Match[str] | None = None
        best_number = len(self.specs)
        groups = self._groups
        for size in self._sizes:
            for number, match, spec in groups.get(path[:size], ()):
                if number >= best_number:
                    break
                found = match(path)
                if found is not None:
                    best, best_match, best_number = spec, found, number
                    break
        if best is None or best_match is None:
            return None
        if best.regex.groupindex:
            return Route(best.handler_class, best.kwargs, (), best_match.groupdict())
        return Route(best.handler_class, best.kwargs, best_match.groups(), _NOTHING)


class HostRoutes(NamedTuple):
    """The routes of the hosts that match *pattern*; None is every host."""

    pattern: re.Pattern[str] | None
    table: RouteTable


Pattern = str | re.Pattern[str]
RuleLike = (
    URLSpec
    | tuple[Pattern, type["RequestHandler"]]
    | tuple[Pattern, type["RequestHandler"], Mapping[str, object] | None]
    | tuple[Pattern, type["RequestHandler"], Mapping[str, object] | None, str | None]
)
"""A `URLSpec`, or its arguments as a tuple."""


def make_specs(rules: Iterable[RuleLike]) -> list[URLSpec]:
    """Rules from tuples ``(pattern, handler[, kwargs[, name]])``.

    :raises TypeError: one is neither that nor a `URLSpec`.
    """
    specs = []
    for rule in rules:
        if isinstance(rule, URLSpec):
            specs.append(rule)
        elif isinstance(rule, tuple | list) and 2 <= len(rule) <= 4:
            specs.append(URLSpec(*rule))
        else:
            raise TypeError(
                "a rule is a URLSpec or a tuple (pattern, handler, kwargs, name), of which the "
                f"last two may be left out; not {rule!r}"
            )
    return specs


def _literal_parts(source: str) -> list[str] | None:
    """The literal text around the groups of a pattern, or None if it has more than that."""
    parts = [""]
    depth = 0
    position = 1 if source.startswith("^") else 0
    while position < len(source):
        char = source[position]
        if char == "\\":
            position += 1
            following = source[position : position + 1]
            if depth == 0:
                if following.isalnum():
                    return None
                parts[-1] += following
        elif char == "[" and depth:
            end = source.find("]", position + 2)
            position = end if end > 0 else position
        elif char == "(":
            if source.startswith("(?", position) and not source.startswith("(?P<", position):
                return None
            depth += 1
            if depth == 1:
                parts.append("")
        elif char == ")":
            depth -= 1
            following = source[position + 1 : position + 2]
            if depth == 0 and following and following in "?*+{":
                return None
        elif depth == 0:
            if char in _SPECIAL:
                return None
            parts[-1] += char
        position += 1
    return parts
