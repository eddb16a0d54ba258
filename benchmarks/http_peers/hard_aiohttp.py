# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""A site for hard times with aiohttp; see asked.py.  All limits are defaults."""

import asyncio

import uvloop
from aiohttp import WSMsgType, web
from asked import PORT, tls_context

MIB = bytes(1 << 20)
SLOW_SECONDS = 0.5


async def hello(request: web.Request) -> web.Response:
    return web.Response(body=b"Hello, world")


async def slow(request: web.Request) -> web.Response:
    await asyncio.sleep(SLOW_SECONDS)
    return web.Response(body=b"Hello, world")


async def large(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(1024):
        await response.write(MIB)
    return response


async def form(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.post())))


async def cookies(request: web.Request) -> web.Response:
    return web.Response(text=str(len(request.cookies)))


async def chat(request: web.Request) -> web.WebSocketResponse:
    websocket = web.WebSocketResponse()
    await websocket.prepare(request)
    async for message in websocket:
        if message.type is WSMsgType.TEXT:
            await websocket.send_str(message.data)
    return websocket


# A form of 1 MiB is a little more than its default allows.
application = web.Application(client_max_size=1 << 21)
application.add_routes(
    [
        web.get("/", hello),
        web.get("/slow", slow),
        web.get("/large", large),
        web.post("/form", form),
        web.get("/cookies", cookies),
        web.get("/chat", chat),
    ]
)

if __name__ == "__main__":
    web.run_app(
        application,
        host="127.0.0.1",
        port=PORT,
        ssl_context=tls_context(),
        access_log=None,
        print=None,
        loop=uvloop.new_event_loop(),
    )
