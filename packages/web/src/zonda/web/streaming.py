"""Bodies in pieces: answers sent as they are made, requests read as they come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, nullcontext
from typing import TYPE_CHECKING, Final, TypeAlias

from zonda.escape import json_encode

from .errors import HandlerStateError
from .output import HTML

if TYPE_CHECKING:
    from .handler import RequestHandler

Piece: TypeAlias = str | bytes | Mapping[str, object]
"""What can be sent: text, bytes, or a mapping, which becomes a line of JSON."""

#: Seconds of silence after which a stream of events has a comment: proxies give it 30 to 60.
KEEP_ALIVE: Final = 15.0

NDJSON: Final = "application/x-ndjson; charset=UTF-8"


async def send(handler: RequestHandler, pieces: AsyncIterable[Piece] | Iterable[Piece]) -> None:
    """See `RequestHandler.send_stream`."""
    if not isinstance(pieces, AsyncIterable):
        for piece in pieces:
            _write(handler, piece)
            await handler.flush()
        return
    # A generator is closed at once when the client goes away, not when it happens to be collected.
    async with aclosing(pieces) if isinstance(pieces, AsyncGenerator) else nullcontext():
        async for piece in pieces:
            _write(handler, piece)
            await handler.flush()


def body_of(handler: RequestHandler) -> AsyncIterator[bytes]:
    """See `RequestHandler.read_body`."""
    if handler._body is not None:
        return handler._body
    if handler._streams_body:
        raise HandlerStateError(
            "a handler with data_received gets its body there; read_body() and multipart() are for "
            "those without"
        )
    return _at_once(handler.request.body)


def _write(handler: RequestHandler, piece: Piece) -> None:
    if not isinstance(piece, Mapping):
        handler.write(piece)
        return
    if not handler._headers_written and handler._headers.get("Content-Type") == HTML:
        handler.set_header("Content-Type", NDJSON)
    handler.write(json_encode(piece) + "\n")


async def _at_once(body: bytes) -> AsyncIterator[bytes]:
    if body:
        yield body
