"""An ASGI application on Zonda's server, for the time of a test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.raw_client import Client
from zonda.asgi import ASGICallable, ASGIContainer, Message, Receive, Scope, Send
from zonda.httpserver import HTTPServer

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def answer(send: Send, body: bytes = b"", status: int = 200) -> None:
    """Send a whole answer."""
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def read_body(receive: Receive) -> list[Message]:
    """All messages up to the end of the body."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def sending(*messages: Message) -> ASGICallable:
    """An application that sends *messages*, whatever it is asked."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(dict(message))

    return app


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> Message:
    """The first message of an answer."""
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(data: bytes, more: bool = False) -> Message:
    """A message with a piece of an answer."""
    return {"type": "http.response.body", "body": data, "more_body": more}


class Site:
    """A running server."""

    def __init__(self, server: HTTPServer, port: int) -> None:
        self.server = server
        self.port = port
        self.clients: list[Client] = []

    async def connect(self) -> Client:
        """A new connection."""
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(client)
        return client


@contextlib.asynccontextmanager
async def serving(
    app: ASGICallable | ASGIContainer, max_body_size: int | None = None
) -> AsyncIterator[Site]:
    """Serve *app* on loopback."""
    container = app if isinstance(app, ASGIContainer) else ASGIContainer(app)
    server = HTTPServer(container, max_body_size=max_body_size)
    [sock] = server.listen(0, "127.0.0.1")
    site = Site(server, sock.getsockname()[1])
    try:
        yield site
    finally:
        server.stop()
        await server.close_all_connections()
        for client in site.clients:
            client.writer.close()
            with contextlib.suppress(OSError):
                await client.writer.wait_closed()
