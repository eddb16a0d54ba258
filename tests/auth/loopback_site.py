"""A site on loopback, for providers of all kinds: one function that answers requests."""

from __future__ import annotations

import asyncio
import contextlib
import http
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Request:
    """What a site is asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]
    url: str
    body: str


@dataclass
class Answer:
    """What it answers."""

    status: int = 200
    body: str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_body(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value), {"Content-Type": "application/json"})


def redirect(url: str) -> Answer:
    return Answer(302, "", {"Location": url})


Respond = Callable[[Request], Answer]


class Site:
    """Serves what *respond* says; remembers what it was asked."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.requests: list[Request] = []
        self.url = ""

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await self._read(reader)
            self.requests.append(request)
            writer.write(_encoded(self.respond(request)))
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> Request:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.strip().split("\r\n")
        method, target, _ = line.split(" ")
        headers = {}
        for entry in fields:
            name, _, value = entry.partition(":")
            headers[name.title()] = value.strip()
        body = (await reader.readexactly(int(headers.get("Content-Length", "0")))).decode()
        parts = urlsplit(target)
        return Request(
            method,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers,
            dict(parse_qsl(body, keep_blank_values=True)),
            self.url + target,
            body,
        )


def _encoded(answer: Answer) -> bytes:
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    reason = http.HTTPStatus(answer.status).phrase
    fields = {"Content-Length": str(len(body)), "Connection": "close", **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{k}: {v}" for k, v in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@contextlib.asynccontextmanager
async def serving(respond: Respond) -> AsyncIterator[Site]:
    """A site that listens on a port of its own."""
    site = Site(respond)
    open_connections: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_connections[task] = writer
        await site.serve(reader, writer)
        del open_connections[task]

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    site.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield site
    finally:
        server.close()
        for writer in open_connections.values():
            writer.close()
        if open_connections:
            await asyncio.wait(list(open_connections))
        await server.wait_closed()
