"""`Application`: the routes and settings of a site."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

from zonda.http import (
    HTTPConnection,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
)
from zonda.httpserver import HTTPServer

from . import access_log, development, execution
from .error_handler import ErrorHandler
from .matchers import HostMatches
from .request_delegate import HandlerDelegate, RoutedDelegate
from .route_table import Found, Route, RouteTable, handler_route
from .routing import ReversibleRouter, tell_of_end
from .rules import Rule, RuleLike, URLSpec
from .transforms import OutputTransform

if TYPE_CHECKING:
    from .handler import RequestHandler
    from .static_files import StaticFileHandler
    from .ui_modules import UIModule

gen_log = logging.getLogger("zonda.general")


# The rules for the hosts that match a pattern.
_HostTable: TypeAlias = tuple[re.Pattern[str], RouteTable]


class Application(ReversibleRouter):
    """A collection of request handlers that make up a site.

    It is a router, so it can be given to a server, and also be the target of a rule in another
    router or application.

    :param handlers: the rules, as `URLSpec` or ``(pattern, handler_class, kwargs, name)``; the
        first that matches the path answers.  Instead of a handler's class there may be its dotted
        name, a `Router`, another application, a function that takes the request, or a list of more
        rules; instead of a pattern a `Matcher` such as `Path` or `HostMatches`.
    :param default_host: the host whose `add_handlers` rules are for requests that name another
        host; not for those that came through a proxy.
    :param transforms: classes whose objects change answers; without any, the setting
        ``compress_response`` decides whether there is one that compresses.
    :param settings: see `Settings`; unknown ones are for the program itself.
    :ivar settings: all of them, as a dict.
    :ivar run_handler: called with a handler whose request is complete, and its `Route`.
    :cvar server_class: what `listen` makes.
    """

    server_class: ClassVar[type[HTTPServer]] = HTTPServer
    separates_requests = True

    def __init__(
        self,
        handlers: Iterable[RuleLike] | None = None,
        default_host: str | None = None,
        transforms: Iterable[type[OutputTransform]] | None = None,
        **settings: Any,
    ) -> None:
        self.settings: dict[str, object] = settings
        # Not a method: that would cost a frame for each request.
        self.run_handler: Callable[[RequestHandler, Route], None] = execution.run
        self.default_host = default_host
        self._log_function = cast(
            "Callable[[RequestHandler], None] | None", settings.get("log_function")
        )
        development.set_defaults(settings)
        self.ui_modules: dict[str, type[UIModule]] = {}
        self.ui_methods: dict[str, Callable[..., object]] = {}
        if settings.keys() & {"ui_modules", "ui_methods"}:
            from .ui_modules import collect_methods, collect_modules

            self.ui_modules = collect_modules(settings.get("ui_modules"))
            self.ui_methods = collect_methods(settings.get("ui_methods"))
        self.transforms: list[type[OutputTransform]] = (
            _transforms(settings) if transforms is None else list(transforms)
        )
        self._hosts: list[_HostTable] = []
        self._table = RouteTable(
            [*_live_reload_rules(settings), *self._static_rules(), *(handlers or ())]
        )
        self._added = 0  # how many of its rules came by add_handlers
        self._static = self._table.static
        self._named: dict[str, Rule] = {}
        # Whom rules lead to who wants to know what a server lets its delegate know.
        self._behind: list[HTTPServerConnectionDelegate] = []
        self._note(self._table)
        self._not_found = self._make_not_found()

    # Who answers.

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Part of `HTTPServerConnectionDelegate`."""
        return HandlerDelegate(self, server_conn, request_conn)

    def on_serve(self, server: object) -> None:
        """Part of `HTTPServerConnectionDelegate`: the setting ``autoreload`` begins to count."""
        if self.settings.get("autoreload"):
            development.start(self)
        for delegate in self._behind:
            delegate.on_serve(server)

    def on_close(self, server_conn: object) -> None:
        """Part of `HTTPServerConnectionDelegate`: those that the rules lead to are told."""
        tell_of_end(self._behind, server_conn)

    def add_handlers(self, host_pattern: str, host_handlers: Iterable[RuleLike]) -> None:
        """Add rules for the hosts that match *host_pattern*; they go before those for all hosts.

        Those for all hosts (``.*``) go before the ones that the application was made with.

        :param host_pattern: a regular expression for the whole host name, without port.
        """
        table = RouteTable(host_handlers)
        pattern = HostMatches(host_pattern).host_pattern
        if pattern.pattern == ".*$":
            # Before the rules that the application was made with: the last of those is often one
            # for all paths.
            rules = list(self._table.rules)
            rules[self._added : self._added] = table.rules
            self._added += len(table.rules)
            table = self._table = RouteTable(rules)
            self._static = table.static if not self._hosts else {}
        else:
            self._hosts.append((pattern, table))
            self._static = {}
        self._note(table)

    def find_route(self, request: HTTPServerRequest) -> Found:
        """Who answers a request; a route that answers 404 if there is nobody else."""
        found: Found | None = self._static.get(request.uri)  # type: ignore[arg-type]  # a parsed request has one
        if found is not None:
            return found
        if self._hosts:
            found = self._find_by_host(request)
            if found is not None:
                return found
        return self._table.find(request) or self._not_found

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:
        """The delegate for a request; see `Router`."""
        found = self.find_route(request)
        return RoutedDelegate(self, request, found) if isinstance(found, Route) else found.delegate

    def get_handler_delegate(
        self,
        request: HTTPServerRequest,
        target_class: type[RequestHandler],
        target_kwargs: Mapping[str, object] | None = None,
        path_args: Iterable[object] | None = None,
        path_kwargs: Mapping[str, object] | None = None,
    ) -> HTTPMessageDelegate:
        """A delegate that runs a handler of this application; for routers of your own.

        :param target_kwargs: for the handler's `initialize`.
        :param path_args: for the method of the verb; bytes are decoded.
        :param path_kwargs: the same, by name.
        """
        route = handler_route(target_class, target_kwargs, path_args, path_kwargs)
        return RoutedDelegate(self, request, route)

    def __call__(self, request: HTTPServerRequest) -> None:
        """Answer a whole request, as `FallbackHandler` and functions that serve requests do."""
        delegate = self.find_handler(request)
        start_line = RequestStartLine(request.method or "", request.uri or "", request.version)
        delegate.headers_received(start_line, request.headers)
        if request.body:
            delegate.data_received(request.body)
        delegate.finish()

    async def run_to_the_end(
        self,
        handler: RequestHandler,
        route: Route,
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Run *handler* from `prepare` to `finish`, for a ``run_handler`` of your own.

        :param failed: told of an exception, instead of `answer_error`.
        """
        await execution.run_to_the_end(handler, route, failed)

    def answer_error(self, handler: RequestHandler, error: BaseException) -> None:
        """Log what a handler raised, and answer its request with an error page."""
        execution.fail(handler, error)

    def reverse_url(self, name: str, /, *args: object, **kwargs: object) -> str:
        """The path of the rule called *name*, with *args* in place of its groups.

        :param kwargs: arguments by the names of their groups.
        :raises KeyError: there is no such rule.
        """
        rule = self._named.get(name)
        if rule is not None:
            path = rule.reverse(*args, **kwargs)
        else:
            tables = [self._table, *[table for _, table in self._hosts]]
            paths = [table.reverse_elsewhere(name, args, kwargs) for table in tables]
            path = next((path for path in paths if path is not None), None)
        if path is None:
            raise KeyError(f"no rule is called {name!r}")
        return path

    def failed_handler(self, request: HTTPServerRequest) -> RequestHandler:
        """A handler for the error page of one that could not be made."""
        return ErrorHandler(self, request, status_code=500)

    def add_transform(self, transform_class: type[OutputTransform]) -> None:
        """Let objects of *transform_class* change every answer, after those that do already."""
        self.transforms.append(transform_class)

    # Serving.

    def listen(self, port: int, address: str | None = None, **kwargs: object) -> HTTPServer:
        """Serve this application on *port*; the event loop must run, or be started after this.

        :param kwargs: arguments of `zonda.httpserver.HTTPServer`, and of its
            `~zonda.httpserver.HTTPServer.listen`: ``family``, ``backlog``, ``reuse_port``.
        :return: the server, for its `~zonda.httpserver.HTTPServer.drain`.
        """
        listening = {
            name: kwargs.pop(name) for name in ("family", "backlog", "reuse_port") if name in kwargs
        }
        server = self.server_class(self, **kwargs)  # type: ignore[arg-type]  # checked there
        server.listen(port, address, **listening)  # type: ignore[arg-type]  # checked there
        return server

    def log_request(self, handler: RequestHandler) -> None:
        """Write the access log's line for a finished request; the setting ``log_function`` is
        called instead."""
        if self._log_function is not None:
            self._log_function(handler)
        elif handler._status_code >= 400 or access_log.log.isEnabledFor(logging.INFO):
            access_log.log_request(handler)

    # Parts of the constructor.

    def _find_by_host(self, request: HTTPServerRequest) -> Found | None:
        host = request.host_name
        found = self._find_in_hosts(host, request)
        if found is None and self.default_host and "X-Real-Ip" not in request.headers:
            found = self._find_in_hosts(self.default_host, request)
        return found

    def _find_in_hosts(self, host: str, request: HTTPServerRequest) -> Found | None:
        for pattern, table in self._hosts:
            if pattern.match(host):
                found = table.find(request)
                if found is not None:
                    return found
        return None

    def _make_not_found(self) -> Route:
        """Who answers where no rule matches."""
        handler_class = self.settings.get("default_handler_class")
        if handler_class is None:
            return handler_route(ErrorHandler, {"status_code": 404})
        arguments = cast("dict[str, object]", self.settings.get("default_handler_args") or {})
        return handler_route(cast("type[RequestHandler]", handler_class), arguments)

    def static_handler_class(self) -> type[StaticFileHandler]:
        """Who serves the files in ``static_path`` and knows their URLs.

        It is set before the first request, or it is `StaticFileHandler`.
        """
        if "static_handler_class" not in self.settings:
            from .static_files import StaticFileHandler

            self.settings["static_handler_class"] = StaticFileHandler
        return cast("type[StaticFileHandler]", self.settings["static_handler_class"])

    def _static_rules(self) -> list[URLSpec]:
        """Rules for the files in ``static_path``, and for two that browsers ask for by name."""
        path = self.settings.get("static_path")
        if not path:
            return []
        handler_class = self.static_handler_class()
        arguments = dict(cast("dict[str, object]", self.settings.get("static_handler_args", {})))
        arguments["path"] = path
        prefix = re.escape(str(self.settings.setdefault("static_url_prefix", "/static/")))
        patterns = (rf"{prefix}(.*)", r"/(favicon\.ico)", r"/(robots\.txt)")
        return [URLSpec(pattern, handler_class, arguments) for pattern in patterns]

    def _note(self, table: RouteTable) -> None:
        known = {id(one) for one in self._behind}
        self._behind += [one for one in table.delegates() if id(one) not in known]
        for rule in table.named():
            name = cast(str, rule.name)
            if name in self._named and self._named[name] is not rule:
                gen_log.warning("Two rules are called %r; the later one counts", name)
            self._named[name] = rule


def _transforms(settings: Mapping[str, object]) -> list[type[OutputTransform]]:
    """What the settings ask for."""
    if not settings.get("compress_response") and not settings.get("gzip"):
        return []
    from .compression import CompressResponse, GZipContentEncoding

    return [CompressResponse if settings.get("compress_response") else GZipContentEncoding]


def _live_reload_rules(settings: Mapping[str, object]) -> list[Rule]:
    """The rules for script and stream, if the settings ask for them or will when it serves."""
    if not settings.get("live_reload", settings.get("autoreload")):
        return []
    from . import live_reload_handlers

    return live_reload_handlers.rules()
