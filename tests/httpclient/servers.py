"""Servers for the tests: requests are read by h11, answers are any bytes, good or odd."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import h11

from zonda.http import make_compressor

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A complete answer; underscores in names stand for hyphens."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def compressed(body: bytes, coding: str = "gzip") -> bytes:
    """A complete answer with *body* in a content coding."""
    compressor = make_compressor(coding)
    data = compressor.compress(body) + compressor.finish()
    return answer(data, content_encoding=coding)


@dataclass
class Request:
    """What the client has sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Close(bytes):
    """An answer after which the server closes the connection."""


Handler = Callable[[Request], Any]


@dataclass
class Server:
    """A server that answers with what *handler* returns: bytes, `Close`, or an awaitable of it."""

    handler: Handler
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0
    tls: bool = False

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    @property
    def last(self) -> Request:
        return self.requests[-1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        number = self.connections
        received = b""
        try:
            while True:
                got = await read_request(reader, writer, received, number)
                if got is None:
                    return
                request, received = got
                self.requests.append(request)
                reply = self.handler(request)
                if isinstance(reply, Awaitable):
                    reply = await reply
                if reply is None:
                    return
                writer.write(reply)
                await writer.drain()
                if isinstance(reply, Close):
                    return
        except (ConnectionError, h11.RemoteProtocolError):
            pass
        except RuntimeError:  # what uvloop says about a transport that has ended
            pass
        finally:
            self.open_connections -= 1
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
                await writer.wait_closed()


async def read_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, received: bytes, number: int
) -> tuple[Request, bytes] | None:
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    if received:
        connection.receive_data(received)
    head: h11.Request | None = None
    body = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                connection.send(h11.InformationalResponse(status_code=100, headers=[]))
            data = await reader.read(65536)
            if not data and head is None:
                return None
            connection.receive_data(data)
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
            return (
                Request(
                    head.method.decode(),
                    head.target.decode(),
                    headers,
                    body,
                    number,
                    reader,
                    writer,
                ),
                connection.trailing_data[0],
            )
        else:
            return None


@contextlib.asynccontextmanager
async def serving(
    handler: Handler | bytes, ssl_context: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """A server on a port of its own, and its end with all its connections."""
    fixed = handler if isinstance(handler, bytes) else None
    server = Server((lambda _: fixed) if fixed is not None else handler, tls=bool(ssl_context))  # type: ignore[arg-type]  # bytes are handled
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await server.serve(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            tasks.discard(task)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ssl_context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await asyncio.sleep(0)
