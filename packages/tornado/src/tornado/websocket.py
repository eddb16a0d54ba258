"""Websockets: handlers and a client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zonda.ioloop import IOLoop
from zonda.websocket import (
    HandshakeError,
    WebSocketClientConnection,
    WebSocketClosedError,
    WebSocketError,
    WebSocketHandler,
)
from zonda.websocket import websocket_connect as _connect

from .concurrent import Future
from .httpclient import HTTPClientError

__all__ = [
    "WebSocketClientConnection",
    "WebSocketClosedError",
    "WebSocketError",
    "WebSocketHandler",
    "websocket_connect",
]


class WebSocketProtocol13:
    """The name of Tornado's protocol; of what it does, this is what others may want to know."""

    @staticmethod
    def ping_sleep_time(*, last_ping_time: float, interval: float, now: float) -> float:
        """Seconds until the next ping, of one every *interval* seconds."""
        return max(0.0, last_ping_time + interval - now)


class ClientStream:
    """What is below a client's websocket, for closing it at once."""

    def __init__(self, websocket: WebSocketClientConnection) -> None:
        self._websocket = websocket

    def close(self) -> None:
        """End the connection without the closing handshake."""
        self._websocket.abort()

    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._websocket.is_closed

    def set_nodelay(self, value: bool) -> None:
        """Send small packets at once, or let the system join them."""
        self._websocket.set_nodelay(value)


WebSocketClientConnection.stream = property(ClientStream)  # type: ignore[attr-defined]  # an old name


def websocket_connect(
    url: Any,
    callback: Callable[[Future[WebSocketClientConnection]], object] | None = None,
    *args: Any,
    **kwargs: Any,
) -> Future[WebSocketClientConnection]:
    """As `zonda.websocket.websocket_connect`, which has the parameters; three things are Tornado's.

    It may be called before the loop runs, redirects are not followed unless *follow_redirects* is
    given, and a server that refuses is an `HTTPClientError` with the status of its answer.
    """
    kwargs.setdefault("follow_redirects", False)

    async def connect() -> WebSocketClientConnection:
        try:
            return await _connect(url, None, *args, **kwargs)
        except HandshakeError as error:
            if error.code is None or error.code == 101 or 200 <= error.code < 300:
                raise
            raise HTTPClientError(error.code, error.message) from error

    task = IOLoop.current().asyncio_loop.create_task(connect())
    if callback is not None:
        task.add_done_callback(callback)
    return task
