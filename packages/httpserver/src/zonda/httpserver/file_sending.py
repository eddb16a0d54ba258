"""Files that go from the disk to the socket without passing through Python: sendfile(2).

The call is made in a thread, for a slow disk would hold up the event loop, and on a descriptor of
its own, for the transport keeps the original one to itself.  Between two calls the event loop waits
until the socket takes more.

Both descriptors stay open until no thread uses them, even if whoever waited was cancelled: a number
that is closed too early can be that of another connection a moment later.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final

from zonda.iostream import State, StreamClosedError

if TYPE_CHECKING:
    from .answering import AnsweringConnection

# Bytes that one call may send: it ends after some milliseconds even where the peer reads fast.
CALL_SIZE: Final = 8 * 1024 * 1024


async def send_file(
    connection: AnsweringConnection, descriptor: int, offset: int, count: int, timeout: float
) -> int:
    """Send bytes of a file; see `AnsweringConnection.send_file`."""
    transport = connection.transport
    if transport.get_write_buffer_size():
        # What was written in this round of the loop, such as the head, leaves at its end.
        await asyncio.sleep(0)
    if connection.state is not State.OPEN or transport.get_write_buffer_size():
        return 0
    socket = transport.get_extra_info("socket")
    if socket is None or transport.get_extra_info("sslcontext") is not None:
        return 0
    try:
        sending = _Sending(connection, os.dup(socket.fileno()), os.dup(descriptor))
    except OSError:
        return 0
    try:
        return await sending.run(offset, count, timeout)
    finally:
        sending.close()


def is_available() -> bool:
    """Whether the system can do this."""
    return hasattr(os, "sendfile")


class _Sending:
    """One file on its way."""

    __slots__ = ("_call", "_connection", "_file", "_loop", "_socket")

    def __init__(self, connection: AnsweringConnection, socket: int, file: int) -> None:
        self._connection = connection
        self._loop = connection.loop
        self._socket = socket
        self._file = file
        self._call: asyncio.Future[int] | None = None

    async def run(self, offset: int, count: int, timeout: float) -> int:
        """Send until *count* bytes are sent, or the file ends."""
        sent = 0
        while sent < count:
            size = min(CALL_SIZE, count - sent)
            call = self._loop.run_in_executor(
                None, _call, self._socket, self._file, offset + sent, size
            )
            self._call = call
            now = await asyncio.shield(call)
            if now == 0:
                break
            sent += max(now, 0)
            if self._connection.state is not State.OPEN and sent < count:
                raise StreamClosedError(self._connection.error)
            if now < size:
                self._connection.expire_after(timeout)
                await self._connection.writable(self._socket)
        return sent

    def close(self) -> None:
        """Close the descriptors as soon as no thread uses them."""
        if self._call is not None and not self._call.done():
            self._call.add_done_callback(self._close_now)
        else:
            self._close_now()

    def _close_now(self, call: asyncio.Future[int] | None = None) -> None:
        if call is not None and not call.cancelled():
            call.exception()
        os.close(self._socket)
        os.close(self._file)


def _call(socket: int, file: int, offset: int, count: int) -> int:
    """Bytes sent; 0 at the end of the file, -1 if the socket takes nothing now."""
    try:
        return os.sendfile(socket, file, offset, count)
    except BlockingIOError:
        return -1
