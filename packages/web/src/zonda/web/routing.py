"""Routers: what asks who answers a request, and passes it on to him.

A router is itself what a server asks (`HTTPServerConnectionDelegate`), so one can stand in front
of applications, of other routers, and of anything else that speaks the delegates' language.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Iterable
from typing import Any

from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)

from .rules import Rule, RuleLike, make_rules

log = logging.getLogger("zonda.general")
app_log = logging.getLogger("zonda.application")

_NOT_FOUND = b"404: Not Found\n"


class Router(HTTPServerConnectionDelegate):
    """Finds a delegate for each request; a subclass says how, in `find_handler`."""

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        """The delegate that shall get *request*, or None if there is nobody.

        :param request: has its headers, but no body yet.
        :param kwargs: what an outer router's matcher said.
        """
        raise NotImplementedError

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Part of `HTTPServerConnectionDelegate`."""
        return _RoutingDelegate(self, server_conn, request_conn)


class ReversibleRouter(Router):
    """A router that knows its routes by name, too."""

    def reverse_url(self, name: str, /, *args: object, **kwargs: object) -> str | None:
        """The path of the route called *name*, or None if there is none."""
        raise NotImplementedError


class RuleRouter(Router):
    """A router made of rules, of which the first that matches and has somebody wins.

    :param rules: `Rule` objects, or tuples of their arguments.
    :ivar rules: the rules in order; it may be changed.
    """

    def __init__(self, rules: Iterable[RuleLike] | None = None) -> None:
        self.rules: list[Rule] = []
        if rules:
            self.add_rules(rules)

    def add_rules(self, rules: Iterable[RuleLike]) -> None:
        """Append rules."""
        for rule in make_rules(rules):
            self.rules.append(self.process_rule(rule))

    def on_serve(self, server: object) -> None:
        """Part of `HTTPServerConnectionDelegate`: those that the rules lead to are told."""
        for delegate in delegates_in(self.rules):
            delegate.on_serve(server)

    def on_close(self, server_conn: object) -> None:
        """Part of `HTTPServerConnectionDelegate`: those that the rules lead to are told."""
        tell_of_end(delegates_in(self.rules), server_conn)

    def process_rule(self, rule: Rule) -> Rule:
        """Called with each new rule; a subclass may change or replace it."""
        return rule

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        """See `Router`."""
        for rule in self.rules:
            params = rule.matcher.match(request)
            if params is None:
                continue
            if rule.target_kwargs:
                params["target_kwargs"] = rule.target_kwargs
            delegate = self.get_target_delegate(rule.target, request, **params)
            if delegate is not None:
                return delegate
        return None

    def get_target_delegate(
        self, target: Any, request: HTTPServerRequest, **target_params: Any
    ) -> HTTPMessageDelegate | None:
        """The delegate of a rule's target; override it for targets of your own kinds.

        :param target_params: what the rule's matcher said, and ``target_kwargs``.
        """
        return delegate_of(target, request, target_params)


class ReversibleRuleRouter(ReversibleRouter, RuleRouter):
    """A `RuleRouter` whose rules may have names.

    :ivar named_rules: the rules that have one.
    """

    def __init__(self, rules: Iterable[RuleLike] | None = None) -> None:
        self.named_rules: dict[str, Rule] = {}
        super().__init__(rules)

    def process_rule(self, rule: Rule) -> Rule:
        """Remember its name."""
        rule = super().process_rule(rule)
        if rule.name:
            if rule.name in self.named_rules:
                log.warning("Two rules are called %r; the later one counts", rule.name)
            self.named_rules[rule.name] = rule
        return rule

    def reverse_url(self, name: str, /, *args: object, **kwargs: object) -> str | None:
        """See `ReversibleRouter`; the routers that rules lead to are asked as well."""
        if name in self.named_rules:
            return self.named_rules[name].reverse(*args, **kwargs)
        return reverse_in_targets(self.rules, name, args, kwargs)


def delegates_in(rules: Iterable[Rule]) -> list[HTTPServerConnectionDelegate]:
    """What a server could ask among what *rules* lead to, each once."""
    targets = {id(rule.target): rule.target for rule in rules}
    return [one for one in targets.values() if isinstance(one, HTTPServerConnectionDelegate)]


def tell_of_end(delegates: Iterable[HTTPServerConnectionDelegate], server_conn: object) -> None:
    """Let *delegates* know that a connection has ended; one that fails keeps it from nobody."""
    for delegate in delegates:
        try:
            delegate.on_close(server_conn)
        except Exception:
            app_log.exception("Uncaught exception in on_close")


def reverse_in_targets(
    rules: Iterable[Rule], name: str, args: tuple[object, ...], kwargs: dict[str, object]
) -> str | None:
    """What the routers that *rules* lead to know of *name*."""
    for rule in rules:
        if isinstance(rule.target, ReversibleRouter):
            try:
                path = rule.target.reverse_url(name, *args, **kwargs)
            except KeyError:
                continue
            if path is not None:
                return path
    return None


def delegate_of(
    target: Any, request: HTTPServerRequest, params: dict[str, Any]
) -> HTTPMessageDelegate | None:
    """The delegate of a router, of something that a server could ask, or of a function.

    :raises TypeError: *target* is nothing of that kind.
    """
    if isinstance(target, Router):
        return target.find_handler(request, **params)
    if isinstance(target, HTTPServerConnectionDelegate):
        assert request.connection is not None
        return target.start_request(request.server_connection, request.connection)
    if callable(target) and not isinstance(target, type):
        callback = functools.partial(target, **params) if params else target
        assert request.connection is not None
        from zonda.httpserver import CallbackDelegate

        return CallbackDelegate(callback).start_request(
            request.server_connection, request.connection
        )
    raise TypeError(
        "a rule leads to a router, an application, a function, or within an application to a "
        f"RequestHandler class; not to {target!r}"
    )


class _RoutingDelegate(HTTPMessageDelegate):
    """Asks a router when the head is there, and passes everything on."""

    def __init__(
        self, router: Router, server_connection: object, connection: HTTPConnection
    ) -> None:
        self._router = router
        self._server_connection = server_connection
        self._connection = connection
        self._delegate: HTTPMessageDelegate | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, RequestStartLine)
        request = HTTPServerRequest(
            start_line=start_line,
            headers=headers,
            connection=self._connection,
            server_connection=self._server_connection,
        )
        self._delegate = self._router.find_handler(request)
        if self._delegate is None:
            self._delegate = _NotFound(self._connection)
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return None if self._delegate is None else self._delegate.data_received(chunk)

    def finish(self) -> None:
        if self._delegate is not None:
            self._delegate.finish()

    def on_connection_close(self) -> None:
        if self._delegate is not None:
            self._delegate.on_connection_close()


class _NotFound(HTTPMessageDelegate):
    """Answers 404 where no router found anybody."""

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection

    def finish(self) -> None:
        headers = HTTPHeaders(
            {"Content-Type": "text/plain", "Content-Length": str(len(_NOT_FOUND))}
        )
        line = ResponseStartLine("HTTP/1.1", 404, "Not Found")
        self._connection.write_headers(line, headers, _NOT_FOUND)
        self._connection.finish()
