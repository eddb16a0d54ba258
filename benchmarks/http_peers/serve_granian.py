# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""Granian's own interface, RSGI, without a framework above it."""

import json

TEXT = [("content-type", "text/plain; charset=utf-8")]
JSON = [("content-type", "application/json")]


async def application(scope, protocol) -> None:
    path = scope.path
    if path == "/":
        protocol.response_bytes(200, TEXT, b"Hello, world")
    elif path.startswith("/items/"):
        number = int(path.removeprefix("/items/"))
        body = json.dumps({"id": number, "name": "zonda", "tags": ["wind", "warm", "dry"]})
        protocol.response_str(200, JSON, body)
    else:
        protocol.response_empty(404, [])


if __name__ == "__main__":
    from pathlib import Path

    from asked import CERTIFICATE, PORT
    from granian import Granian
    from granian.constants import Interfaces, Loops

    Granian(
        "serve_granian:application",
        port=PORT,
        ssl_cert=CERTIFICATE and Path(CERTIFICATE),
        ssl_key=CERTIFICATE and Path(CERTIFICATE),
        interface=Interfaces.RSGI,
        loop=Loops.uvloop,
        log_enabled=False,
    ).serve()
