"""What the disk says of a path, asked once and remembered for a moment.

Asking blocks, so it is done in a thread.  Files that are asked for all the time are answered from
memory: what was seen of them counts for `FRESH` seconds, and small ones keep their bytes as long as
the file is the same.
"""

from __future__ import annotations

import mimetypes
import os
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from .file_identity import Identity, identity
from .paths import is_below

#: Seconds for which what was seen of a file counts.
FRESH: Final = 1.0

#: Files whose facts are remembered.
MAX_FILES: Final = 4096

#: Bytes of a file that is kept in memory: larger ones are sent from the disk as quickly.
MAX_FILE_SIZE: Final = 64 * 1024

#: Bytes of all files that are kept in memory.
MAX_MEMORY: Final = 16 * 1024 * 1024


class Sibling(NamedTuple):
    """A compressed copy of a file, beside it.

    :ivar coding: how it is compressed, as ``Content-Encoding`` says it.
    """

    coding: str
    path: str
    status: os.stat_result


class Seen(NamedTuple):
    """What the disk says of a path.

    :ivar status: what is there when links are followed, or None for nothing.
    :ivar inside: whether that is below the root, or where links may lead.
    :ivar has_default: whether it is a directory with the default file in it.
    :ivar siblings: compressed copies that are as new as it.
    :ivar default_escapes: whether it is a directory whose default file is a link that leads
        elsewhere, be there something or not.
    """

    status: os.stat_result | None
    inside: bool = False
    has_default: bool = False
    siblings: tuple[Sibling, ...] = ()
    default_escapes: bool = False

    @property
    def is_file(self) -> bool:
        """Whether it is an ordinary file, and no directory, pipe or device."""
        return self.status is not None and stat.S_ISREG(self.status.st_mode)

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return self.status is not None and stat.S_ISDIR(self.status.st_mode)


def look(
    path: str, roots: Sequence[str], default_filename: str | None, endings: Mapping[str, str]
) -> Seen:
    """Ask the disk what is at *path*; blocks.

    :param endings: those of the names of compressed copies, by their coding.
    """
    if not mimetypes.inited:
        # Reads the system's tables: better here than when the first media type is asked for.
        mimetypes.init()
    real_roots = [os.path.realpath(root) for root in roots]
    real, status, inside = _follow(path, real_roots)
    if status is None or not inside:
        return Seen(status, inside)
    if stat.S_ISDIR(status.st_mode):
        if default_filename is None:
            return Seen(status, True)
        _, default, may_be_sent = _follow(os.path.join(real, default_filename), real_roots)
        is_file = default is not None and stat.S_ISREG(default.st_mode)
        return Seen(status, True, is_file and may_be_sent, default_escapes=not may_be_sent)
    siblings = []
    for coding, ending in endings.items():
        _, copied, may_be_sent = _follow(path + ending, real_roots)
        if copied is None:
            continue
        # An older one is of an older version.
        is_current = copied.st_mtime_ns >= status.st_mtime_ns
        if may_be_sent and is_current and stat.S_ISREG(copied.st_mode):
            siblings.append(Sibling(coding, path + ending, copied))
    return Seen(status, True, False, tuple(siblings))


def read_small(path: str, status: os.stat_result) -> bytes | None:
    """The bytes of a file, if it still has as many as *status* says; blocks."""
    try:
        with open(path, "rb", buffering=0) as file:
            content = file.read(status.st_size + 1)
    except OSError:
        return None
    return content if len(content) == status.st_size else None


class Content(NamedTuple):
    """The bytes of a file.

    :ivar heads: header lines that were sent with them, by what they depend on.
    """

    identity: Identity
    data: bytes
    heads: dict[object, str]


class Sendable(Protocol):
    """A file that can be sent."""

    @property
    def path(self) -> str: ...

    @property
    def status(self) -> os.stat_result: ...


class Answer(NamedTuple):
    """A whole answer: where the file is, all header lines, its bytes."""

    path: str
    fields: str
    data: bytes


class _Sent(NamedTuple):
    """What was sent to a request: not the bytes, which are kept once, as a `Content`."""

    seen: float
    path: str
    status: os.stat_result
    head: object


class FileMemory:
    """What was seen of files lately, and the bytes of small ones; the least used go first.

    Threads share it: they change it one at a time, and look things up whenever they want.
    """

    def __init__(self, max_files: int = MAX_FILES, max_memory: int = MAX_MEMORY) -> None:
        self.max_files = max_files
        self.max_memory = max_memory
        self.size = 0
        self._seen: OrderedDict[object, tuple[float, Seen]] = OrderedDict()
        self._contents: OrderedDict[str, Content] = OrderedDict()
        self._answers: dict[object, _Sent] = {}
        self._lock: Final = threading.Lock()

    def seen(self, key: object) -> Seen | None:
        """What was seen under *key* not long ago."""
        known = self._seen.get(key)
        if known is None or time.monotonic() - known[0] > FRESH:
            return None
        return known[1]

    def remember(self, key: object, seen: Seen) -> None:
        """Remember what was seen; only files, for there is no end of paths without one."""
        with self._lock:
            self._seen.pop(key, None)
            if seen.inside and seen.is_file:
                self._seen[key] = time.monotonic(), seen
                if len(self._seen) > self.max_files:
                    self._seen.popitem(last=False)

    def answer(self, asked: object) -> Answer | None:
        """What was sent to the same request not long ago."""
        known = self._answers.get(asked)
        if known is None or time.monotonic() - known.seen > FRESH:
            return None
        content = self.content(known.path, known.status)
        fields = None if content is None else content.heads.get(known.head)
        if content is None or fields is None:
            return None
        return Answer(known.path, fields, content.data)

    def remember_answer(self, asked: object, seen: object, sent: Sendable, head: object) -> None:
        """Remember what is sent to a request, for as long as what was *seen* of the file counts."""
        known = self._seen.get(seen)
        if known is not None:
            if len(self._answers) >= self.max_files:
                self._answers.clear()
            self._answers[asked] = _Sent(known[0], sent.path, sent.status, head)

    def content(self, path: str, status: os.stat_result) -> Content | None:
        """The bytes of a file, if they are those of *status*."""
        known = self._contents.get(path)
        if known is None or known.identity != identity(status):
            return None
        try:
            self._contents.move_to_end(path)
        except KeyError:  # it was forgotten just now
            return None
        return known

    def keep(self, path: str, status: os.stat_result, data: bytes) -> Content:
        """Keep the bytes of a file."""
        content = Content(identity(status), data, {})
        with self._lock:
            before = self._contents.pop(path, None)
            self._contents[path] = content
            self.size += len(data) - (0 if before is None else len(before.data))
            while self.size > self.max_memory:
                _, oldest = self._contents.popitem(last=False)
                self.size -= len(oldest.data)
        return content

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._seen.clear()
            self._contents.clear()
            self._answers.clear()
            self.size = 0


memory: Final = FileMemory()
"""That of all handlers of this process."""


def _follow(path: str, roots: Sequence[str]) -> tuple[str, os.stat_result | None, bool]:
    """Where *path* leads, what is there, and whether that is below a root.

    The last is known also where nothing is: what exists outside of the roots cannot be found out.
    """
    try:
        real = os.path.realpath(path)
        inside = any(is_below(real, root) for root in roots)
        return real, os.stat(real), inside
    except FileNotFoundError:
        return real, None, inside
    except (OSError, ValueError):
        return path, None, True
