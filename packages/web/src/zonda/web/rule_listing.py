"""The rules of an application as text: for ``zonda routes``, and for the page of a 404."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from .matchers import HostMatches, Matcher, PathMatches
from .path_patterns import Path
from .rules import Rule, make_rules

if TYPE_CHECKING:
    from .application import Application

# Lists of rules in lists of rules.
MAX_DEPTH = 8


class RuleLine(NamedTuple):
    """One rule.

    :ivar pattern: which requests: of a path the expression or pattern as it was written.
    :ivar target: who answers them.
    :ivar name: for ``reverse_url``; may be empty.
    :ivar depth: how many lists it stands in.
    """

    pattern: str
    target: str
    name: str
    depth: int


def list_rules(application: Application) -> list[RuleLine]:
    """All rules in the order in which they are asked."""
    lines: list[RuleLine] = []
    for pattern, table in application._hosts:
        host = pattern.pattern.removesuffix("$")
        lines.append(RuleLine(f"host {host}", "", "", 0))
        lines += _lines(table.rules, 1)
    return lines + list(_lines(application._table.rules, 0))


def _lines(rules: Iterable[Rule], depth: int) -> Iterator[RuleLine]:
    for rule in rules:
        pattern = describe_matcher(rule.matcher)
        nested = rule.target if isinstance(rule.target, list | tuple) else ()
        target = "" if nested else _describe_target(rule.target)
        yield RuleLine(pattern, target, rule.name or "", depth)
        if depth < MAX_DEPTH:
            yield from _lines(make_rules(nested), depth + 1)


def describe_matcher(matcher: Matcher) -> str:
    """Which requests a matcher matches, shortly."""
    if isinstance(matcher, Path):
        return matcher.pattern
    if isinstance(matcher, PathMatches):
        return matcher.regex.pattern.removesuffix("$")
    if isinstance(matcher, HostMatches):
        return f"host {matcher.host_pattern.pattern.removesuffix('$')}"
    return type(matcher).__name__


def _describe_target(target: object) -> str:
    named = target if hasattr(target, "__qualname__") else type(target)
    return f"{getattr(named, '__module__', '?')}.{getattr(named, '__qualname__', '?')}"
