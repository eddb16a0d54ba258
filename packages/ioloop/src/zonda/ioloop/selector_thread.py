"""Readers and writers for event loops that have none, such as the proactor loop of Windows.

A thread waits in a selector; what it finds ready, it hands to the loop, and rests until the loop
has handled that.  The rule that makes locks needless: the selector and the callbacks belong to the
loop's thread, except while the other thread is selecting.  A change that comes in that time waits
in a list, and the selecting thread is woken to give the selector back.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import selectors
import socket
import threading
from collections.abc import Callable
from contextvars import Context
from typing import Any

log = logging.getLogger("zonda.application")

_Ready = list[tuple[selectors.SelectorKey, int]]


class _State(enum.Enum):
    """Who may touch the selector."""

    RESTING = enum.auto()  # the loop's thread: nothing is waited for
    SELECTING = enum.auto()  # the selecting thread
    HANDLING = enum.auto()  # the loop's thread, which calls what is ready


class SelectorThread:
    """``add_reader`` and its siblings for the loop *loop*; all is called from the loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._callbacks: dict[tuple[int, int], tuple[Callable[..., object], tuple[Any, ...]]] = {}
        self._changed: set[int] = set()
        self._selector = selectors.DefaultSelector()
        self._inner, self._waker = socket.socketpair()
        self._inner.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._inner, selectors.EVENT_READ)
        self._state = _State.RESTING
        self._closing = False
        self._may_select = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._select, name="zonda selector", daemon=True)
        # Without the context variables of whoever needs it first, which a thread may inherit.
        Context().run(self._thread.start)

    def add_reader(self, fd: int, callback: Callable[..., object], *args: object) -> None:
        """Call *callback* whenever *fd* is readable."""
        self._set(fd, selectors.EVENT_READ, (callback, args))

    def remove_reader(self, fd: int) -> bool:
        """Forget the reader of *fd*; tell whether there was one."""
        return self._set(fd, selectors.EVENT_READ, None)

    def add_writer(self, fd: int, callback: Callable[..., object], *args: object) -> None:
        """Call *callback* whenever *fd* is writable."""
        self._set(fd, selectors.EVENT_WRITE, (callback, args))

    def remove_writer(self, fd: int) -> bool:
        """Forget the writer of *fd*; tell whether there was one."""
        return self._set(fd, selectors.EVENT_WRITE, None)

    def close(self) -> None:
        """End the thread and free its descriptors."""
        self._closing = True
        self._wake()
        self._may_select.release()
        self._thread.join()
        self._selector.close()
        self._inner.close()
        self._waker.close()

    def _set(
        self, fd: int, event: int, call: tuple[Callable[..., object], tuple[Any, ...]] | None
    ) -> bool:
        before = self._callbacks.pop((fd, event), None)
        if call is not None:
            self._callbacks[fd, event] = call
        self._changed.add(fd)
        if self._state is _State.SELECTING:
            self._wake()
        elif self._state is _State.RESTING:
            self._resume()
        return before is not None

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it is full of bytes that wake
            self._waker.send(b"x")

    def _apply(self) -> None:
        """Bring the selector up to date."""
        for fd in self._changed:
            events = sum(event for known, event in self._callbacks if known == fd)
            try:
                if fd in self._selector.get_map():
                    self._selector.unregister(fd)
                if events:
                    self._selector.register(fd, events)
            except (OSError, ValueError) as error:
                self._drop(fd, error)
        self._changed.clear()

    def _drop(self, fd: int, error: BaseException) -> None:
        log.error("No events of descriptor %d can be waited for", fd, exc_info=error)
        for event in (selectors.EVENT_READ, selectors.EVENT_WRITE):
            self._callbacks.pop((fd, event), None)

    def _resume(self) -> None:
        """Let the thread select, if there is anything to select."""
        self._apply()
        if self._callbacks and not self._closing:
            self._state = _State.SELECTING
            self._may_select.release()
        else:
            self._state = _State.RESTING

    def _select(self) -> None:
        """What the thread does."""
        while True:
            self._may_select.acquire()
            if self._closing:
                return
            try:
                ready: _Ready | OSError = self._selector.select()
            except OSError as error:  # a descriptor was closed, where that is an error
                ready = error
            try:
                self._loop.call_soon_threadsafe(self._handle, ready)
            except RuntimeError:  # the loop is closed
                return

    def _handle(self, ready: _Ready | OSError) -> None:
        """Take the selector back, and call what is ready."""
        self._state = _State.HANDLING
        try:
            if isinstance(ready, OSError):
                self._drop_closed(ready)
            else:
                for key, events in ready:
                    self._call(key.fd, events)
        finally:
            self._resume()

    def _call(self, fd: int, events: int) -> None:
        if fd == self._inner.fileno():
            self._inner.recv(4096)
            return
        for event in (selectors.EVENT_READ, selectors.EVENT_WRITE):
            call = self._callbacks.get((fd, event)) if events & event else None
            if call is not None:
                call[0](*call[1])

    def _drop_closed(self, error: OSError) -> None:
        for fd in {fd for fd, _ in self._callbacks}:
            with selectors.DefaultSelector() as alone:
                try:
                    alone.register(fd, selectors.EVENT_READ)
                    alone.select(0)
                except (OSError, ValueError):
                    self._drop(fd, error)
                    self._changed.add(fd)
