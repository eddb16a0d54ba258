"""Applications, request handlers, UI modules and static files."""

from __future__ import annotations

from .application import Application
from .errors import Finish, HandlerStateError, HTTPError, MissingArgumentError, WebError
from .handler import RequestHandler
from .routing import URLSpec
from .standard_handlers import ErrorHandler

__all__ = [
    "Application",
    "ErrorHandler",
    "Finish",
    "HTTPError",
    "HandlerStateError",
    "MissingArgumentError",
    "RequestHandler",
    "URLSpec",
    "WebError",
]
