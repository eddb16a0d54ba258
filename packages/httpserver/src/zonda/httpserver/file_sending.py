"""Files that go from the disk to the socket without passing through Python: sendfile(2).

* What the system has in memory is sent by the loop itself, as much as the socket takes, but not
  more than `TURN_SIZE` bytes before other connections have their turn.
* What it has to read from a disk is sent by a thread, for a slow disk would hold up the loop.
* Where the socket does not take all of it at once, or a thread is needed, both descriptors are
  duplicated: the transport keeps the original socket to itself, and a number that is closed while
  a thread uses it can be that of another connection a moment later.

Whether bytes are in memory is asked at some places of a piece (``RWF_NOWAIT`` of preadv2(2)), not
for each page: the system reads, and forgets, more than a page at once.  Where the file system
cannot say, they are taken to be on the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import functools
import os
import sys
from typing import TYPE_CHECKING, Final

from zonda.iostream import CloseReason, State, StreamClosedError

if TYPE_CHECKING:
    from .answering import AnsweringConnection

# Bytes that the loop sends with one call, having asked whether they are in memory.
PIECE_SIZE: Final = 512 * 1024

# Bytes from one place where that is asked to the next: what Linux reads at least from a disk.
PROBE_DISTANCE: Final = 128 * 1024

# Bytes of one file that the loop sends in one turn: they take less than a millisecond even where
# the peer reads as fast as we send.
TURN_SIZE: Final = 1024 * 1024

# Bytes that one call of a thread may send: it ends after some milliseconds.
CALL_SIZE: Final = 8 * 1024 * 1024

# Where the bytes go that are read to ask for them.
_ANY: Final = [bytearray(1)]


class Next(enum.Enum):
    """What comes next for a file that is being sent."""

    NOTHING = "all of it is sent, or the file ended before"
    TURN = "another turn, when the socket takes more"
    THREAD = "bytes that are not in memory"


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
    sending = Sending(socket.fileno(), descriptor, offset, count)
    try:
        if sending.take_turn() is not Next.NOTHING:
            await _send_rest(sending, connection, timeout)
    except ConnectionError as error:
        connection.abort(CloseReason.ERROR, error)
        raise StreamClosedError(error) from error
    return sending.position - offset


def is_available() -> bool:
    """Whether the system can do this."""
    return hasattr(os, "sendfile")


class Sending:
    """Bytes of a file on their way to a socket.

    :ivar position: in the file, of the byte that is sent next.
    """

    __slots__ = ("end", "file", "position", "socket")

    def __init__(self, socket: int, file: int, offset: int, count: int) -> None:
        self.socket = socket
        self.file = file
        self.position = offset
        self.end = offset + count

    def take_turn(self) -> Next:
        """Send what is in memory, as much as the socket takes and one turn may send."""
        turn_end = min(self.end, self.position + TURN_SIZE)
        while self.position < turn_end:
            size = min(PIECE_SIZE, turn_end - self.position)
            if not _is_in_memory(self.file, self.position, size):
                return Next.THREAD
            if self.send(size) < size:
                break
        return self.next()

    def next(self) -> Next:
        """What comes next after a call that has ended."""
        return Next.TURN if self.position < self.end else Next.NOTHING

    def send(self, size: int) -> int:
        """Send *size* bytes, or as many as the socket takes; blocks while the disk is read."""
        try:
            sent = os.sendfile(self.socket, self.file, self.position, size)
        except BlockingIOError:
            return 0
        if not sent:
            self.end = self.position  # the file is shorter than thought
        self.position += sent
        return sent


async def _send_rest(sending: Sending, connection: AnsweringConnection, timeout: float) -> None:
    """Send what the first turn has left."""
    with contextlib.ExitStack() as descriptors:
        try:
            sending.socket = _duplicate(sending.socket, descriptors)
            sending.file = _duplicate(sending.file, descriptors)
        except OSError:
            return  # there are none left: it goes the other way
        next = Next.TURN
        while next is not Next.NOTHING:
            if connection.state is not State.OPEN:
                raise StreamClosedError(connection.error)
            if next is Next.TURN:
                next = await _take_turns(sending, connection, timeout)
            else:
                next = await _send_in_thread(sending, connection.loop, descriptors)


async def _take_turns(sending: Sending, connection: AnsweringConnection, timeout: float) -> Next:
    """Take a turn whenever the socket takes more, as long as that is what comes next."""
    next = Next.TURN

    def take_turn() -> bool:
        nonlocal next
        connection.expire_after(timeout)
        next = sending.take_turn()
        return next is not Next.TURN

    connection.expire_after(timeout)
    await connection.until_written(sending.socket, take_turn)
    return next


async def _send_in_thread(
    sending: Sending, loop: asyncio.AbstractEventLoop, descriptors: contextlib.ExitStack
) -> Next:
    """Let a thread send; it keeps the descriptors if whoever waits is cancelled."""
    size = min(CALL_SIZE, sending.end - sending.position)
    call = loop.run_in_executor(None, sending.send, size)
    try:
        await asyncio.wait((call,))
    finally:
        if not call.done():
            call.add_done_callback(functools.partial(_end_alone, descriptors.pop_all()))
    call.result()
    return sending.next()


def _end_alone(descriptors: contextlib.ExitStack, call: asyncio.Future[int]) -> None:
    """What comes of a call does not matter to anybody any more."""
    descriptors.close()
    if not call.cancelled():
        call.exception()


def _duplicate(descriptor: int, descriptors: contextlib.ExitStack) -> int:
    copy = os.dup(descriptor)
    descriptors.callback(os.close, copy)
    return copy


def _is_in_memory(file: int, offset: int, size: int) -> bool:
    """Whether bytes can be had without waiting for a disk, as far as can be told."""
    if sys.platform != "linux":
        return False
    try:
        for place in (*range(offset, offset + size, PROBE_DISTANCE), offset + size - 1):
            os.preadv(file, _ANY, place, os.RWF_NOWAIT)
    except OSError:
        return False
    return True
