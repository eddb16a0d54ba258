"""`Application`: the routes and settings of a site."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from zonda.http import HTTPConnection, HTTPMessageDelegate, HTTPServerConnectionDelegate
from zonda.httpserver import HTTPServer

from .request_delegate import HandlerDelegate
from .routing import HostRoutes, Route, RouteTable, RuleLike, URLSpec, make_specs
from .standard_handlers import ErrorHandler
from .static_files import StaticFileHandler
from .ui_modules import STANDARD_MODULES, collect_methods, collect_modules

if TYPE_CHECKING:
    from zonda.http import HTTPServerRequest

    from .handler import RequestHandler

access_log = logging.getLogger("zonda.access")


class Application(HTTPServerConnectionDelegate):
    """A collection of request handlers that make up a site.

    :param handlers: the rules, as `URLSpec` or ``(pattern, handler_class, kwargs, name)``; the
        first that matches the path answers.
    :param default_host: the host for whose `add_handlers` rules a request without one counts.
    :param settings: see the documentation of settings; unknown ones are for the program itself.
    """

    def __init__(
        self,
        handlers: Iterable[RuleLike] | None = None,
        default_host: str | None = None,
        **settings: Any,
    ) -> None:
        self.settings: dict[str, object] = settings
        self.default_host = default_host
        self._log_function = cast(
            "Callable[[RequestHandler], None] | None", settings.get("log_function")
        )
        if settings.get("debug"):
            settings.setdefault("serve_traceback", True)
        if settings.get("debug"):
            settings.setdefault("compiled_template_cache", False)
        self.ui_modules = {
            **STANDARD_MODULES,
            **collect_modules(settings.get("ui_modules")),
        }
        self.ui_methods = collect_methods(settings.get("ui_methods"))
        self._hosts: list[HostRoutes] = []
        self._table = RouteTable([*self._static_specs(), *make_specs(handlers or ())])
        self._static = self._table.static
        self._named: dict[str, URLSpec] = {}
        self._name(self._table.specs)
        self._not_found = Route(ErrorHandler, {"status_code": 404}, (), {})

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Part of `HTTPServerConnectionDelegate`."""
        return HandlerDelegate(self, server_conn, request_conn)

    def add_handlers(self, host_pattern: str, host_handlers: Iterable[RuleLike]) -> None:
        """Add rules for the hosts that match *host_pattern*; they go before those for all hosts.

        :param host_pattern: a regular expression for the whole host name, without port.
        """
        pattern = re.compile(host_pattern if host_pattern.endswith("$") else host_pattern + "$")
        table = RouteTable(make_specs(host_handlers))
        if pattern.pattern == ".*$":
            table = RouteTable((*self._table.specs, *table.specs))
            self._table = table
            self._static = table.static if not self._hosts else {}
        else:
            self._hosts.append(HostRoutes(pattern, table))
            self._static = {}
        self._name(table.specs)

    def find_route(self, request: HTTPServerRequest) -> Route:
        """The route of a request; one that answers 404 if there is no other."""
        found = self._static.get(request.uri)  # type: ignore[arg-type]  # a parsed request has one
        if found is not None:
            return found
        path = request.path
        if self._hosts:
            host = request.host_name
            for pattern, table in self._hosts:
                if pattern is not None and pattern.match(host):
                    found = table.find(path)
                    if found is not None:
                        return found
        return self._table.find(path) or self._not_found

    def reverse_url(self, name: str, *args: object) -> str:
        """The path of the rule called *name*, with *args* in place of its groups.

        :raises KeyError: there is no such rule.
        """
        spec = self._named.get(name)
        if spec is None:
            raise KeyError(f"no rule is called {name!r}")
        return spec.reverse(*args)

    def listen(self, port: int, address: str | None = None, **kwargs: object) -> HTTPServer:
        """Serve this application on *port*; the event loop must run, or be started after this.

        :param kwargs: arguments of `zonda.httpserver.HTTPServer`.
        :return: the server, for its `~zonda.httpserver.HTTPServer.drain`.
        """
        server = HTTPServer(self, **kwargs)  # type: ignore[arg-type]  # checked there
        server.listen(port, address)
        return server

    def log_request(self, handler: RequestHandler) -> None:
        """Write the access log's line for a finished request."""
        if self._log_function is not None:
            self._log_function(handler)
            return
        status = handler._status_code
        if status < 400:
            if not access_log.isEnabledFor(logging.INFO):
                return
            level = logging.INFO
        else:
            level = logging.WARNING if status < 500 else logging.ERROR
        milliseconds = 1000.0 * handler.request.request_time()
        summary = handler._request_summary()
        access_log.log(level, "%d %s %.2fms", status, summary, milliseconds)

    def failed_handler(self, request: HTTPServerRequest) -> RequestHandler:
        """A handler for the error page of one that could not be made."""
        return ErrorHandler(self, request, status_code=500)

    def _static_specs(self) -> list[URLSpec]:
        """Rules for the files in ``static_path``, and for two that browsers ask for by name."""
        path = self.settings.get("static_path")
        self.settings.setdefault("static_handler_class", StaticFileHandler)
        if not path:
            return []
        handler_class = cast("type[RequestHandler]", self.settings["static_handler_class"])
        arguments = dict(cast("dict[str, object]", self.settings.get("static_handler_args", {})))
        arguments["path"] = path
        prefix = re.escape(str(self.settings.setdefault("static_url_prefix", "/static/")))
        patterns = (rf"{prefix}(.*)", r"/(favicon\.ico)", r"/(robots\.txt)")
        return [URLSpec(pattern, handler_class, arguments) for pattern in patterns]

    def _name(self, specs: Iterable[URLSpec]) -> None:
        for spec in specs:
            if spec.name:
                if spec.name in self._named and self._named[spec.name] is not spec:
                    access_log.warning("Two rules are called %r; the later one counts", spec.name)
                self._named[spec.name] = spec
