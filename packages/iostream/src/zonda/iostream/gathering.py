"""A connection that sends small pieces together: one system call, one packet, one TLS record.

The rules:

* Nothing is gathered unless its owner says so: for a piece of code that does not wait, from
  `_begin_gathering` to `_end_gathering`, or until the loop has its next turn.
* What was gathered counts as written.  It goes to the transport before whatever is sent after it,
  before the connection is closed or aborted, and before the transport is given away.
* A large piece is sent by itself, for copying it would cost more than the system call; and no more
  is gathered than lets the transport say in time that the peer does not read.
* Each time it is another bytearray that is filled: the transport may keep the last one.
"""

from __future__ import annotations

import asyncio
from typing import Final

from .connection import CloseReason, Connection, State
from .sweep import Sweep

# Both together are less than a TLS slice, and than what a transport takes before its writers must
# wait.
GATHERED_SIZE: Final = 32 * 1024
"""Bytes from which on what was gathered is sent."""
LARGE_PIECE: Final = 8 * 1024
"""Bytes from which on a piece is not gathered, but sent by itself."""

_OPEN: Final = State.OPEN


class GatheringConnection(Connection):
    """A `Connection` whose subclass writes with ``_send``, and says when to gather.

    Pieces below `LARGE_PIECE` bytes are gathered, and written at the latest when there are
    `GATHERED_SIZE` bytes of them.
    """

    __slots__ = ("_gathered",)

    def __init__(self, loop: asyncio.AbstractEventLoop, sweep: Sweep) -> None:
        super().__init__(loop, sweep)
        self._gathered: bytearray | None = None

    def close(self, reason: CloseReason = CloseReason.LOCAL) -> None:
        """End the connection after what was written has been sent; *reason* is kept if first."""
        self._send_gathered()
        super().close(reason)

    def abort(
        self, reason: CloseReason = CloseReason.LOCAL, error: BaseException | None = None
    ) -> None:
        """End the connection at once; what was not sent yet is lost."""
        self._send_gathered()
        super().abort(reason, error)

    def detach(self) -> tuple[asyncio.Transport, bytes]:
        """Give the transport away, with the bytes that came too early."""
        self._send_gathered()
        return super().detach()

    def _send(self, data: bytes) -> None:
        """Write *data*, or gather it."""
        gathered = self._gathered
        if gathered is None:
            self.transport.write(data)
        elif len(data) < LARGE_PIECE:
            gathered += data
            if len(gathered) >= GATHERED_SIZE:
                self._send_gathered()
        else:
            self._send_gathered()
            self.transport.write(data)

    def _begin_gathering(self) -> None:
        """Let what is sent wait for `_end_gathering`."""
        if self._gathered is None:
            self._gathered = bytearray()

    def _gather_for_a_turn(self) -> None:
        """Let what is sent wait for the next turn of the loop."""
        if self._gathered is None:
            self._gathered = bytearray()
        self.loop.call_soon(self._end_gathering)

    def _end_gathering(self) -> None:
        """Write what was gathered, and gather no more."""
        gathered, self._gathered = self._gathered, None
        if gathered and self.state is _OPEN:
            self.transport.write(gathered)

    def _send_gathered(self) -> None:
        """Write what was gathered so far."""
        gathered = self._gathered
        if gathered:
            self._gathered = bytearray()
            if self.state is _OPEN:
                self.transport.write(gathered)
