"""The HTTP server."""

from __future__ import annotations

from zonda.http import HTTPServerRequest
from zonda.httpserver import HTTPServer

from . import connection_stream as _connection_stream
from .iostream import IOStream

__all__ = ["HTTPRequest", "HTTPServer", "IOStream"]

HTTPRequest = HTTPServerRequest

_connection_stream.install()
