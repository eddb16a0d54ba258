"""A server on loopback and a client that sends what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from zonda.http import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from zonda.httpserver import HTTP1Connection, HTTPServer, Limits

Callback = Callable[[HTTPServerRequest], None]


class Received(NamedTuple):
    """One answer as a client reads it."""

    code: int
    headers: HTTPHeaders
    body: bytes


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


class Client:
    """Speaks bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)

    async def read_head(self) -> tuple[int, HTTPHeaders]:
        """Read status and headers."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, _, fields = head.partition("\r\n")
        return int(line.split(" ")[1]), HTTPHeaders.parse(fields)

    async def read(self, method: str = "GET") -> Received:
        """Read one answer."""
        code, headers = await self.read_head()
        if method == "HEAD" or code < 200 or code in (204, 304):
            return Received(code, headers, b"")
        if headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(await self.reader.readline(), 16):
                body += await self.reader.readexactly(size)
                assert await self.reader.readexactly(2) == b"\r\n"
            assert await self.reader.readexactly(2) == b"\r\n"
            return Received(code, headers, body)
        if "Content-Length" in headers:
            body = await self.reader.readexactly(int(headers["Content-Length"]))
            return Received(code, headers, body)
        return Received(code, headers, await self.reader.read())

    async def ask(self, data: bytes, method: str = "GET") -> Received:
        """Send bytes and read one answer."""
        self.send(data)
        return await self.read(method)

    async def at_end(self) -> bool:
        """Whether the server closes without sending more."""
        with contextlib.suppress(ConnectionResetError):
            return await self.reader.read() == b""
        return True


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
    callback: Callback = echo,
    ssl_options: ssl.SSLContext | None = None,
    client_context: ssl.SSLContext | None = None,
    no_keep_alive: bool = False,
    limits: Limits | None = None,
) -> AsyncIterator[Running]:
    """A server for the time of a test."""
    server = HTTPServer(callback, no_keep_alive, ssl_options, limits=limits)
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
