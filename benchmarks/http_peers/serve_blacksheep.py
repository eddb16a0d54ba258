# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""BlackSheep on uvicorn, with uvloop and httptools."""

import sys

import uvicorn
from blacksheep import Application, Response, get, json, text

application = Application()


@get("/")
async def hello() -> Response:
    return text("Hello, world")


@get("/items/{int:item}")
async def item(item: int) -> Response:
    return json({"id": item, "name": "zonda", "tags": ["wind", "warm", "dry"]})


if __name__ == "__main__":
    uvicorn.run(
        application,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
