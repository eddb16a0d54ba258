"""A server on loopback for the time of a test."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

from tests.raw_client import Client, Received
from zonda.http import (
    HTTPHeaders,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    ResponseStartLine,
)
from zonda.httpserver import HTTP1Connection, HTTPServer, Limits
from zonda.httpserver.tls import TLSSource

Callback = Callable[[HTTPServerRequest], None]


def answer(request: HTTPServerRequest, code: int, body: bytes, **headers: str) -> None:
    """Write a whole answer."""
    connection = request.connection
    assert isinstance(connection, HTTP1Connection)
    fields = HTTPHeaders({name.replace("_", "-"): value for name, value in headers.items()})
    fields["Content-Length"] = str(len(body))
    connection.write_headers(ResponseStartLine("HTTP/1.1", code, ""), fields, body)
    connection.finish()


def echo(request: HTTPServerRequest) -> None:
    """Answer with method, target and body."""
    answer(request, 200, f"{request.method} {request.uri} ".encode() + request.body)


class Running:
    """A server that runs."""

    def __init__(self, server: HTTPServer, port: int, context: ssl.SSLContext | None) -> None:
        self.server = server
        self.port = port
        self.context = context
        self.clients: list[Client] = []

    async def connect(self) -> Client:
        """A new connection."""
        streams = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.context)
        client = Client(*streams)
        self.clients.append(client)
        return client

    async def ask(self, data: bytes) -> Received:
        """Send bytes on a new connection and read one answer."""
        return await (await self.connect()).ask(data)


@contextlib.asynccontextmanager
async def serving(
    callback: Callback | HTTPServerConnectionDelegate = echo,
    ssl_options: TLSSource | None = None,
    client_context: ssl.SSLContext | None = None,
    no_keep_alive: bool = False,
    limits: Limits | None = None,
    **options: Any,
) -> AsyncIterator[Running]:
    """A server for the time of a test."""
    server = HTTPServer(callback, no_keep_alive, ssl_options=ssl_options, limits=limits, **options)
    [sock] = server.listen(0, "127.0.0.1")
    running = Running(server, sock.getsockname()[1], client_context)
    try:
        yield running
    finally:
        server.stop()
        await server.close_all_connections()
        for client in running.clients:
            client.writer.close()
            with contextlib.suppress(OSError):
                await client.writer.wait_closed()
