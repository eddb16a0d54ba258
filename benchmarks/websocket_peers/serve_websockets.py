# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""websockets: its asyncio server and its own broadcast."""

from __future__ import annotations

import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

members: set[ServerConnection] = set()


async def talk(websocket: ServerConnection) -> None:
    assert websocket.request is not None
    if websocket.request.path == "/room":
        members.add(websocket)
        async for message in websocket:
            broadcast(members, message)
        members.discard(websocket)
    else:
        async for message in websocket:
            await websocket.send(message)


async def main() -> None:
    compression = "deflate" if "compress" in sys.argv else None
    async with serve(
        talk,
        "127.0.0.1",
        int(sys.argv[1]),
        compression=compression,
        ping_interval=None,
        max_size=1 << 24,
    ) as server:
        await server.serve_forever()


uvloop.run(main())
