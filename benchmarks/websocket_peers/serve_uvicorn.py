# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""uvicorn: a bare ASGI application, with the websockets it chooses itself."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn

members: set[Any] = set()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    in_room = scope["path"] == "/room"
    if in_room:
        members.add(send)
    while (event := await receive())["type"] == "websocket.receive":
        answer = {"type": "websocket.send"}
        if event.get("text") is not None:
            answer["text"] = event["text"]
        else:
            answer["bytes"] = event["bytes"]
        if in_room:
            for member in tuple(members):
                await member(answer)
        else:
            await send(answer)
    members.discard(send)


uvicorn.run(
    application,
    host="127.0.0.1",
    port=int(sys.argv[1]),
    log_level="error",
    ws_per_message_deflate="compress" in sys.argv,
    ws_max_size=1 << 24,
    ws_ping_interval=None,
    lifespan="off",
)
