# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""Starlette on uvicorn, with uvloop and httptools."""

import uvicorn
from asked import CERTIFICATE, PORT, ROUTES
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse(b"Hello, world")


async def item(request: Request) -> JSONResponse:
    number = request.path_params["item"]
    return JSONResponse({"id": number, "name": "zonda", "tags": ["wind", "warm", "dry"]})


async def length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def count(request: Request) -> PlainTextResponse:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return PlainTextResponse(str(size))


application = Starlette(
    routes=[
        Route("/", hello),
        Route("/items/{item:int}", item),
        Route("/length", length, methods=["POST"]),
        Route("/count", count, methods=["POST"]),
        *(Route(f"/route/{number}", hello) for number in range(ROUTES)),
    ]
)

if __name__ == "__main__":
    uvicorn.run(
        application,
        port=PORT,
        ssl_certfile=CERTIFICATE,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
