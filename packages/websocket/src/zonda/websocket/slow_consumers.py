"""What to do with messages for a peer that does not read fast enough.

While the transport has room, messages go to it directly.  When it is full, messages wait here, as
they were given: nothing is encoded before its turn, so a message to a thousand slow peers is in
memory once, and one that is dropped leaves no trace in the state of a compressor.
"""

from __future__ import annotations

import enum
from collections import deque
from typing import Final, NoReturn

from .prepared import PreparedMessage

# Bytes of messages that may wait for one peer beyond what its transport holds.
MAX_SEND_QUEUE: Final = 4 * 1024 * 1024


class SlowConsumer(enum.Enum):
    """The policy for a peer that reads too slowly; see `SendQueue`."""

    WAIT = "wait"
    """Awaiting ``write_message`` waits until the peer has read, and nothing is read from it
    meanwhile.  If writers do not wait and the queue overflows, the websocket is closed."""

    DROP_OLDEST = "drop oldest"
    """The messages that wait longest are thrown away; nobody waits."""

    DISCONNECT = "disconnect"
    """The websocket is closed with code 1008 when the queue overflows; nobody waits."""

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        known = ", ".join(repr(policy.value) for policy in cls)
        raise ValueError(f"a slow consumer is treated by one of {known}, not {value!r}")


class Waiting:
    """A message that waits; *size* is what it counts for, in bytes."""

    __slots__ = ("binary", "message", "size")

    def __init__(self, message: str | bytes | PreparedMessage, binary: bool, size: int) -> None:
        self.message = message
        self.binary = binary
        self.size = size


class SendQueue:
    """Messages that wait for one peer, up to *max_size* bytes.

    A message that is larger than the queue is taken when no other waits.
    """

    __slots__ = ("_max_size", "_waiting", "size")

    def __init__(self, max_size: int = MAX_SEND_QUEUE) -> None:
        self._waiting: deque[Waiting] = deque()
        self._max_size = max_size
        self.size = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, message: Waiting, *, drop: bool = False) -> bool:
        """Add a message behind the others; false if there is no room for it.

        :param drop: throw the oldest away until there is.
        """
        while self._waiting and self.size + message.size > self._max_size:
            if not drop:
                return False
            self.take()
        self._waiting.append(message)
        self.size += message.size
        return True

    def take(self) -> Waiting:
        """The message whose turn it is."""
        message = self._waiting.popleft()
        self.size -= message.size
        return message

    def clear(self) -> None:
        """Forget all messages."""
        self._waiting.clear()
        self.size = 0
