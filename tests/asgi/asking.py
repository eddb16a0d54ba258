"""A delegate behind the adapter, called as an ASGI server calls it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from zonda.asgi import ASGIAdapter, Message, Scope
from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)

Event = tuple[str, object]


class Recorder(HTTPMessageDelegate):
    """Notes what it is told, and lets *on_event* answer."""

    def __init__(self, site: Site, connection: Any) -> None:
        self.site = site
        self.connection = connection
        self.headers = HTTPHeaders()
        self.start_line = RequestStartLine("", "", "")
        self.body = b""

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, RequestStartLine)
        self.start_line, self.headers = start_line, headers
        return self._event("head")

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self.body += chunk
        return self._event("data")

    def finish(self) -> None:
        self._event("finish")

    def on_connection_close(self) -> None:
        self._event("close")

    def _event(self, name: str) -> Awaitable[None] | None:
        self.site.events.append(name)
        return self.site.on_event(name, self)


class Site(HTTPServerConnectionDelegate):
    """Makes a `Recorder` for each request."""

    def __init__(self, on_event: Callable[[str, Recorder], Awaitable[None] | None]) -> None:
        self.on_event = on_event
        self.events: list[str] = []
        self.requests: list[Recorder] = []

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        self.requests.append(Recorder(self, request_conn))
        return self.requests[-1]

    def on_close(self, server_conn: object) -> None:
        self.events.append("on_close")


def answering(code: int = 200, fields: str = "", body: bytes = b"ok") -> Site:
    """A site with the same answer to everything."""

    def on_event(name: str, request: Recorder) -> None:
        if name == "finish":
            request.connection.respond(code, fields, body)

    return Site(on_event)


def http_scope(**changes: object) -> Scope:
    """The scope of a simple GET."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/",
        "raw_path": None,
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("192.0.2.1", 5000),
        "server": ("localhost", 443),
    } | changes


def pieces(*chunks: bytes) -> list[Message]:
    """The messages of a request's body."""
    last = len(chunks) - 1
    return [
        {"type": "http.request", "body": chunk, "more_body": number < last}
        for number, chunk in enumerate(chunks)
    ]


@dataclasses.dataclass
class Call:
    """One call of an application: what the server gives, and what it got.

    :ivar incoming: what `receive` returns; it waits for ever after the last.
    """

    incoming: list[Message] = dataclasses.field(default_factory=lambda: pieces(b""))
    sent: list[Message] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue: asyncio.Queue[Message] = asyncio.Queue()
        for message in self.incoming:
            self.queue.put_nowait(message)

    async def send(self, message: Message) -> None:
        """Part of ASGI."""
        self.sent.append(dict(message))

    async def make(self, site: Site, scope: Scope | None = None, **options: Any) -> Call:
        """Call the adapter of *site*."""
        await ASGIAdapter(site, **options)(scope or http_scope(), self.queue.get, self.send)
        return self

    @property
    def status(self) -> object:
        """The status of the answer."""
        return self.sent[0]["status"]

    @property
    def headers(self) -> dict[bytes, bytes]:
        """The headers of the answer."""
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        """The body of the answer, which must be complete."""
        assert [message["more_body"] for message in self.sent[1:]][-1] is False
        return b"".join([message["body"] for message in self.sent[1:]])
