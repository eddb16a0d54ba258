"""Applications and their handlers."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from typing import Any
from urllib.parse import unquote

from zonda.web import Application as _Application
from zonda.web import (
    ErrorHandler,
    FallbackHandler,
    Finish,
    GZipContentEncoding,
    HTTPError,
    MissingArgumentError,
    OutputTransform,
    RedirectHandler,
    RequestHandler,
    StaticFileHandler,
    TemplateModule,
    UIModule,
    URLSpec,
    addslash,
    asynchronous,
    authenticated,
    create_signed_value,
    decode_signed_value,
    get_signature_key_version,
    removeslash,
    stream_request_body,
    url,
)

from . import escape, gen, httputil, iostream, locale, patched_handlers, template, util
from .httpserver import HTTPServer
from .httputil import HTTPFile
from .log import access_log, app_log, gen_log
from .routing import (
    AnyMatches,
    DefaultHostMatches,
    HostMatches,
    PathMatches,
    ReversibleRouter,
    Rule,
    RuleRouter,
)
from .util import ObjectDict, unicode_type

__all__ = [
    "AnyMatches",
    "Application",
    "DefaultHostMatches",
    "ErrorHandler",
    "FallbackHandler",
    "Finish",
    "GZipContentEncoding",
    "HTTPError",
    "HTTPFile",
    "HTTPServer",
    "HostMatches",
    "MissingArgumentError",
    "ObjectDict",
    "OutputTransform",
    "RedirectHandler",
    "RequestHandler",
    "ReversibleRouter",
    "Rule",
    "StaticFileHandler",
    "TemplateModule",
    "UIModule",
    "URLSpec",
    "access_log",
    "addslash",
    "app_log",
    "asynchronous",
    "authenticated",
    "create_signed_value",
    "decode_signed_value",
    "escape",
    "gen",
    "gen_log",
    "get_signature_key_version",
    "httputil",
    "iostream",
    "locale",
    "removeslash",
    "stream_request_body",
    "template",
    "unicode_type",
    "url",
    "util",
]


class Application(_Application):
    """A `zonda.web.Application` that listens with `tornado.httpserver.HTTPServer`.

    Its handlers may have their way through a request changed: see `tornado.patched_handlers`.
    """

    server_class = HTTPServer

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.run_handler = patched_handlers.heeding_patches(self, self.run_handler)

    @property
    def default_router(self) -> RuleRouter:
        """The rules, for looking at them; `add_handlers` adds some."""
        router = RuleRouter()
        for pattern, table in self._hosts:
            nested = RuleRouter()
            nested.rules = list(table.rules)
            router.rules.append(Rule(HostMatches(pattern.pattern), nested))
        router.rules += self._table.rules
        return router


def _find_groups(matcher: PathMatches) -> tuple[str | None, int | None]:
    """The path with ``%s`` in place of its groups, and how many they are; None if it has no such
    form."""
    count = matcher.regex.groups
    try:
        path = matcher.reverse(*["%s"] * count)
    except ValueError:
        return None, None
    return None if path is None else unquote(path), count


def _has_stream_request_body(cls: type[RequestHandler]) -> bool:
    return cls._streams_body


def _stat(handler: StaticFileHandler) -> os.stat_result:
    return os.stat(handler.absolute_path)


patched_handlers.install()

# Undocumented names that published programs use.  What they hold is not looked at here: loaders and
# hashes have caches of their own.
_LEGACY: dict[type[Any], dict[str, object]] = {
    RequestHandler: {"_template_loaders": {}, "_template_loader_lock": threading.Lock()},
    StaticFileHandler: {"_static_hashes": {}, "_lock": threading.Lock(), "_stat": _stat},
    PathMatches: {"_find_groups": _find_groups},
}
for _class, _members in _LEGACY.items():
    for _name, _member in _members.items():
        setattr(_class, _name, _member)


def _create_signature_v1(secret: str | bytes, *parts: str | bytes) -> bytes:
    """The signature of the oldest format of signed values, which is only read any more."""
    digest = hmac.new(escape.utf8(secret), digestmod=hashlib.sha1)
    for part in parts:
        digest.update(escape.utf8(part))
    return digest.hexdigest().encode()
