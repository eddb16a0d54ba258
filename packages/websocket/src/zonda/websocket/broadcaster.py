"""What carries the messages of rooms from process to process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from zonda.iostream import READY

from .errors import WebSocketError

Deliver = Callable[[str, str | bytes], None]
"""Called with a room and a message that was published there."""


class BroadcasterError(WebSocketError):
    """A message cannot be carried to other processes."""


class Broadcaster(Protocol):
    """Carries messages to every process that has subscribed to their room, this one included.

    What the methods return may be awaited, and need not be.
    """

    def deliver_to(self, deliver: Deliver) -> None:
        """Call *deliver* with each message that arrives; called once, before all else."""

    def publish(self, room: str, message: str | bytes) -> Awaitable[None]:
        """Send a message to the subscribers of *room*.

        :raises BroadcasterError: at once, if too much waits to be sent already.
        """

    def subscribe(self, room: str) -> Awaitable[None]:
        """Receive what is published in *room*."""

    def unsubscribe(self, room: str) -> Awaitable[None]:
        """Receive nothing more of *room*."""

    async def close(self) -> None:
        """End; nothing is delivered any more."""


class LocalBroadcaster:
    """For one process: messages are delivered at once."""

    def __init__(self) -> None:
        self._deliver: Deliver | None = None

    def deliver_to(self, deliver: Deliver) -> None:
        """See `Broadcaster.deliver_to`."""
        self._deliver = deliver

    def publish(self, room: str, message: str | bytes) -> Awaitable[None]:
        """See `Broadcaster.publish`."""
        if self._deliver is not None:
            self._deliver(room, message)
        return READY

    def subscribe(self, room: str) -> Awaitable[None]:
        """See `Broadcaster.subscribe`."""
        return READY

    def unsubscribe(self, room: str) -> Awaitable[None]:
        """See `Broadcaster.unsubscribe`."""
        return READY

    async def close(self) -> None:
        """See `Broadcaster.close`."""
        self._deliver = None
