"""Servers to talk to, and clients that say exactly what a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Iterable
from types import TracebackType
from typing import Any, Self

from tests.websocket.frames import client
from zonda.web import Application
from zonda.websocket.accept_key import new_handshake_key
from zonda.websocket.client_handshake import split_head
from zonda.websocket.codec import Codec
from zonda.websocket.events import Closed, Event
from zonda.websocket.handler import WebSocketHandler

Rules = Iterable[
    tuple[str, type[WebSocketHandler]] | tuple[str, type[WebSocketHandler], dict[str, Any]]
]


class Journal:
    """What happened to a handler, and a gate that the test opens for it."""

    def __init__(self) -> None:
        self.log: list[object] = []
        self.gate = asyncio.Event()
        self.handler: WebSocketHandler

    async def until(self, entry: object) -> None:
        """Wait until *entry* is in the log."""
        while entry not in self.log:
            await asyncio.sleep(0.001)


class Recorder(WebSocketHandler):
    """Writes everything into its journal."""

    def initialize(self, journal: Journal) -> None:
        self.journal = journal
        journal.handler = self

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        self.journal.log.append(message)
        return None

    def on_ping(self, data: bytes) -> None:
        self.journal.log.append(("ping", data))

    def on_pong(self, data: bytes) -> None:
        self.journal.log.append(("pong", data))

    def on_close(self) -> Awaitable[None] | None:
        self.journal.log.append(("closed", self.close_code, self.close_reason))
        return None

    def log_exception(self, typ: object, value: object, tb: object) -> None:
        self.journal.log.append(("raised", str(value)))


class Echo(WebSocketHandler):
    """Sends every message back."""

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, isinstance(message, bytes))


@contextlib.asynccontextmanager
async def serving(
    rules: Rules, ssl_options: ssl.SSLContext | None = None, **settings: Any
) -> AsyncIterator[int]:
    """Serve these handlers; gives the port.  Everything is closed at the end."""
    settings.setdefault("log_function", lambda handler: None)
    application = Application(list(rules), **settings)
    server = application.listen(0, "127.0.0.1", ssl_options=ssl_options)
    server.sweep.interval = 0.02
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.stop()
        await server.close_all_connections()
        for member in tuple(server.sweep.members):
            member.abort()  # type: ignore[attr-defined]  # websockets, which the server gave away
        await asyncio.sleep(0)


class RawClient:
    """A client on a bare socket: nothing is checked, anything can be sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.head = b""
        self.protocol = client()
        self._events: list[Event] = []

    @classmethod
    async def connect(
        cls, port: int, path: str = "/", *more: str, codec: Codec | None = None
    ) -> Self:
        """Open a websocket."""
        self = cls(*await asyncio.open_connection("127.0.0.1", port))
        self.protocol = client(codec)
        self.writer.write(opening(port, path, *more))
        data = b""
        while (parts := split_head(data)) is None:
            received = await self.reader.read(65536)
            assert received, data
            data += received
        self.head = parts[0]
        assert b" 101 " in self.head, self.head
        self._take(parts[1])
        return self

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def event(self) -> Event | None:
        """The next thing the server says; None when it has closed the connection."""
        while not self._events:
            try:
                data = await self.reader.read(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self._take(data)
        return self._events.pop(0)

    async def events_to_end(self) -> list[Event]:
        """Everything until the server closes the connection."""
        found = []
        while (event := await self.event()) is not None:
            found.append(event)
        return found

    async def close_code(self) -> int | None:
        """The code of the close frame, which must be the last thing before the end."""
        while not isinstance(event := await self.event(), Closed):
            assert event is not None
        self.send(event.reply)
        assert await self.event() is None
        return event.code

    def _take(self, data: bytes) -> None:
        event = self.protocol.receive(data) if data else None
        while event is not None:
            self._events.append(event)
            event = self.protocol.next_event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


def opening(port: int, path: str = "/", *more: str) -> bytes:
    """A request for a websocket; headers in *more* replace those of the same name."""
    fields = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": new_handshake_key(),
        "Sec-WebSocket-Version": "13",
    }
    for line in more:
        name, _, value = line.partition(": ")
        fields[name] = value
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if value]
    return f"GET {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode()


async def answer_to(port: int, request: bytes) -> bytes:
    """All that the server says to *request* before it closes, or the head of an upgrade."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    data = b""
    while received := await reader.read(65536):
        data += received
        if data.startswith(b"HTTP/1.1 101") and b"\r\n\r\n" in data:
            break
        if b"\r\n\r\n" in data and not data.startswith(b"HTTP/1.1 101"):
            break
    writer.close()
    await writer.wait_closed()
    return data
