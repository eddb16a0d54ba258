"""A server's connection without a socket: bytes in, bytes out, in any pieces."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from zonda.http import HTTPHeaders, HTTPServerConnectionDelegate, HTTPServerRequest
from zonda.httpserver import HTTP1Connection, HTTPServer

_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n((?:[!-9;-~]+: [^\r\n]*\r\n)*)\r\n")


class Answer(NamedTuple):
    """One answer."""

    status: int
    headers: HTTPHeaders
    body: bytes


class Outcome(NamedTuple):
    """What became of the bytes: answers, whether the server ends the connection, who was asked."""

    answers: list[Answer]
    ended: bool
    seen: list[tuple[str, str, bytes]]

    @property
    def statuses(self) -> list[int]:
        """The status of each answer."""
        return [answer.status for answer in self.answers]

    @property
    def essence(self) -> tuple[list[int], bool, list[tuple[str, str, bytes]]]:
        """What must not depend on how the bytes were cut; whether a 100 is needed does."""
        return [status for status in self.statuses if status != 100], self.ended, self.seen


class MemoryTransport(asyncio.Transport):
    """Collects what is written; the peer reads everything at once."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.writes = 0
        self.ended = False
        self.reading = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.ended:
            self.written += data
            self.writes += 1

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        self.ended = True

    def abort(self) -> None:
        self.ended = True


class Exchange:
    """One connection to a server that answers at once, with what it was asked.

    Needs a running event loop, for the clock of the timeouts.
    """

    def __init__(
        self,
        delegate: HTTPServerConnectionDelegate | Callable[[HTTPServerRequest], None] | None = None,
        connection_class: type[HTTP1Connection] = HTTP1Connection,
        **options: Any,
    ) -> None:
        self.seen: list[tuple[str, str, bytes]] = []
        self.server = HTTPServer(delegate or self._echo, **options)
        loop = asyncio.get_running_loop()
        self.server._prepare(loop)
        self.connection = connection_class(loop, self.server)
        self.transport = MemoryTransport()
        self.connection.connection_made(self.transport)

    def _echo(self, request: HTTPServerRequest) -> None:
        assert request.method is not None and request.uri is not None
        self.seen.append((request.method, request.uri, request.body))
        assert isinstance(request.connection, HTTP1Connection)
        request.connection.respond(200, "", request.body)

    def feed(self, pieces: Iterable[bytes]) -> None:
        """Let the connection receive bytes."""
        for piece in pieces:
            self.connection.data_received(piece)

    async def settle(self) -> None:
        """Let the loop run until everything that is here is taken in."""
        buffer = self.connection._buffer
        before = -1
        while len(buffer) != before:
            before = len(buffer)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    def finish(self) -> Outcome:
        """End the connection, and tell what became of it."""
        ended = self.transport.ended
        self.connection.connection_lost(None)
        methods = [method for method, _, _ in self.seen]
        return Outcome(read_answers(bytes(self.transport.written), methods), ended, self.seen)


def send(*pieces: bytes, **options: Any) -> Outcome:
    """What becomes of these bytes, each piece in a segment of its own."""
    exchange = Exchange(**options)
    exchange.feed(pieces)
    return exchange.finish()


def read_answers(data: bytes, methods: Iterable[str] = ()) -> list[Answer]:
    """All answers in *data*; each must be complete, and nothing else may be there."""
    answers: list[Answer] = []
    asked = list(methods)
    position = 0
    while position < len(data):
        found = _HEAD.match(data, position)
        assert found is not None, data[position : position + 200]
        headers = HTTPHeaders.parse(found[2].decode("latin-1"))
        status = int(found[1])
        start = found.end()
        size = int(headers.get("Content-Length") or 0)
        if asked and status >= 200 and asked.pop(0) == "HEAD":
            size = 0
        assert start + size <= len(data)
        answers.append(Answer(status, headers, data[start : start + size]))
        position = start + size
    return answers
