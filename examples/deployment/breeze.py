"""A site that shows what a proxy in front of it gets right or wrong.

``python breeze.py --listen unix:/run/breeze/site.sock --workers 2``
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
from collections.abc import AsyncIterator

from zonda.http import ForwardingHeader, TrustedProxies
from zonda.httpserver import HTTPServer, serve
from zonda.web import Application, RequestHandler, stream_request_body
from zonda.websocket import WebSocketHandler

# Seconds for requests that have begun when the process is told to end.  Whoever tells it (systemd,
# an orchestrator) has to wait a little longer before it kills.
GRACE = 20.0

# Only what nginx.conf sets is believed; all other headers of this kind are the client's own words.
PROXY = TrustedProxies(headers=[ForwardingHeader.X_REAL_IP, ForwardingHeader.X_FORWARDED_PROTO])


class Front(RequestHandler):
    """Tells who asks, and how."""

    def get(self) -> None:
        request = self.request
        self.write(
            {
                "client": request.remote_ip,
                "protocol": request.protocol,
                "host": request.host,
                "process": os.getpid(),
            }
        )


class Health(RequestHandler):
    """For load balancers and orchestrators: cheap, and asks nobody else.

    A site that is "unhealthy" because its database is away is taken out of service as a whole.
    """

    def get(self) -> None:
        self.write("ok\n")


class Echo(WebSocketHandler):
    """A websocket."""

    async def on_message(self, message: str | bytes) -> None:
        await self.write_message(message, binary=isinstance(message, bytes))


class Events(RequestHandler):
    """Events that are sent as they happen, one for each POST."""

    def initialize(self, listeners: set[asyncio.Queue[int]]) -> None:
        self.listeners = listeners

    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")  # nginx would keep events until it has enough
        queue: asyncio.Queue[int] = asyncio.Queue(100)
        self.listeners.add(queue)
        try:
            await self.flush()
            for _ in range(2):
                self.write(f"data: {await queue.get()}\n\n")
                await self.flush()
        finally:
            self.listeners.discard(queue)

    def post(self) -> None:
        for queue in self.listeners:
            queue.put_nowait(len(self.listeners))
        self.set_status(204)


@stream_request_body
class Upload(RequestHandler):
    """Takes a body piece by piece."""

    size = pieces = 0

    def data_received(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self.pieces += 1

    def put(self) -> None:
        self.write({"size": self.size, "pieces": self.pieces})


@contextlib.asynccontextmanager
async def site() -> AsyncIterator[Application]:
    """Everything that a process needs is opened here, and closed when it has been drained."""
    listeners: set[asyncio.Queue[int]] = set()
    yield Application(
        [
            ("/", Front),
            ("/health", Health),
            ("/echo", Echo),
            ("/events", Events, {"listeners": listeners}),
            ("/upload", Upload),
        ]
    )


def ready(server: HTTPServer) -> None:
    """Say where this process serves."""
    place = server.sockets[0].getsockname()
    if isinstance(place, tuple):
        place = f"http://{place[0]}:{place[1]}/"
    logging.info("process %d serves %s", os.getpid(), place)


class JSONLines(logging.Formatter):
    """One object in each line, for the log of a container or of systemd."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", action="append", help="127.0.0.1:8888, unix:PATH or fd:3")
    parser.add_argument("--workers", type=int, default=1, help="0 is one for each processor")
    options = parser.parse_args()
    handler = logging.StreamHandler()
    handler.setFormatter(JSONLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    serve(
        site,
        options.listen or ["127.0.0.1:8888"],
        workers=options.workers,
        grace=GRACE,
        started=ready,
        xheaders=PROXY,
    )


if __name__ == "__main__":
    main()
