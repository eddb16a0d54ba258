"""What old programs do with a request besides looking at it, and the stream below its connection.

``request.connection.stream`` is a view of the transport; ``request.write`` takes raw HTTP, head
included, and ``request.finish`` ends it.  `install` puts them where these programs look for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from socket import AF_INET, AF_INET6, IPPROTO_TCP, TCP_NODELAY
from typing import TYPE_CHECKING, Any

from zonda.http import HTTPServerRequest
from zonda.iostream import State

from .concurrent import Future

if TYPE_CHECKING:
    from .server_connection import ServerConnection


class ConnectionStream:
    """The stream below a connection of the server, as far as one may touch it.

    :ivar socket: the socket, for asking.
    """

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self.socket: Any = connection.transport.get_extra_info("socket")

    def write(self, data: bytes) -> Future[None]:
        """Send raw bytes, past everything that the server knows of its answer."""
        if not self.closed():
            self._connection.write_raw(data)
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


def _write_request(request: HTTPServerRequest, chunk: bytes) -> Awaitable[None]:
    """Write raw HTTP as the answer to the request, as programs did in 2011."""
    assert request.connection is not None
    return request.connection.write(chunk)


def _finish_request(request: HTTPServerRequest) -> None:
    """The answer to the request is complete."""
    assert request.connection is not None
    request.connection.finish()


def install() -> None:
    """Give requests these names."""
    for name, member in {"write": _write_request, "finish": _finish_request}.items():
        setattr(HTTPServerRequest, name, member)
