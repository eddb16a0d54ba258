"""The HTTP server."""

from __future__ import annotations

from typing import Any

from zonda.http import HTTPServerRequest
from zonda.httpserver import HTTP1Connection as _HTTP1Connection
from zonda.httpserver import HTTPServer as _HTTPServer

from . import connection_stream as _connection_stream
from .iostream import IOStream
from .server_connection import ServerConnection

__all__ = ["HTTPRequest", "HTTPServer", "IOStream"]

HTTPRequest = HTTPServerRequest


class HTTPServer(_HTTPServer):
    """A `zonda.httpserver.HTTPServer` whose connections are what old programs know."""

    connection_class = ServerConnection

    def closed(self, connection: _HTTP1Connection) -> None:
        """A connection has ended, or does not speak HTTP any more."""
        self.on_close(connection)
        super().closed(connection)

    def on_close(self, server_conn: object) -> None:
        """Called when a connection has ended; for subclasses."""

    @classmethod
    def configure(cls, impl: str | type[_HTTPServer] | None, **kwargs: Any) -> None:
        """Do nothing: there is one implementation."""


_connection_stream.install()
