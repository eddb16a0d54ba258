"""What old programs do with a request's connection besides answering through it.

``request.connection.stream`` is a view of the transport; ``request.write`` and a
``request.connection.write`` before any head take raw HTTP, head included.  `install` puts them
where these programs look for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from socket import AF_INET, AF_INET6, IPPROTO_TCP, TCP_NODELAY
from typing import Any

from zonda.http import HTTPHeaders, HTTPServerRequest, parse_response_start_line
from zonda.httpserver import AnswerError, HTTP1Connection
from zonda.iostream import State

from .concurrent import Future


class ConnectionStream:
    """The stream below a connection of the server, as far as one may touch it.

    :ivar socket: the socket, for asking.
    """

    def __init__(self, connection: HTTP1Connection) -> None:
        self._connection = connection
        self.socket: Any = connection.transport.get_extra_info("socket")

    def write(self, data: bytes) -> Future[None]:
        """Send raw bytes, past everything that the server knows of its answer."""
        if not self.closed():
            self._connection.transport.write(data)
        return asyncio.ensure_future(self._connection.drain())

    def close(self, exc_info: object = False) -> None:
        """Close the connection; what was written is still sent."""
        self._connection.close()

    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self._connection.state is not State.OPEN

    def set_nodelay(self, value: bool) -> None:
        """Send small writes at once, or let the system collect them; TCP only."""
        if self.socket is not None and self.socket.family in (AF_INET, AF_INET6):
            self.socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, value)

    def fileno(self) -> int:
        """The socket's file descriptor."""
        return -1 if self.socket is None else int(self.socket.fileno())


def _stream(connection: HTTP1Connection) -> ConnectionStream:
    """A view of the transport below."""
    return ConnectionStream(connection)


_write_body: Callable[[HTTP1Connection, bytes], Awaitable[None]] = HTTP1Connection.write


def _write(connection: HTTP1Connection, chunk: bytes) -> Awaitable[None]:
    """Write a piece of the body; before any head, raw HTTP that begins with one."""
    try:
        return _write_body(connection, chunk)
    except AnswerError:
        head, end, body = chunk.partition(b"\r\n\r\n")
        if not (head.startswith(b"HTTP/1.") and end):
            raise
    line, _, fields = head.decode("latin-1").partition("\r\n")
    start_line = parse_response_start_line(line)
    return connection.write_headers(start_line, HTTPHeaders.parse(fields), body or None)


def _write_request(request: HTTPServerRequest, chunk: bytes) -> Awaitable[None]:
    """Write raw HTTP as the answer to the request, as programs did in 2011."""
    connection: Any = request.connection
    return _write(connection, chunk)


def _finish_request(request: HTTPServerRequest) -> None:
    """The answer to the request is complete."""
    assert request.connection is not None
    request.connection.finish()


def install() -> None:
    """Give the server's classes these names."""
    names: dict[type[Any], dict[str, object]] = {
        HTTP1Connection: {"stream": property(_stream), "write": _write},
        HTTPServerRequest: {"write": _write_request, "finish": _finish_request},
    }
    for cls, members in names.items():
        for name, member in members.items():
            setattr(cls, name, member)
