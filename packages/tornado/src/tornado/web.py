"""Applications and their handlers."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from zonda.httpserver import HTTPServer
from zonda.web import (
    Application,
    ErrorHandler,
    FallbackHandler,
    Finish,
    HTTPError,
    MissingArgumentError,
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
    "HTTPError",
    "HTTPFile",
    "HTTPServer",
    "HostMatches",
    "MissingArgumentError",
    "ObjectDict",
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

# A cache of loaders that tests of old programs empty; an application has its own now.
RequestHandler._template_loaders = {}  # type: ignore[attr-defined]  # Tornado's name


def _create_signature_v1(secret: str | bytes, *parts: str | bytes) -> bytes:
    """The signature of the oldest format of signed values, which is only read any more."""
    digest = hmac.new(escape.utf8(secret), digestmod=hashlib.sha1)
    for part in parts:
        digest.update(escape.utf8(part))
    return digest.hexdigest().encode()


class OutputTransform:
    """Changes an answer on its way to the client."""

    def __init__(self, request: Any) -> None:
        """Take the request."""

    def transform_first_chunk(
        self, status_code: int, headers: httputil.HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, httputil.HTTPHeaders, bytes]:
        """Change the head and the first piece of the body."""
        return status_code, headers, chunk

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        """Change a later piece of the body."""
        return chunk


class GZipContentEncoding(OutputTransform):
    """The name of Tornado's gzip transform; the setting ``compress_response`` does it here."""
