"""Applications and their handlers."""

from __future__ import annotations

import hashlib
import hmac
import threading

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

from . import escape, gen, httputil, iostream, locale, template, util
from .httpserver import HTTPServer
from .httputil import HTTPFile
from .log import access_log, app_log, gen_log
from .routing import (
    AnyMatches,
    DefaultHostMatches,
    HostMatches,
    ReversibleRouter,
    Rule,
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
    """A `zonda.web.Application` that listens with `tornado.httpserver.HTTPServer`."""

    server_class = HTTPServer


# Undocumented names that published programs use.  What they hold is not looked at here: loaders and
# hashes have caches of their own.
_LEGACY: dict[type[RequestHandler], dict[str, object]] = {
    RequestHandler: {"_template_loaders": {}, "_template_loader_lock": threading.Lock()},
    StaticFileHandler: {"_static_hashes": {}, "_lock": threading.Lock()},
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
