"""A strict, bounded HTTP/1.1 server."""

from __future__ import annotations

from .connection import READY, HTTP1Connection
from .errors import AddressInUseError, AnswerError, ServerError
from .limits import Limits
from .server import HTTPServer

__all__ = [
    "READY",
    "AddressInUseError",
    "AnswerError",
    "HTTP1Connection",
    "HTTPServer",
    "Limits",
    "ServerError",
]
