# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""picows: its bare listener, which leaves fragments, UTF-8, limits and closing to the user."""

from __future__ import annotations

import sys

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

members: set[WSTransport] = set()


class Echo(WSListener):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            transport.send(frame.msg_type, frame.get_payload_as_utf8_text())
        else:
            transport.send(frame.msg_type, frame.get_payload_as_bytes())


class Room(WSListener):
    def on_ws_connected(self, transport: WSTransport) -> None:
        members.add(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        message = frame.get_payload_as_bytes()
        for member in members:
            member.send(frame.msg_type, message)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        members.discard(transport)


def choose(request: WSUpgradeRequest) -> WSListener:
    return Room() if request.path == b"/room" else Echo()


async def main() -> None:
    server = await ws_create_server(choose, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


uvloop.run(main())
