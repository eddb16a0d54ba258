"""Rules: which requests, and who answers them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from zonda.http import HTTPServerConnectionDelegate, HTTPServerRequest

from .matchers import Matcher, PathMatches

if TYPE_CHECKING:
    from .handler import RequestHandler

Pattern: TypeAlias = str | re.Pattern[str] | Matcher
"""Which requests: a regular expression for the path, or a matcher."""

Target: TypeAlias = (
    type["RequestHandler"]
    | HTTPServerConnectionDelegate
    | Callable[[HTTPServerRequest], object]
    | Sequence[Any]
    | str
)
"""Who answers: a handler's class or its dotted name, a router or application, a function that takes
the request, or a list of further rules."""


class Rule:
    """Leads the requests that *matcher* matches to *target*.

    :param matcher: which requests.
    :param target: who answers them.
    :param target_kwargs: for the target: those of a handler's `initialize`.
    :param name: for ``reverse_url``.
    """

    def __init__(
        self,
        matcher: Matcher,
        target: Target,
        target_kwargs: Mapping[str, object] | None = None,
        name: str | None = None,
    ) -> None:
        if isinstance(target, str):
            target = imported(target)
        self.matcher = matcher
        self.target: Any = target
        self.target_kwargs: dict[str, object] = dict(target_kwargs or {})
        self.name = name

    def reverse(self, *args: object, **kwargs: object) -> str | None:
        """The path of a request for this rule; see `Matcher.reverse`."""
        return self.matcher.reverse(*args, **kwargs)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.matcher!r}, {self.target!r}, "
            f"{self.target_kwargs!r}, name={self.name!r})"
        )


class URLSpec(Rule):
    """One rule of an application: a pattern for the path, a handler, its arguments, and a name.

    :param pattern: a regular expression for the whole path; its groups become arguments of the
        handler's methods, named ones by name, percent-decoded.  Or a `Path`.
    :param handler: a `RequestHandler` class, or its dotted name.
    :param kwargs: for the handler's `initialize`.
    :param name: for `Application.reverse_url`; unique in the application.
    :raises ValueError: named and positional groups are mixed, or the pattern is no regular
        expression.
    """

    matcher: PathMatches

    def __init__(
        self,
        pattern: str | re.Pattern[str] | PathMatches,
        handler: type[RequestHandler] | str,
        kwargs: Mapping[str, object] | None = None,
        name: str | None = None,
    ) -> None:
        matcher = pattern if isinstance(pattern, PathMatches) else PathMatches(pattern)
        super().__init__(matcher, handler, kwargs, name)
        self.regex = matcher.regex
        self.handler_class: type[RequestHandler] = self.target
        self.kwargs = self.target_kwargs

    def __repr__(self) -> str:
        return (
            f"URLSpec({self.regex.pattern!r}, {self.handler_class!r}, "
            f"kwargs={self.kwargs!r}, name={self.name!r})"
        )


url = URLSpec
"""`URLSpec`, as lists of rules write it."""

RuleLike: TypeAlias = (
    Rule
    | tuple[Pattern, Target]
    | tuple[Pattern, Target, Mapping[str, object] | None]
    | tuple[Pattern, Target, Mapping[str, object] | None, str | None]
    | list[Any]
)
"""A `Rule`, or its arguments as a tuple; a regular expression stands for a `PathMatches`."""


def make_rule(rule: RuleLike) -> Rule:
    """A rule from a tuple ``(pattern, target[, kwargs[, name]])``.

    :raises TypeError: it is neither that nor a rule.
    """
    if isinstance(rule, Rule):
        return rule
    if isinstance(rule, tuple | list) and 2 <= len(rule) <= 4:
        parts: list[Any] = list(rule)
        pattern, *rest = parts
        if isinstance(pattern, str | re.Pattern):
            pattern = PathMatches(pattern)
        if isinstance(pattern, Matcher):
            target = imported(rest[0]) if isinstance(rest[0], str) else rest[0]
            if isinstance(target, type) and isinstance(pattern, PathMatches):
                return URLSpec(pattern, target, *rest[1:])
            return Rule(pattern, target, *rest[1:])
    raise TypeError(
        "a rule is a URLSpec or a tuple (pattern, handler, kwargs, name), of which the "
        f"last two may be left out; not {rule!r}"
    )


def make_rules(rules: Iterable[RuleLike]) -> list[Rule]:
    """`make_rule` for each."""
    return [make_rule(rule) for rule in rules]


def imported(name: str) -> Any:
    """The object called *name*: ``package.module.Class``.

    :raises ImportError: there is none.
    """
    module, _, attribute = name.rpartition(".")
    if not module:
        return import_module(name)
    try:
        return getattr(import_module(module), attribute)
    except AttributeError:
        raise ImportError(f"the module {module} has no {attribute!r}") from None
