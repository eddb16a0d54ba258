"""Applications, request handlers, UI modules and static files.

>>> from zonda.web import Application, RequestHandler
>>> class Hello(RequestHandler):
...     def get(self, name: str) -> None:
...         self.write(f"Hello, {name}")
>>> application = Application([(r"/hello/(\\w+)", Hello, {}, "hello")])
>>> application.reverse_url("hello", "Ada")
'/hello/Ada'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .application import Application
from .arguments import REQUIRED
from .error_handler import ErrorHandler
from .errors import (
    Finish,
    HandlerStateError,
    HTTPError,
    MissingArgumentError,
    SettingError,
    WebError,
)
from .handler import RequestHandler
from .matchers import AnyMatches, DefaultHostMatches, HostMatches, Matcher, PathMatches
from .native import compiled
from .routing import ReversibleRouter, ReversibleRuleRouter, Router, RuleRouter
from .rules import Rule, RuleLike, URLSpec, url
from .transforms import OutputTransform
from .users import authenticated

if TYPE_CHECKING:
    from .compression import CompressResponse, GZipContentEncoding
    from .decorators import addslash, asynchronous, removeslash, stream_request_body
    from .event_streams import EventStream, format_event
    from .form_parts import Part
    from .path_patterns import Converter, Path
    from .settings import Settings
    from .signing import (
        DEFAULT_SIGNED_VALUE_MIN_VERSION,
        DEFAULT_SIGNED_VALUE_VERSION,
        MAX_SUPPORTED_SIGNED_VALUE_VERSION,
        MIN_SUPPORTED_SIGNED_VALUE_VERSION,
        create_signed_value,
        decode_signed_value,
        get_signature_key_version,
    )
    from .standard_handlers import FallbackHandler, RedirectHandler
    from .static_files import StaticFileHandler
    from .ui_modules import TemplateModule, UIModule
    from .wrapping import Exchange, Reply, WrappedConnection, Wrapper
else:
    from .first_use import on_first_use

    __getattr__, __dir__ = on_first_use(
        globals(),
        {
            "compression": ["CompressResponse", "GZipContentEncoding"],
            "decorators": ["addslash", "asynchronous", "removeslash", "stream_request_body"],
            "event_streams": ["EventStream", "format_event"],
            "form_parts": ["Part"],
            "path_patterns": ["Converter", "Path"],
            "settings": ["Settings"],
            "signing": [
                "DEFAULT_SIGNED_VALUE_MIN_VERSION",
                "DEFAULT_SIGNED_VALUE_VERSION",
                "MAX_SUPPORTED_SIGNED_VALUE_VERSION",
                "MIN_SUPPORTED_SIGNED_VALUE_VERSION",
                "create_signed_value",
                "decode_signed_value",
                "get_signature_key_version",
            ],
            "standard_handlers": ["FallbackHandler", "RedirectHandler"],
            "static_files": ["StaticFileHandler"],
            "ui_modules": ["TemplateModule", "UIModule"],
            "wrapping": ["Exchange", "Reply", "WrappedConnection", "Wrapper"],
        },
    )

__all__ = [
    "DEFAULT_SIGNED_VALUE_MIN_VERSION",
    "DEFAULT_SIGNED_VALUE_VERSION",
    "MAX_SUPPORTED_SIGNED_VALUE_VERSION",
    "MIN_SUPPORTED_SIGNED_VALUE_VERSION",
    "REQUIRED",
    "AnyMatches",
    "Application",
    "CompressResponse",
    "Converter",
    "DefaultHostMatches",
    "ErrorHandler",
    "EventStream",
    "Exchange",
    "FallbackHandler",
    "Finish",
    "GZipContentEncoding",
    "HTTPError",
    "HandlerStateError",
    "HostMatches",
    "Matcher",
    "MissingArgumentError",
    "OutputTransform",
    "Part",
    "Path",
    "PathMatches",
    "RedirectHandler",
    "Reply",
    "RequestHandler",
    "ReversibleRouter",
    "ReversibleRuleRouter",
    "Router",
    "Rule",
    "RuleLike",
    "RuleRouter",
    "SettingError",
    "Settings",
    "StaticFileHandler",
    "TemplateModule",
    "UIModule",
    "URLSpec",
    "WebError",
    "WrappedConnection",
    "Wrapper",
    "addslash",
    "asynchronous",
    "authenticated",
    "compiled",
    "create_signed_value",
    "decode_signed_value",
    "format_event",
    "get_signature_key_version",
    "removeslash",
    "stream_request_body",
    "url",
]
