"""The server's end of a websocket on the connection of an HTTP request, for any kind of owner.

`WebSocketHandler` is one owner; a gateway to another protocol can be another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from zonda.http import HTTPConnection, HTTPHeaders, ResponseStartLine
from zonda.iostream import Connection

from .connection import WebSocketConnection
from .fine_sweep import sweep_for
from .keep_alive import KeepAlive
from .limits import MAX_MESSAGE_SIZE, check_bytes
from .owner import Owner
from .protocol import Protocol
from .server_handshake import UpgradeRequest, upgrade_headers
from .slow_consumers import MAX_SEND_QUEUE, SlowConsumer
from .states import Side

if TYPE_CHECKING:
    from .codec import Codec


def accept_upgrade(
    http: Connection,
    request: UpgradeRequest,
    owner: Owner,
    headers: HTTPHeaders | None = None,
    *,
    subprotocol: str | None = None,
    max_message_size: int = MAX_MESSAGE_SIZE,
) -> WebSocketConnection:
    """Answer *request* with 101, and let *owner* have the websocket.

    Nothing is delivered before `WebSocketConnection.start`.

    :param http: the server's connection that the request came on; it ends with this.
    :param headers: more headers for the answer.
    :param subprotocol: one of those that the client offered.
    :param max_message_size: bytes of a message; a larger one closes with code 1009.
    :raises ValueError: the client did not offer that subprotocol.
    :raises StreamClosedError: the client is gone.
    """
    answer = upgrade_headers(request, subprotocol)
    for name, value in headers.get_all() if headers is not None else ():
        if name not in answer:
            answer.add(name, value)
    connection = make_connection(http, owner, max_message_size=max_message_size)
    switch(http, answer, connection)
    return connection


def make_connection(
    http: Connection,
    owner: Owner,
    codec: Codec | None = None,
    *,
    max_message_size: int = MAX_MESSAGE_SIZE,
    ping_interval: float | None = None,
    ping_timeout: float | None = None,
    policy: SlowConsumer = SlowConsumer.WAIT,
    max_send_queue: int = MAX_SEND_QUEUE,
) -> WebSocketConnection:
    """The websocket that is to follow *http* on its transport."""
    interval = ping_interval or 0
    patience = interval if ping_timeout is None else ping_timeout
    return WebSocketConnection(
        http.loop,
        sweep_for(http.loop, min(interval, patience or interval) or None, http.sweep),
        Protocol(
            Side.SERVER, codec, max_message_size=check_bytes("max_message_size", max_message_size)
        ),
        owner,
        keep_alive=KeepAlive(interval, patience) if interval else None,
        policy=policy,
        max_send_queue=check_bytes("max_send_queue", max_send_queue, 0),
        # A server that shows itself ends its websockets when it drains.
        registry=getattr(http, "server", None),
    )


def switch(http: Connection, headers: HTTPHeaders, successor: WebSocketConnection) -> None:
    """Send the answer 101 with *headers* on *http*, and let *successor* have its transport."""
    start_line = ResponseStartLine("HTTP/1.1", 101, "Switching Protocols")
    cast(HTTPConnection, http).write_headers(start_line, headers)
    http.hand_over(successor)
