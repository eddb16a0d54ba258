"""Reading and writing, whatever the bytes travel on.

`BaseIOStream` has every method that needs no socket.  What is underneath is a transport: an
`IOStream` takes the event loop's own, and a subclass of `BaseIOStream` for another kind of file
implements five hooks: ``fileno``, ``close_fd``, ``read_from_fd``, ``write_to_fd`` and, if there
is anything to tell, ``get_fd_error``.  Everything else is final.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self, final

from zonda.ioloop import IOLoop

from .connection import CloseReason
from .errors import StreamBufferFullError, StreamClosedError
from .event_loop import event_loop
from .native import replace_methods
from .reads import Limit, ReadBytes, ReadInto, ReadUntil, ReadUntilClose, ReadUntilRegex
from .room import READY
from .stream_connection import StreamConnection
from .write_queue import TLS_SLICE

# Bytes that one read may ask for, and that a read without a limit of its own may collect.
MAX_BUFFER_SIZE = 100 * 1024 * 1024
# Bytes that may wait for a peer that does not read; a program that awaits its writes never gets
# near, one that does not would otherwise fill the memory.
MAX_WRITE_BUFFER_SIZE = 100 * 1024 * 1024
# Bytes to have ready before they are asked for: about what a socket delivers at a time.
READ_CHUNK_SIZE = 64 * 1024

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


class BaseIOStream:
    """A stream of bytes in both directions.

    All reads and writes return a `asyncio.Future`; they begin at once, whether or not the future
    is awaited.  One read may wait at a time, writes may queue.

    :param max_buffer_size: the most bytes that one read may need; more is an error.
    :param read_chunk_size: how many bytes are received before anybody asks for them, about; then
        the peer has to wait.
    :param max_write_buffer_size: the most bytes that may wait to be sent; more is an error.
    """

    __slots__ = (
        "__weakref__",
        "_at_once",
        "_begun",
        "_close_callback",
        "_connection",
        "_last_max_bytes",
        "_last_wish",
        "_left",
        "_limit",
        "_loop",
        "max_buffer_size",
        "max_write_buffer_size",
        "read_chunk_size",
    )

    def __init__(
        self,
        max_buffer_size: int | None = None,
        read_chunk_size: int | None = None,
        max_write_buffer_size: int | None = None,
    ) -> None:
        self.max_buffer_size = _limit("max_buffer_size", max_buffer_size, MAX_BUFFER_SIZE)
        self.max_write_buffer_size = _limit(
            "max_write_buffer_size", max_write_buffer_size, MAX_WRITE_BUFFER_SIZE
        )
        chunk = _limit("read_chunk_size", read_chunk_size, READ_CHUNK_SIZE)
        self.read_chunk_size = max(1, min(chunk, self.max_buffer_size // 2))
        self._at_once = min(TLS_SLICE, self.max_write_buffer_size)
        self._loop = event_loop()
        self._begun = False
        self._close_callback: Callable[[], object] | None = None
        # For the owner of many streams (a server): told once that this one is his no longer.
        self._left: Callable[[], object] | None = None
        self._limit = Limit(None, self.max_buffer_size)
        self._last_max_bytes: int | None = None
        self._last_wish: ReadUntil | None = None
        self._connection = StreamConnection(self._loop, self.read_chunk_size)

    # The hooks.

    def fileno(self) -> int:
        """The file descriptor to watch."""
        raise NotImplementedError

    def close_fd(self) -> None:
        """Close the file; called once."""
        raise NotImplementedError

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """Read without blocking into *buf*: the number of bytes, 0 at the end, None for not now.

        An `OSError` closes the stream and becomes its ``error``; `BlockingIOError` means not now.
        """
        raise NotImplementedError

    def write_to_fd(self, data: memoryview) -> int:
        """Write without blocking what is possible of *data*: the number of bytes.

        An `OSError` closes the stream and becomes its ``error``; `BlockingIOError` means not now.
        """
        raise NotImplementedError

    def get_fd_error(self) -> Exception | None:
        """What went wrong with the file, asked when the stream ends without an error."""
        return None

    # Reading.

    @final
    def read_until(self, delimiter: bytes, max_bytes: int | None = None) -> asyncio.Future[bytes]:
        """Read up to and with *delimiter*.

        If it does not lie within the first *max_bytes* bytes, the stream is closed and the result
        is an `UnsatisfiableReadError`.

        :raises StreamClosedError: at once, when nothing more will come.
        :raises StreamBusyError: another read waits.
        """
        if not self._begun:
            self._begin()
        if max_bytes != self._last_max_bytes:
            self._set_limit(max_bytes)
        wish = self._last_wish
        if wish is None or wish.delimiter is not delimiter:
            wish = self._last_wish = ReadUntil(delimiter, self._limit)
        wish.seen = 0
        return self._connection.read(wish)

    @final
    def read_until_regex(
        self, regex: bytes | re.Pattern[bytes], max_bytes: int | None = None
    ) -> asyncio.Future[bytes]:
        """Read up to the end of the first match of *regex*.

        The pattern should end in something definite, as ``rb"\\r?\\n\\r?\\n"`` does: one that could
        go on matching ends wherever the bytes happened to be cut.  With *max_bytes* as in
        `read_until`.

        :raises StreamClosedError: at once, when nothing more will come.
        :raises StreamBusyError: another read waits.
        """
        if not self._begun:
            self._begin()
        if max_bytes != self._last_max_bytes:
            self._set_limit(max_bytes)
        return self._connection.read(ReadUntilRegex(re.compile(regex), self._limit))

    @final
    def read_bytes(self, num_bytes: int, partial: bool = False) -> asyncio.Future[bytes]:
        """Read *num_bytes* bytes; when *partial*, so many of them as come first, at least one.

        :raises ValueError: *num_bytes* is negative.
        :raises StreamBufferFullError: *num_bytes* is above ``max_buffer_size``.
        :raises StreamClosedError: at once, when nothing more will come.
        :raises StreamBusyError: another read waits.
        """
        if num_bytes < 0:
            raise ValueError(f"num_bytes must not be negative, not {num_bytes}")
        if num_bytes > self.max_buffer_size and not partial:
            raise StreamBufferFullError(
                f"a read of {num_bytes} bytes: the most is {self.max_buffer_size} (max_buffer_size)"
            )
        if not self._begun:
            self._begin()
        return self._connection.read(ReadBytes(num_bytes, partial))

    @final
    def read_into(self, buf: bytearray | memoryview, partial: bool = False) -> asyncio.Future[int]:
        """Fill *buf*; when *partial*, so much of it as comes first, at least one byte.

        The result is the number of bytes.  Until then *buf* cannot be resized.  A read that is
        cancelled puts back what it had put into *buf*.

        :raises StreamClosedError: at once, when nothing more will come.
        :raises StreamBusyError: another read waits.
        """
        if not self._begun:
            self._begin()
        future = self._connection.read(ReadInto(memoryview(buf).cast("B"), partial))
        if not future.done():
            future.add_done_callback(self._connection.forget_cancelled)
        return future

    @final
    def read_until_close(self) -> asyncio.Future[bytes]:
        """Read everything until the peer ends the stream.

        After an error, a reset or a TLS stream that was cut off, the result is that error; what
        had come can still be read with ``read_bytes(n, partial=True)``.

        :raises StreamClosedError: at once, when the stream has failed already.
        :raises StreamBusyError: another read waits.
        """
        if not self._begun:
            self._begin()
        return self._connection.read(ReadUntilClose(self.max_buffer_size))

    # Writing.

    @final
    def write(self, data: bytes | bytearray | memoryview) -> asyncio.Future[None]:
        """Send *data*.

        The future is done when the operating system has taken all of it (over TLS the last
        100 KiB or so may still be in the TLS layer), so that awaiting it waits for a peer that
        reads slowly.  Without awaiting, what waits may not exceed ``max_write_buffer_size``.  Large
        `bytes` and `memoryview` are not copied; what a view shows must stay as it is until then.

        While bytes that have arrived are still to be read, small writes are gathered until they are
        (or until the loop has its next turn), and sent together: answers to requests that came
        together cost one system call.

        :raises StreamClosedError: at once, when the stream is closed.
        :raises StreamBufferFullError: too much is waiting already.
        """
        connection = self._connection
        writes = connection.writes
        if (  # nothing is in the way: what nearly every write finds
            writes.idle
            and type(data) is bytes
            and not connection.buffer.size
            and len(data) <= self._at_once
            and not connection.ended
        ):
            writes.transport.write(data)
            return READY if writes.idle else writes.sent()
        if not self._begun:
            self._begin()
        if connection.ended:
            raise StreamClosedError(connection.error)
        if type(data) is not bytes:
            if isinstance(data, str):
                raise TypeError("a stream sends bytes, not str: encode the text")
            # A bytearray can change its size while it waits, a view cannot.
            data = bytes(data) if isinstance(data, bytearray) else memoryview(data).cast("B")
        # Where more requests are here already, their answers go together.
        more = connection.buffer.size > 0
        return writes.write(data, self.max_write_buffer_size, more)

    # State.

    @property
    def io_loop(self) -> IOLoop:
        """The `IOLoop` of the thread, in which the stream lives."""
        return IOLoop.current()

    @final
    def reading(self) -> bool:
        """Whether a read waits."""
        return self._connection.is_reading

    @final
    def writing(self) -> bool:
        """Whether something that was written waits to be sent."""
        connection = self._connection
        return not connection.ended and not connection.writes.is_empty

    @final
    def closed(self) -> bool:
        """Whether the stream has ended; what was received before can still be read."""
        return self._connection.ended

    @property
    def error(self) -> BaseException | None:
        """The error that closed the stream; None while it is open and after an orderly end."""
        return self._connection.error

    @final
    def set_close_callback(self, callback: Callable[[], object] | None) -> None:
        """Have *callback* called once when the stream has ended, also when nobody reads.

        A stream that has ended already calls it soon.  While received bytes are not read, the
        end of the peer's stream is not noticed: first comes what came first.
        """
        self._close_callback = callback
        if callback is None:
            return
        if not self._begun:
            self._begin()
        if self._connection.ended:
            self._call_close_callback()
        else:
            self._connection.watch()

    def set_nodelay(self, value: bool) -> None:
        """Send small writes at once (*value* true) or let the system collect them; TCP only."""

    @final
    def close(self, exc_info: bool | BaseException | ExcInfo | None = False) -> None:
        """End the stream.  What was written is still sent, for up to `CLOSE_TIMEOUT` seconds.

        Whoever waits for a read or a write gets a `StreamClosedError`; a `read_until_close` gets
        what has come, unless there is an error.

        :param exc_info: the error to keep as ``error``: an exception, the tuple of
            `sys.exc_info`, or True for the exception being handled.
        """
        if exc_info is True:
            exc_info = sys.exc_info()
        error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
        self._close(CloseReason.LOCAL, error if isinstance(error, BaseException) else None)

    # How a transport gets underneath.

    def _begin(self) -> None:
        """Put a transport below the connection; called at the first use."""
        from .file_transport import FileTransport

        self._take_up()
        FileTransport(self._loop, self, self._connection.protocol, self.read_chunk_size)

    def _take_up(self) -> None:
        """Listen to the connection.

        Not before it is used: a stream that nobody uses is then freed as soon as it is dropped.
        """
        self._begun = True
        self._connection.on_opened = self._opened
        self._connection.on_ended = self._ended

    def _adopt(self, transport: asyncio.Transport, received: bytes) -> Self:
        """Go on with *transport*, after *received*."""
        connection = self._connection
        self._take_up()
        transport.set_protocol(connection.protocol)
        connection.connection_made(transport)
        if received:
            connection.data_received(received)
        if not connection.reading_paused:
            transport.resume_reading()
        return self

    def _close(self, reason: CloseReason, error: BaseException | None) -> None:
        begun = self._begun
        self._take_up()
        if self._loop.is_closed():  # which can do nothing more for its transports
            begun = self._connection.ended
            self._connection.abandon(reason, error)
        else:
            self._connection.close(reason, error)
        if not begun:
            self.close_fd()

    def _opened(self) -> None:
        """The transport is there."""

    def _ended(self) -> None:
        """Nothing more can be written, and nothing read but what is there."""
        self._leave()
        if self._close_callback is not None:
            self._call_close_callback()

    def _leave(self) -> None:
        left, self._left = self._left, None
        if left is not None:
            left()

    def _call_close_callback(self) -> None:
        callback, self._close_callback = self._close_callback, None
        if callback is not None and not self._loop.is_closed():
            self._loop.call_soon(callback)

    def _set_limit(self, max_bytes: int | None) -> None:
        self._limit = Limit(max_bytes, self.max_buffer_size)
        self._last_max_bytes = max_bytes
        self._last_wish = None


def _limit(name: str, value: int | None, default: int) -> int:
    if value is None:
        return default
    if value < 1:
        raise ValueError(f"{name} must be at least 1 byte, not {value}")
    return value


compiled = replace_methods(BaseIOStream)
"""Whether the compiled functions are used."""
