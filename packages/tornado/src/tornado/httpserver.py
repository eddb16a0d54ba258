"""The HTTP server."""

from __future__ import annotations

from zonda.http import HTTPServerRequest
from zonda.httpserver import HTTPServer as _HTTPServer

from . import connection_stream as _connection_stream
from .iostream import IOStream
from .server_connection import ServerConnection

__all__ = ["HTTPRequest", "HTTPServer", "IOStream"]

HTTPRequest = HTTPServerRequest


class HTTPServer(_HTTPServer):
    """A `zonda.httpserver.HTTPServer` whose connections are what old programs know."""

    connection_class = ServerConnection


_connection_stream.install()
