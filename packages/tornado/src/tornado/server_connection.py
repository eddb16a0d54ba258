"""The server's end of a connection as old programs know it.

They look below it (``request.connection.stream``), take it over (``detach``), write raw HTTP, head
included, and their clients expect of a refused request what Tornado says: a status line alone, 400
also for a body that is too large, or nothing at all where the server failed or the client was slow.
Their delegates get a body chunk by chunk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from http.client import responses
from typing import Any

from zonda.http import HTTPHeaders, HTTPInputError, parse_response_start_line
from zonda.httpserver import AnswerError
from zonda.httpserver import HTTP1Connection as _HTTP1Connection
from zonda.iostream import IOStream

from .connection_stream import ConnectionStream

# What is cut off without a word: who was too slow, and whom nobody could answer.
_SILENT = frozenset({408, 500})


class Detached(tuple[asyncio.Transport, bytes]):
    """A transport and the bytes that came too early, and also the `IOStream` of both.

    The stream is made when it is first used; from then on the transport is the stream's.
    """

    _stream: IOStream | None = None

    def __getattr__(self, name: str) -> Any:
        if self._stream is None:
            self._stream = IOStream.from_transport(*self)
        return getattr(self._stream, name)


class ServerConnection(_HTTP1Connection):
    """The server's end of one connection."""

    @property
    def stream(self) -> ConnectionStream:
        """A view of the transport below."""
        return ConnectionStream(self)

    def write(self, chunk: bytes) -> Awaitable[None]:
        """Write a piece of the body; before any head, raw HTTP that begins with one.

        :raises AnswerError: there is no head yet, and none in *chunk*; or more than it announced.
        """
        try:
            return super().write(chunk)
        except AnswerError:
            head, end, body = chunk.partition(b"\r\n\r\n")
            if not (head.startswith(b"HTTP/1.") and end):
                raise
        line, _, fields = head.decode("latin-1").partition("\r\n")
        start_line = parse_response_start_line(line)
        return self.write_headers(start_line, HTTPHeaders.parse(fields), body or None)

    def write_raw(self, data: bytes) -> None:
        """Send bytes behind those that were written, past everything that is known of an answer."""
        self._send(data)

    def detach(self) -> Detached:
        """Give the connection away: the result is used as a stream, or as a pair.

        :raises StreamClosedError: there is no open transport to give.
        """
        return Detached(super().detach())

    def _read_body(self, data: bytes) -> None:
        self._read_chunks(data)

    def _refusal(self, error: HTTPInputError) -> bytes:
        if error.status in _SILENT:
            return b""
        status = 400 if error.status == 413 else error.status
        return f"HTTP/1.1 {status} {responses.get(status, 'Unknown')}\r\n\r\n".encode()
