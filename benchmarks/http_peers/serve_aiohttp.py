# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""aiohttp on uvloop."""

import uvloop
from aiohttp import web
from asked import PORT, ROUTES, tls_context
from files import directory


async def hello(request: web.Request) -> web.Response:
    return web.Response(body=b"Hello, world", content_type="text/plain", charset="utf-8")


async def item(request: web.Request) -> web.Response:
    number = int(request.match_info["item"])
    return web.json_response({"id": number, "name": "zonda", "tags": ["wind", "warm", "dry"]})


async def length(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def count(request: web.Request) -> web.Response:
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
    return web.Response(text=str(size))


application = web.Application(client_max_size=1 << 24)
application.add_routes([web.get("/", hello), web.get("/items/{item:[0-9]+}", item)])
application.add_routes([web.post("/length", length), web.post("/count", count)])
application.add_routes([web.get(f"/route/{number}", hello) for number in range(ROUTES)])
application.router.add_static("/static/", directory())

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
