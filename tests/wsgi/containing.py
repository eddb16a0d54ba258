"""A WSGI application on Zonda's server, for the time of a test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from tests.raw_client import Client
from zonda.httpserver import HTTPServer
from zonda.wsgi import WSGIContainer

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
TEXT = [("Content-Type", "text/plain")]


def returning(result: Any, status: str = "200 OK", headers: Any = TEXT) -> WSGIApplication:
    """An application with one answer."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        start_response(status, headers)
        return result

    return app


class Site:
    """A running server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.clients: list[Client] = []

    async def connect(self) -> Client:
        """A new connection."""
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(client)
        return client

    async def ask(self, data: bytes = GET, method: str = "GET") -> Any:
        """Send bytes on a new connection and read one answer."""
        return await (await self.connect()).ask(data, method)


@contextlib.asynccontextmanager
async def serving(app: WSGIApplication | WSGIContainer) -> AsyncIterator[Site]:
    """Serve *app* on loopback."""
    container = app if isinstance(app, WSGIContainer) else WSGIContainer(app)
    server = HTTPServer(container)
    [sock] = server.listen(0, "127.0.0.1")
    site = Site(sock.getsockname()[1])
    try:
        yield site
    finally:
        server.stop()
        await server.close_all_connections()
        container.close()
        for client in site.clients:
            client.writer.close()
            with contextlib.suppress(OSError):
                await client.writer.wait_closed()
