"""Files that are open for reading, shared by all answers that send them.

Opening may have to wait for a disk, so it is done in a thread, which costs more than to send what
the system has in memory.  So a file stays open as long as it is asked for and is the same, and
`FRESH` seconds longer.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

from zonda.http import HTTPHeaders

from .file_facts import FRESH
from .file_identity import Identity, identity

#: Files that stay open though nobody sends them; those that come on top are opened each time.
MAX_OPEN: Final = 64

Key = tuple[str, Identity]

_files: Final[dict[Key, OpenFile]] = {}


class OpenFile:
    """A file that stays open until nobody has this object any more.

    :ivar heads: headers that were sent with all of it, by what they depend on.
    :ivar wanted: whether somebody has asked for it lately.
    """

    __slots__ = ("descriptor", "heads", "wanted")

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.wanted = False
        self.heads: dict[object, HTTPHeaders] = {}

    def __del__(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)

    def made_here(self) -> OpenFile:
        """The same file, as an object of this thread.

        Where Python has no global lock, a thread lets go at once only of what it has made.
        """
        descriptor, self.descriptor = self.descriptor, -1
        return OpenFile(descriptor)

    def read(self, offset: int, size: int) -> bytes:
        """Read bytes, wherever others read; blocks."""
        if sys.platform == "win32":  # pragma: no cover  (there nobody else does)
            os.lseek(self.descriptor, offset, os.SEEK_SET)
            return os.read(self.descriptor, size)
        return os.pread(self.descriptor, size, offset)


def known_file(path: str, status: os.stat_result) -> OpenFile | None:
    """The file, if it is open.

    :param status: of the file that is meant: one that has changed is another.
    """
    file = _files.get(_key(path, status))
    if file is not None:
        file.wanted = True
    return file


async def open_file(path: str, status: os.stat_result) -> OpenFile:
    """Open a file, unless it is open; see `known_file`.

    :raises OSError: it cannot be opened.
    """
    file = known_file(path, status)
    if file is not None:
        return file
    key = _key(path, status)
    loop = asyncio.get_running_loop()
    file = (await loop.run_in_executor(None, _open, path)).made_here()
    # Elsewhere a file that is open can be neither replaced nor removed.
    if os.name == "posix" and len(_files) < MAX_OPEN and key not in _files:
        _files[key] = file
        loop.call_later(FRESH, _forget_unwanted, loop, key)
    return file


def _forget_unwanted(loop: asyncio.AbstractEventLoop, key: Key) -> None:
    file = _files.get(key)
    if file is not None and file.wanted:
        file.wanted = False
        loop.call_later(FRESH, _forget_unwanted, loop, key)
    else:
        _files.pop(key, None)


def _key(path: str, status: os.stat_result) -> Key:
    return path, identity(status)


def _open(path: str) -> OpenFile:
    return OpenFile(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)))
