"""A delegate behind the adapter, called as an ASGI server calls it."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from tests.recording_site import Site, writing
from zonda.asgi import ASGIAdapter, Message, Scope


def answering(code: int = 200, fields: str = "", body: bytes = b"ok") -> Site:
    """A site with the same answer to everything."""
    return writing(lambda connection: connection.respond(code, fields, body))


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
