"""The body of a request on its way from the server to an application.

Pieces wait here until the application calls `receive`.  Beyond `HIGH_WATER` bytes the server is
asked to read no more, so an application that does not care about a body costs bounded memory.

A queue goes through these stages::

    COMING ──end──▶ COMPLETE ──last piece received──▶ TAKEN
    any ──client gone, or answer complete──▶ OVER
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable
from typing import Final

from .protocol import Message

# Bytes of a body that may wait for the application; as much as asyncio reads at a time, so that
# one more read never waits behind a piece that is only half used.
HIGH_WATER: Final = 64 * 1024


class Stage(enum.Enum):
    """How much of the body is here, and how much of it was received."""

    COMING = "more is to come"
    COMPLETE = "all of it is here"
    TAKEN = "all of it was received"
    OVER = "nobody needs it any more"


class BodyQueue:
    """Holds pieces of one body until they are received."""

    __slots__ = ("_chunks", "_event", "_room", "_size", "_stage", "_wanted")

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0
        self._stage = Stage.COMING
        self._event: asyncio.Event | None = None
        self._room: asyncio.Future[None] | None = None
        self._wanted: asyncio.Future[None] | None = None

    # The server's end.

    def until_wanted(self) -> Awaitable[None]:
        """Done when the application waits for the body, or will not any more."""
        self._wanted = asyncio.get_running_loop().create_future()
        return self._wanted

    def feed(self, chunk: bytes) -> Awaitable[None] | None:
        """Add a piece; the result, if any, is done when there is room for the next."""
        if self._stage is not Stage.COMING:
            return None
        self._chunks.append(chunk)
        self._size += len(chunk)
        self._wake()
        if self._size < HIGH_WATER:
            return None
        self._room = asyncio.get_running_loop().create_future()
        return self._room

    def end(self) -> None:
        """All of the body is here."""
        if self._stage is Stage.COMING:
            self._stage = Stage.COMPLETE
            self._wake()

    def close(self) -> None:
        """The client went away, or has its answer: nothing more will come of this body."""
        self._stage = Stage.OVER
        self._chunks.clear()
        self._size = 0
        self._release()
        self._wake()

    # The application's end.

    async def receive(self) -> Message:
        """The next ``http.request``, and after the last one ``http.disconnect``."""
        while True:
            stage = self._stage
            if stage is Stage.OVER:
                return {"type": "http.disconnect"}
            if self._chunks or stage is Stage.COMPLETE:
                return self._take()
            self._release()
            if self._event is None:
                self._event = asyncio.Event()
            self._event.clear()
            await self._event.wait()

    def _take(self) -> Message:
        body = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        self._release()
        more = self._stage is Stage.COMING
        if not more:
            self._stage = Stage.TAKEN
        return {"type": "http.request", "body": body, "more_body": more}

    def _release(self) -> None:
        """Let the server go on."""
        for future in (self._room, self._wanted):
            if future is not None and not future.done():
                future.set_result(None)
        self._room = self._wanted = None

    def _wake(self) -> None:
        if self._event is not None:
            self._event.set()
