"""A site on loopback and a browser that knows cookies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import urlencode

from tests.raw_client import Client, Received
from zonda.http import HTTPServerConnectionDelegate
from zonda.httpserver import HTTPServer
from zonda.web import Application, RuleLike


class Site:
    """An application that runs, and what a browser keeps of it."""

    def __init__(self, application: Application, server: HTTPServer, port: int) -> None:
        self.application = application
        self.server = server
        self.port = port
        self.cookies: dict[str, str] = {}
        self.client: Client | None = None

    async def connect(self) -> Client:
        """A connection of its own."""
        return Client(*await asyncio.open_connection("127.0.0.1", self.port))

    async def send(self, data: bytes, method: str = "GET") -> Received:
        """Send bytes on the connection that is kept, and read one answer."""
        if self.client is None:
            self.client = await self.connect()
        received = await self.client.ask(data, method)
        if received.headers.get("Connection") == "close":
            self.client.writer.close()
            self.client = None
        return received

    async def fetch(
        self, path: str, method: str = "GET", body: bytes | None = None, /, **headers: str
    ) -> Received:
        """One request, with the cookies of the answers before."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{self.port}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if self.cookies and "Cookie" not in headers:
            pairs = [f"{name}={value}" for name, value in self.cookies.items()]
            lines.append("Cookie: " + "; ".join(pairs))
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        data = "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")
        received = await self.send(data, method)
        for line in received.headers.get_list("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return received

    async def post(self, path: str, **fields: str) -> Received:
        """Send a form."""
        body = urlencode(fields).encode()
        kind = "application/x-www-form-urlencoded"
        return await self.fetch(path, "POST", body, Content_Type=kind)


@contextlib.asynccontextmanager
async def site(handlers: Iterable[RuleLike], **settings: Any) -> AsyncIterator[Site]:
    """An application on a free port for the time of a test."""
    async with served(Application(handlers, **settings)) as running:
        yield running


@contextlib.asynccontextmanager
async def served(delegate: HTTPServerConnectionDelegate) -> AsyncIterator[Site]:
    """An application, or what stands before some, on a free port for the time of a test."""
    server = HTTPServer(delegate)
    [sock] = server.listen(0, "127.0.0.1")
    application = delegate if isinstance(delegate, Application) else Application()
    running = Site(application, server, sock.getsockname()[1])
    try:
        yield running
    finally:
        server.stop()
        await server.close_all_connections()
        if running.client is not None:
            running.client.writer.close()
