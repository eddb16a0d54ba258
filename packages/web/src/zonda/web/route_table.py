"""From a request to who answers it, quickly: the rules of an application.

The first rule that matches wins, as they stand in the list.  A `RouteTable` keeps that order
without trying every rule:

* A path without special characters is looked up in a dict.  Which earlier rule would have caught it
  is known when the table is made.
* A rule that leads to a handler by its path has one key: the rarest text that stands between two
  slashes in every path that it matches, or else the text that all of them start with.  Only the
  rules that share a key with the path are tried.
* All others (hosts, matchers of one's own, other routers, nested lists) are asked in their turn.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from zonda.http import HTTPMessageDelegate, HTTPServerConnectionDelegate, HTTPServerRequest

from .matchers import PathMatches
from .pattern_parts import Known, known_of
from .routing import delegate_of, delegates_in, reverse_in_targets
from .rules import Rule, RuleLike, make_rules

if TYPE_CHECKING:
    from .handler import RequestHandler
    from .path_patterns import Converter


class Mode(enum.Enum):
    """How the body of a request reaches who answers it."""

    WHOLE = "at once, to a handler"
    IN_PIECES = "as it comes, to a handler"
    ELSEWHERE = "as it comes, to another delegate"


WHOLE: Final = Mode.WHOLE

PathArgs: TypeAlias = tuple[object, ...]
PathKwargs: TypeAlias = Mapping[str, object]


class Route(NamedTuple):
    """The handler that answers, and its arguments.

    :ivar kwargs: for `initialize`.
    :ivar args: groups of the path for the verb's method: text as it stands in the path, bytes
        that are percent-decoded, or whatever a matcher made.
    :ivar named: the same, by name.
    :ivar converters: what makes typed arguments of those in *named*.
    """

    handler_class: type[RequestHandler]
    kwargs: Mapping[str, object]
    args: PathArgs
    named: PathKwargs
    mode: Mode = WHOLE
    converters: Mapping[str, Converter] | None = None


class Elsewhere(NamedTuple):
    """Something else than a handler answers."""

    delegate: HTTPMessageDelegate
    mode: Mode = Mode.ELSEWHERE


Found: TypeAlias = Route | Elsewhere

# A rule that has to be asked: its number, and the table of a nested list.
_Asked: TypeAlias = tuple[int, Rule, "RouteTable | None"]

_NOTHING: Final[PathKwargs] = {}
_new: Final = tuple.__new__  # makes a Route in a third of the time
_Key: TypeAlias = tuple[int, str] | str


class Candidate(NamedTuple):
    """A rule that leads from a path to a handler.

    :ivar groups: 0 for none, 1 for positional, 2 for named groups.
    """

    number: int
    match: Callable[[str], re.Match[str] | None]
    groups: int
    route: Route


class RouteTable:
    """Rules in order, prepared for look-ups.

    :ivar rules: all of them.
    :ivar static: the routes of whole paths; nothing before them can catch such a path.
    """

    __slots__ = ("_asked", "_by_prefix", "_by_segment", "_deepest", "_sizes", "rules", "static")

    def __init__(self, rules: Iterable[RuleLike]) -> None:
        self.rules: tuple[Rule, ...] = tuple(make_rules(rules))
        self._asked: list[_Asked] = []
        self._by_prefix: dict[str, list[Candidate]] = {}
        # For each place between slashes that has any: what may stand there.
        self._by_segment: list[tuple[int, dict[str, list[Candidate]]]] = []
        candidates: list[tuple[Candidate, Known]] = []
        for number, rule in enumerate(self.rules):
            if is_handler(rule.target) and isinstance(rule.matcher, PathMatches):
                candidates.append((_candidate(number, rule), known_of(rule.matcher.regex)))
            else:
                nested = RouteTable(rule.target) if _is_list(rule.target) else None
                self._asked.append((number, rule, nested))
        self._index(candidates)
        self.static = self._find_static(candidates)

    def find(self, request: HTTPServerRequest) -> Found | None:
        """Who answers *request*, or None for nobody."""
        path = request.path
        found: Found | None = self.static.get(path)
        if found is not None:
            return found
        best, match = self._search_paths(path)
        for number, rule, nested in self._asked:
            if best is not None and best.number < number:
                break
            found = _ask(rule, nested, request)
            if found is not None:
                return found
        if best is None or match is None:
            return None
        _, _, groups, route = best
        if not groups:
            return route
        handler_class, kwargs, args, named, mode, converters = route
        if groups == 1:
            args = match.groups()
        else:
            named = match.groupdict()
        return _new(Route, (handler_class, kwargs, args, named, mode, converters))

    def named(self) -> list[Rule]:
        """All rules that have a name, also those in nested lists."""
        found = [rule for _, _, nested in self._asked if nested for rule in nested.named()]
        return found + [rule for rule in self.rules if rule.name]

    def delegates(self) -> list[HTTPServerConnectionDelegate]:
        """What a server could ask among what the rules lead to, also those in nested lists."""
        nested = [one for _, _, table in self._asked if table for one in table.delegates()]
        return nested + delegates_in(self.rules)

    def reverse_elsewhere(
        self, name: str, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> str | None:
        """The path of *name* in one of the routers that rules lead to."""
        for _, _, nested in self._asked:
            if nested is not None:
                path = nested.reverse_elsewhere(name, args, kwargs)
                if path is not None:
                    return path
        return reverse_in_targets(self.rules, name, args, kwargs)

    def _search_paths(self, path: str) -> tuple[Candidate | None, re.Match[str] | None]:
        """The first rule whose path matches, of those that share a key with *path*."""
        best: Candidate | None = None
        match: re.Match[str] | None = None
        by_prefix = self._by_prefix
        for size in self._sizes:
            for candidate in by_prefix.get(path[:size], ()):
                if best is not None and best.number < candidate.number:
                    break
                found = candidate.match(path)
                if found is not None:
                    best, match = candidate, found
                    break
        if self._by_segment:
            segments = path.split("/", self._deepest + 1)
            for place, by_segment in self._by_segment:
                if place >= len(segments):
                    break
                for candidate in by_segment.get(segments[place], ()):
                    if best is not None and best.number < candidate.number:
                        break
                    found = candidate.match(path)
                    if found is not None:
                        best, match = candidate, found
                        break
        return best, match

    def _index(self, candidates: Sequence[tuple[Candidate, Known]]) -> None:
        """File each rule under its rarest key."""
        counts = Counter(key for _, known in candidates for key in _keys(known))
        by_segment: dict[int, dict[str, list[Candidate]]] = {}
        for candidate, known in candidates:
            key = min(_keys(known), key=lambda key: (counts[key], -_weight(key)))
            if isinstance(key, str):
                self._by_prefix.setdefault(key, []).append(candidate)
            else:
                place, text = key
                by_segment.setdefault(place, {}).setdefault(text, []).append(candidate)
        self._sizes = sorted({len(prefix) for prefix in self._by_prefix})
        self._by_segment = sorted(by_segment.items())
        self._deepest = max(by_segment, default=0)

    def _find_static(self, candidates: Sequence[tuple[Candidate, Known]]) -> dict[str, Route]:
        found: dict[str, Route] = {}
        first_asked = self._asked[0][0] if self._asked else len(self.rules)
        for candidate, known in candidates:
            path = known.literal
            if path is None or path in found or candidate.number > first_asked:
                continue
            best, match = self._search_paths(path)
            if best is candidate and match is not None:
                found[path] = candidate.route
        return found


def handler_route(
    handler_class: type[RequestHandler],
    kwargs: Mapping[str, object] | None = None,
    args: Iterable[object] | None = None,
    named: Mapping[str, object] | None = None,
) -> Route:
    """The route to one handler; text in *args* and *named* is taken as it is."""
    mode = Mode.IN_PIECES if handler_class._streams_body else WHOLE
    values = tuple([_as_decoded(value) for value in args or ()])
    by_name = {name: _as_decoded(value) for name, value in (named or {}).items()}
    return Route(handler_class, dict(kwargs or {}), values, by_name, mode)


def is_handler(target: object) -> bool:
    """Whether *target* is a `RequestHandler` class."""
    return isinstance(target, type) and hasattr(target, "_streams_body")


def _candidate(number: int, rule: Rule) -> Candidate:
    matcher = rule.matcher
    assert isinstance(matcher, PathMatches)
    mode = Mode.IN_PIECES if rule.target._streams_body else WHOLE
    converters = matcher.converters or None
    route = Route(rule.target, rule.target_kwargs, (), _NOTHING, mode, converters)
    regex = matcher.regex
    groups = 2 if regex.groupindex else 1 if regex.groups else 0
    return Candidate(number, regex.match, groups, route)


def _ask(rule: Rule, nested: RouteTable | None, request: HTTPServerRequest) -> Found | None:
    params: dict[str, Any] | None = rule.matcher.match(request)
    if params is None:
        return None
    if nested is not None:
        return nested.find(request)
    if is_handler(rule.target):
        return handler_route(
            rule.target, rule.target_kwargs, params.get("path_args"), params.get("path_kwargs")
        )
    if rule.target_kwargs:
        params["target_kwargs"] = rule.target_kwargs
    delegate = delegate_of(rule.target, request, params)
    return None if delegate is None else Elsewhere(delegate)


def _is_list(target: object) -> bool:
    return isinstance(target, list | tuple)


def _keys(known: Known) -> list[_Key]:
    """What a rule could be filed under; the first text of a path is empty and says nothing."""
    keys: list[_Key] = [known.prefix]
    keys += [(number, text) for number, text in known.segments.items() if number]
    return keys


def _weight(key: _Key) -> int:
    """Among equally rare keys a text between slashes is found faster, first ones first."""
    return 0 if isinstance(key, str) else 1000 - key[0]


def _as_decoded(value: object) -> object:
    """Text that is not percent-encoded any more, in the form that says so."""
    return value.encode("utf-8") if isinstance(value, str) else value
