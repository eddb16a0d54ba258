"""A transport over anything with a file descriptor that can be waited for.

The event loop only tells when the file is ready; reading and writing themselves are calls of the
stream's hooks, so that one transport serves pipes, terminals, devices and whatever a subclass of
`BaseIOStream` knows how to read.  Unlike the transports of asyncio it is there at once, and one
descriptor may go both ways.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Protocol

from .flow_control import FlowControlledTransport


class FileHooks(Protocol):
    """How a file is read, written and closed; see `BaseIOStream` for the meanings."""

    def fileno(self) -> int: ...
    def close_fd(self) -> None: ...
    def read_from_fd(self, buf: bytearray | memoryview) -> int | None: ...
    def write_to_fd(self, data: memoryview) -> int: ...
    def get_fd_error(self) -> Exception | None: ...


class FileTransport(FlowControlledTransport):
    """Connects the hooks of *file* with a protocol.

    :param chunk: the most bytes to read at a time.
    :param readable: whether the file can be read; one that cannot is watched for its end.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        file: FileHooks,
        protocol: asyncio.Protocol,
        chunk: int,
        readable: bool = True,
    ) -> None:
        super().__init__(protocol)
        self._loop = loop
        self._file = file
        self._chunk = chunk
        self._fd = file.fileno()
        self._on_ready = self._read_ready if readable else self._reader_gone
        self._waiting: deque[memoryview] = deque()
        self._waiting_size = 0
        self._at_end = False
        self._lost = False
        loop.add_reader(self._fd, self._on_ready)
        protocol.connection_made(self)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    # Reading.

    def pause_reading(self) -> None:
        if self.is_reading():
            self._reading_paused = True
            self._loop.remove_reader(self._fd)

    def resume_reading(self) -> None:
        if self._reading_paused and not self._closing and not self._at_end:
            self._reading_paused = False
            self._loop.add_reader(self._fd, self._on_ready)

    def _read_ready(self) -> None:
        buffer = bytearray(self._chunk)
        try:
            count = self._file.read_from_fd(buffer)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._fail(error)
            return
        if count:
            with memoryview(buffer) as view:
                data = bytes(view[:count])
            self._protocol.data_received(data)
        elif count == 0:
            self._at_end = True
            self._loop.remove_reader(self._fd)
            if not self._protocol.eof_received():
                self.close()

    def _reader_gone(self) -> None:
        """The other end of a file that is only written was closed."""
        error = self._file.get_fd_error()
        if error is None and self._waiting:
            error = BrokenPipeError("the reader closed the file before everything was written")
        self._fail(error)

    # Writing.

    def get_write_buffer_size(self) -> int:
        return self._waiting_size

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or not data:
            return
        self._waiting.append(memoryview(data))
        self._waiting_size += len(data)
        if len(self._waiting) == 1:
            self._write_some()
            if self._waiting and not self._closing:
                self._loop.add_writer(self._fd, self._write_ready)
        self._buffer_grew()

    def _write_ready(self) -> None:
        self._write_some()
        if self._lost:
            return
        if not self._waiting:
            self._loop.remove_writer(self._fd)
            if self._closing:
                self._lose(None)
        self._buffer_shrank()

    def _write_some(self) -> None:
        waiting = self._waiting
        try:
            while waiting:
                count = self._file.write_to_fd(waiting[0])
                self._waiting_size -= count
                if count < len(waiting[0]):
                    waiting[0] = waiting[0][count:]
                    return
                waiting.popleft()
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._fail(error)

    # The end.

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._loop.remove_reader(self._fd)
        if not self._waiting:
            self._lose(None)

    def abort(self) -> None:
        self._fail(None)

    def _fail(self, error: Exception | None) -> None:
        self._closing = True
        self._waiting.clear()
        self._waiting_size = 0
        self._lose(error)

    def _lose(self, error: Exception | None) -> None:
        if self._lost:
            return
        self._lost = True
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._loop.call_soon(self._finish, error)

    def _finish(self, error: Exception | None) -> None:
        self._file.close_fd()
        self._protocol.connection_lost(error)
