# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""A site for hard times with Starlette on uvicorn; see asked.py.  All limits are defaults."""

import asyncio
import os

import uvicorn
from asked import CERTIFICATE, PORT, WORKERS
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

MIB = bytes(1 << 20)
SLOW_SECONDS = 0.5


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse(b"Hello, world")


async def pid(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(os.getpid()))


async def slow(request: Request) -> PlainTextResponse:
    await asyncio.sleep(SLOW_SECONDS)
    return PlainTextResponse(b"Hello, world")


async def large(request: Request) -> StreamingResponse:
    async def pieces():
        for _ in range(1024):
            yield MIB

    return StreamingResponse(pieces())


async def form(request: Request) -> PlainTextResponse:
    async with request.form() as found:
        return PlainTextResponse(str(len(found)))


async def cookies(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(request.cookies)))


async def chat(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        pass


application = Starlette(
    routes=[
        Route("/", hello),
        Route("/pid", pid),
        Route("/slow", slow),
        Route("/large", large),
        Route("/form", form, methods=["POST"]),
        Route("/cookies", cookies),
        WebSocketRoute("/chat", chat),
    ]
)

if __name__ == "__main__":
    uvicorn.run(
        "hard_uvicorn:application",
        port=PORT,
        workers=WORKERS,
        ssl_certfile=CERTIFICATE,
        log_level="warning",
        access_log=False,
    )
