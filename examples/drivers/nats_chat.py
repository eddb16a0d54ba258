"""NATS: what somebody says in one process is heard by the listeners of all processes.

``python -m examples.drivers.nats_chat --workers 2``, then ``curl -N localhost:8888/events`` in one
window and ``curl -d hello localhost:8888/say`` in another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError, OutboundBufferLimitError, TimeoutError

from zonda.web import Application, HTTPError, RequestHandler

from .program import main, unavailable

URL = "nats://127.0.0.1:4222"
SUBJECT = "zonda.chat"

# Seconds between two tries to connect again, without end: a site outlives its server's restarts.
BETWEEN_TRIES = 1
# Seconds until the server has to have what was said.
CONFIRMATION = 2
# Bytes that are kept for a server that is away.
KEPT_BYTES = 1024 * 1024
# Messages that a listener may be behind.
BEHIND = 100
# Bytes that somebody may say at once.
LONGEST = 4096

log = logging.getLogger(__name__)

# What a listener gets, and None at the end.
Feed = asyncio.Queue[bytes | None]


class Room:
    """One connection and one subscription for all listeners of a process.

    A connection of NATS carries any number of conversations at once, so one for each process is
    all the pool that is needed.
    """

    def __init__(self, client: Client, subject: str) -> None:
        self._client = client
        self._subject = subject
        self._feeds: set[Feed] = set()

    async def open(self) -> None:
        """Hear what is said; after a reconnection NATS's client does so anew by itself."""
        await self._client.subscribe(self._subject, cb=self._heard)
        await self._client.flush(CONFIRMATION)

    async def say(self, text: bytes) -> None:
        """Tell everybody.

        NATS keeps nothing: who does not listen at the moment hears nothing (JetStream does).
        """
        await self._client.publish(self._subject, text)
        await self._client.flush(CONFIRMATION)  # until the server has answered

    @contextlib.contextmanager
    def listening(self, feed: Feed) -> Iterator[None]:
        """Put what is said into *feed* meanwhile."""
        self._feeds.add(feed)
        try:
            yield
        finally:
            self._feeds.discard(feed)

    async def _heard(self, message: Msg) -> None:
        for feed in tuple(self._feeds):
            if feed.full():
                # Nobody waits for the slowest: it is sent away, and a browser comes back.
                self._feeds.discard(feed)
                feed.get_nowait()
                feed.put_nowait(None)
            else:
                feed.put_nowait(message.data)


class Say(RequestHandler):
    """Something is said."""

    async def post(self) -> None:
        room = self.settings["room"]
        assert isinstance(room, Room)
        if len(self.request.body) > LONGEST:
            raise HTTPError(413)
        with unavailable(TimeoutError, OutboundBufferLimitError, ConnectionClosedError):
            await room.say(self.request.body)
        self.set_status(202)


class Events(RequestHandler):
    """What is said, as server-sent events, until the listener goes away."""

    def initialize(self) -> None:
        self.feed: Feed = Feed(BEHIND)

    async def get(self) -> None:
        room = self.settings["room"]
        assert isinstance(room, Room)
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        with room.listening(self.feed):
            await self.flush()
            while (text := await self.feed.get()) is not None:
                for line in text.decode("utf-8", "replace").splitlines() or [""]:
                    self.write(f"data: {line}\n")
                self.write("\n")
                await self.flush()  # waits for a listener that is slow

    def on_connection_close(self) -> None:
        while not self.feed.empty():
            self.feed.get_nowait()
        self.feed.put_nowait(None)


@contextlib.asynccontextmanager
async def site(url: str, subject: str = SUBJECT) -> AsyncIterator[Application]:
    """The site, and the connection of this process."""

    async def failed(error: Exception) -> None:
        log.warning("NATS: %r", error)

    client = await nats.connect(
        url,
        connect_timeout=CONFIRMATION,
        max_reconnect_attempts=-1,
        reconnect_time_wait=BETWEEN_TRIES,
        pending_size=KEPT_BYTES,
        error_cb=failed,
    )
    try:
        room = Room(client, subject)
        await room.open()
        yield Application([("/say", Say), ("/events", Events)], room=room)
    finally:
        await client.close()


if __name__ == "__main__":
    main(site, URL)
