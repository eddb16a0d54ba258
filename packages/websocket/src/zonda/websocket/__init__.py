"""WebSocket handlers and client.

>>> import asyncio
>>> from zonda.web import Application
>>> from zonda.websocket import WebSocketHandler, websocket_connect
>>> class Echo(WebSocketHandler):
...     def on_message(self, message: str | bytes) -> None:
...         self.write_message(message)
>>> async def main() -> None:
...     server = Application([("/echo", Echo)]).listen(0, "127.0.0.1")
...     port = server.sockets[0].getsockname()[1]
...     async with websocket_connect(f"ws://127.0.0.1:{port}/echo") as websocket:
...         await websocket.write_message("hello")
...         print(await websocket.read_message())
...     await server.drain()
>>> asyncio.run(main())
hello
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .broadcast import Member, broadcast, prepare
from .connection import WebSocketConnection
from .errors import (
    HandshakeError,
    ProtocolViolation,
    ProxyError,
    SlowConsumerError,
    WebSocketClosedError,
    WebSocketError,
)
from .native import compiled
from .owner import Owner
from .prepared import PreparedMessage
from .slow_consumers import SlowConsumer

if TYPE_CHECKING:
    from .accepting import accept_upgrade
    from .broadcaster import Broadcaster, BroadcasterError, LocalBroadcaster
    from .client import WebSocketClientConnection
    from .client_connect import websocket_connect
    from .compression import CompressionOptions
    from .handler import WebSocketHandler
    from .json_handler import JSONWebSocketHandler
    from .reconnect import websocket_reconnect
    from .redis_broadcaster import RedisBroadcaster
    from .rooms import Rooms
    from .server_handshake import UpgradeRequest, read_upgrade_request
    from .typed_json import InvalidMessage, JSONType, write_json
else:
    from .first_use import on_first_use

    __getattr__, __dir__ = on_first_use(
        globals(),
        {
            "accepting": ["accept_upgrade"],
            "broadcaster": ["Broadcaster", "BroadcasterError", "LocalBroadcaster"],
            "client": ["WebSocketClientConnection"],
            "client_connect": ["websocket_connect"],
            "compression": ["CompressionOptions"],
            "handler": ["WebSocketHandler"],
            "json_handler": ["JSONWebSocketHandler"],
            "reconnect": ["websocket_reconnect"],
            "redis_broadcaster": ["RedisBroadcaster"],
            "rooms": ["Rooms"],
            "server_handshake": ["UpgradeRequest", "read_upgrade_request"],
            "typed_json": ["InvalidMessage", "JSONType", "write_json"],
        },
    )

__all__ = [
    "Broadcaster",
    "BroadcasterError",
    "CompressionOptions",
    "HandshakeError",
    "InvalidMessage",
    "JSONType",
    "JSONWebSocketHandler",
    "LocalBroadcaster",
    "Member",
    "Owner",
    "PreparedMessage",
    "ProtocolViolation",
    "ProxyError",
    "RedisBroadcaster",
    "Rooms",
    "SlowConsumer",
    "SlowConsumerError",
    "UpgradeRequest",
    "WebSocketClientConnection",
    "WebSocketClosedError",
    "WebSocketConnection",
    "WebSocketError",
    "WebSocketHandler",
    "accept_upgrade",
    "broadcast",
    "compiled",
    "prepare",
    "read_upgrade_request",
    "websocket_connect",
    "websocket_reconnect",
    "write_json",
]
