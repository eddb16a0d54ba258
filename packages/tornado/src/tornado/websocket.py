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
