# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""aiohttp on uvloop."""

import sys

import uvloop
from aiohttp import web
from files import directory


async def hello(request: web.Request) -> web.Response:
    return web.Response(body=b"Hello, world", content_type="text/plain", charset="utf-8")


async def item(request: web.Request) -> web.Response:
    number = int(request.match_info["item"])
    return web.json_response({"id": number, "name": "zonda", "tags": ["wind", "warm", "dry"]})


application = web.Application()
application.add_routes([web.get("/", hello), web.get("/items/{item:[0-9]+}", item)])
application.router.add_static("/static/", directory())

if __name__ == "__main__":
    web.run_app(
        application,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        access_log=None,
        print=None,
        loop=uvloop.new_event_loop(),
    )
