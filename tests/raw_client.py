"""A client that sends what it is told, valid or not, and reads answers."""

from __future__ import annotations

import asyncio
import contextlib
from typing import NamedTuple

from zonda.http import HTTPHeaders


class Received(NamedTuple):
    """One answer as a client reads it."""

    code: int
    headers: HTTPHeaders
    body: bytes


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
