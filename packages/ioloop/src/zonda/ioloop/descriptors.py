"""Handlers of file descriptors: one per descriptor, told what the descriptor is ready for.

asyncio knows readers and writers, which learn of an error only by being called.  Here a handler may
ask for ``ERROR`` alone, and the kernel tells: an epoll that is asked for nothing but errors is
itself a descriptor, and one more reader of the loop.  Where there is no epoll, an error makes the
descriptor readable and writable, and so reaches the handlers of ``READ`` and ``WRITE``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from collections.abc import Callable
from types import CodeType
from typing import TYPE_CHECKING, Any, Final, Protocol

from . import callbacks
from .errors import HandlerExistsError

if TYPE_CHECKING:
    from .selector_thread import SelectorThread

NONE: Final = 0
READ: Final = 0x001
WRITE: Final = 0x004
ERROR: Final = 0x018

_POLLED: Final = (("POLLIN", READ), ("POLLOUT", WRITE), ("POLLERR", ERROR), ("POLLHUP", ERROR))


class Selectable(Protocol):
    """A file-like object: it has a descriptor and can be closed."""

    def fileno(self) -> int:
        """The descriptor, or -1 once it is closed."""
        ...

    def close(self) -> object:
        """Free the descriptor."""
        ...


class _Entry:
    """A descriptor with its handler, and the place in the code that added it."""

    __slots__ = ("code", "events", "file", "handler", "offset")

    def __init__(
        self, file: int | Selectable, handler: Callable[..., object], code: CodeType, offset: int
    ) -> None:
        self.file = file
        self.handler = handler
        self.code = code
        self.offset = offset
        self.events = NONE

    def arguments(self, events: int) -> tuple[Any, ...]:
        """What :func:`callbacks.run` takes to call the handler."""
        return self.handler, (self.file, events), {}, self.code, self.offset


class Descriptors:
    """The descriptors of one event loop, with their handlers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._asyncio_loop = loop
        self._loop: asyncio.AbstractEventLoop | SelectorThread = loop
        self._thread: SelectorThread | None = None
        self._entries: dict[int, _Entry] = {}
        self._errors: select.epoll | None = None

    def add(
        self,
        file: int | Selectable,
        handler: Callable[..., object],
        events: int,
        code: CodeType,
        offset: int,
    ) -> None:
        """Call *handler* with the file and its events from now on.

        :raises HandlerExistsError: the descriptor has a handler.
        :raises ValueError: the descriptor is closed, or *events* holds unknown bits.
        :raises OSError: the system cannot wait for such a file.
        """
        fd = _descriptor(file)
        if fd in self._entries:
            raise HandlerExistsError(
                f"descriptor {fd} has a handler already; change it with update_handler"
            )
        entry = _Entry(file, handler, code, offset)
        try:
            self._listen(fd, entry, events)
        except BaseException:
            with contextlib.suppress(OSError):
                self._listen(fd, entry, NONE)
            raise
        self._entries[fd] = entry

    def update(self, file: int | Selectable, events: int) -> None:
        """Wait for these events of *file* instead of the former.

        :raises ValueError: the descriptor has no handler, or *events* holds unknown bits.
        """
        fd = _descriptor(file)
        entry = self._entries.get(fd)
        if entry is None:
            raise ValueError(f"descriptor {fd} has no handler; add one with add_handler")
        self._listen(fd, entry, events)

    def remove(self, file: int | Selectable) -> None:
        """Forget the handler of *file*; nothing happens where there is none."""
        fd = file if isinstance(file, int) else file.fileno()
        if fd < 0:  # a file object that was closed before it was removed
            fd = next((fd for fd, entry in self._entries.items() if entry.file is file), fd)
        entry = self._entries.pop(fd, None)
        if entry is not None:
            self._listen(fd, entry, NONE)

    def close(self, all_fds: bool) -> None:
        """Forget all handlers; close their descriptors as well if *all_fds*."""
        for fd, entry in list(self._entries.items()):
            if self._asyncio_loop.is_closed():
                del self._entries[fd]
            else:
                self.remove(fd)
            if all_fds:
                with contextlib.suppress(OSError):
                    os.close(fd) if isinstance(entry.file, int) else entry.file.close()
        if self._errors is not None:
            if not self._asyncio_loop.is_closed():
                self._loop.remove_reader(self._errors.fileno())
            self._errors.close()
            self._errors = None
        if self._thread is not None:
            self._thread.close()
            self._thread = None
            self._loop = self._asyncio_loop

    def _listen(self, fd: int, entry: _Entry, events: int) -> None:
        """Bring what the loop waits for from ``entry.events`` to *events*."""
        if events & ~(READ | WRITE | ERROR):
            raise ValueError(f"events must be made of READ, WRITE and ERROR, not {events:#x}")
        changed = entry.events ^ events
        if changed & READ:
            if events & READ:
                self._add("add_reader", fd, entry.arguments(READ))
            else:
                self._loop.remove_reader(fd)
            entry.events ^= READ
        if changed & WRITE:
            if events & WRITE:
                self._add("add_writer", fd, entry.arguments(WRITE))
            else:
                self._loop.remove_writer(fd)
            entry.events ^= WRITE
        if changed & ERROR:
            self._listen_for_errors(fd, bool(events & ERROR))
            entry.events = events

    def _add(self, method: str, fd: int, arguments: tuple[Any, ...]) -> None:
        try:
            getattr(self._loop, method)(fd, callbacks.run, *arguments)
        except NotImplementedError:  # such as the proactor loop of Windows
            from .selector_thread import SelectorThread

            self._loop = self._thread = SelectorThread(self._asyncio_loop)
            getattr(self._loop, method)(fd, callbacks.run, *arguments)

    def _listen_for_errors(self, fd: int, wanted: bool) -> None:
        if not hasattr(select, "epoll"):
            return
        if self._errors is None:
            self._errors = select.epoll()
            reader: tuple[Any, ...] = (self._tell_errors, (), {}, self._tell_errors.__code__, 0)
            self._add("add_reader", self._errors.fileno(), reader)
        if wanted:
            self._errors.register(fd, 0)
        else:
            with contextlib.suppress(OSError):  # a closed descriptor has left by itself
                self._errors.unregister(fd)

    def _tell_errors(self) -> None:
        assert self._errors is not None
        for fd, _ in self._errors.poll(0):
            entry = self._entries.get(fd)
            if entry is not None:
                callbacks.run(*entry.arguments(_ready(fd) & entry.events))


def _descriptor(file: int | Selectable) -> int:
    if not isinstance(file, int) and not hasattr(file, "fileno"):
        raise TypeError(f"a descriptor is a number or an object with fileno(), not {file!r}")
    fd = file if isinstance(file, int) else file.fileno()
    if fd < 0:
        raise ValueError(f"{file!r} is closed or no file descriptor")
    return fd


def _ready(fd: int) -> int:
    """What a descriptor is ready for at this moment; at least ``ERROR``."""
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLOUT)
    found = dict(poll.poll(0)).get(fd, 0)
    return sum({bits for name, bits in _POLLED if found & getattr(select, name)}) | ERROR
