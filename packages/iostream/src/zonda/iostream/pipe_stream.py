"""Streams over pipes, FIFOs, terminals and character devices."""

from __future__ import annotations

import errno
import os
import stat

from .file_transport import FileTransport
from .stream import BaseIOStream


class PipeIOStream(BaseIOStream):
    """A stream over the file descriptor *fd*, which it owns from now on.

    Which way it goes is what the descriptor was opened for: the ends of `os.pipe` go one way, a
    terminal both.  The descriptor is made non-blocking.

    :raises ValueError: *fd* is a regular file or a directory, which are never waited for.
    :raises OSError: *fd* is not open.

    The other arguments are those of `BaseIOStream`.
    """

    def __init__(
        self,
        fd: int,
        max_buffer_size: int | None = None,
        read_chunk_size: int | None = None,
        max_write_buffer_size: int | None = None,
    ) -> None:
        mode = os.fstat(fd).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)):
            raise ValueError(
                f"file descriptor {fd} is no pipe, socket or character device: reading and "
                "writing it never waits, use a thread"
            )
        self.fd = fd
        os.set_blocking(fd, False)
        super().__init__(max_buffer_size, read_chunk_size, max_write_buffer_size)

    def fileno(self) -> int:
        return self.fd

    def close_fd(self) -> None:
        os.close(self.fd)

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        try:
            return os.readv(self.fd, [buf])
        except OSError as error:
            if error.errno == errno.EIO:  # how a terminal says that its other side is gone
                return 0
            raise

    def write_to_fd(self, data: memoryview) -> int:
        return os.write(self.fd, data)

    def _begin(self) -> None:
        self._take_up()
        FileTransport(
            self._loop,
            self,
            self._connection.protocol,
            self.read_chunk_size,
            readable=_is_readable(self.fd),
        )


def _is_readable(fd: int) -> bool:
    import fcntl  # there is none on Windows, where there are no such pipes either

    return fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_WRONLY
