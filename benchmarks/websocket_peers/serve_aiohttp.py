# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""aiohttp: its own websockets."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from aiohttp import WSMsgType, web

members: set[web.WebSocketResponse] = set()


def response() -> web.WebSocketResponse:
    return web.WebSocketResponse(compress="compress" in sys.argv, max_msg_size=1 << 24)


async def echo(request: web.Request) -> web.WebSocketResponse:
    websocket = response()
    await websocket.prepare(request)
    async for message in websocket:
        if message.type is WSMsgType.TEXT:
            await websocket.send_str(message.data)
        else:
            await websocket.send_bytes(message.data)
    return websocket


async def room(request: web.Request) -> web.WebSocketResponse:
    websocket = response()
    await websocket.prepare(request)
    members.add(websocket)
    async for message in websocket:
        for member in tuple(members):
            await member.send_str(message.data)
    members.discard(websocket)
    return websocket


async def main() -> None:
    application = web.Application()
    application.router.add_get("/", echo)
    application.router.add_get("/room", room)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(sys.argv[1])).start()
    await asyncio.Event().wait()


uvloop.run(main())
