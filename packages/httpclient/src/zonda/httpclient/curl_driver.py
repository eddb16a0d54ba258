"""One handle of curl on an event loop: its socket, its timer, and what has come.

Curl calls back in the middle of its own work, where it may not be called again.  So its callbacks
only note what has come (`CurlDriver.note`); it is handed on when curl has returned.

Each handle has a ``CurlMulti`` of its own, which keeps one connection.  So a handle is a
connection: the pool knows what is open, and nothing can be shared that must not be.
"""

from __future__ import annotations

import asyncio
import select
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from .errors import RequestError


def load_pycurl() -> Any:
    """The module ``pycurl``.

    :raises ImportError: it is not installed; the message names the extra.
    """
    try:
        import pycurl
    except ImportError as error:
        raise ImportError(
            "CurlAsyncHTTPClient needs pycurl: pip install zonda-httpclient[curl]"
        ) from error
    return pycurl


class User(Protocol):
    """Who uses the handle."""

    def done(self) -> None:
        """The answer is complete."""

    def failed(self, number: int, text: str) -> None:
        """There will be no complete answer; curl's number and text of the error."""

    def disturbed(self) -> None:
        """Something came, or the connection ended, while nobody had asked."""


class CurlDriver:
    """Runs a handle of curl on *loop*.

    :ivar handle: a ``pycurl.Curl``.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, user: User) -> None:
        self.pycurl = pycurl = load_pycurl()
        self.loop = loop
        self.handle: Any = pycurl.Curl()
        self._user = user
        self._notes: deque[Callable[[], None]] = deque()
        self._watched: dict[int, int] = {}
        self._idle_socket = -1
        self._timer: asyncio.Handle | None = None
        self._is_busy = False
        self._is_handing_on = False
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, 1)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)

    def start(self) -> None:
        """Let curl do what the handle is set up for.

        :raises RequestError: curl does not take it.
        """
        self._watch_idle(-1)
        try:
            self._multi.add_handle(self.handle)
        except self.pycurl.error as error:
            raise RequestError(f"curl does not take the request: {error}") from error
        self._is_busy = True

    def note(self, call: Callable[[], None]) -> None:
        """Call this when curl has returned; for curl's callbacks."""
        self._notes.append(call)

    def unpause(self, receives: bool) -> None:
        """Go on with sending, and with receiving if that is wanted."""
        if self._is_busy:
            pycurl = self.pycurl
            self.handle.pause(pycurl.PAUSE_CONT if receives else pycurl.PAUSE_RECV)
            self._hand_on()

    @property
    def has_kept(self) -> bool:
        """Whether there is a connection for the next request."""
        return self._idle_socket >= 0

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has come on the connection that was kept, not even its end."""
        return self._idle_socket < 0 or not select.select([self._idle_socket], [], [], 0)[0]

    def close(self) -> None:
        """End the connection, and whatever is done with it."""
        self._notes.clear()
        self._watch_idle(-1)
        for descriptor in list(self._watched):
            self._forget(descriptor)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._stop()
        self._multi.close()
        self.handle.close()

    def _stop(self) -> None:
        if self._is_busy:
            self._is_busy = False
            self._multi.remove_handle(self.handle)

    def _hand_on(self) -> None:
        """Call what was noted, and say if the handle is done."""
        if self._is_handing_on:
            return
        self._is_handing_on = True
        try:
            while self._notes:
                self._notes.popleft()()
            if not self._is_busy:
                return
            _, finished, failed = self._multi.info_read()
        finally:
            self._is_handing_on = False
        for _ in finished:
            kept = self.handle.getinfo(self.pycurl.LASTSOCKET)  # -1 if it was closed
            self._stop()
            self._watch_idle(kept)
            self._user.done()
        for _, number, text in failed:
            self._stop()
            self._user.failed(number, text)

    def _watch_idle(self, descriptor: int) -> None:
        """Curl does not look at a connection that it keeps: we do."""
        if self._idle_socket >= 0:
            self.loop.remove_reader(self._idle_socket)
        self._idle_socket = descriptor
        if descriptor >= 0:
            self.loop.add_reader(descriptor, self._user.disturbed)

    # What curl calls.

    def _set_timer(self, milliseconds: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if milliseconds == 0:
            self._timer = self.loop.call_soon(self._tick)
        elif milliseconds > 0:
            self._timer = self.loop.call_later(milliseconds / 1000, self._tick)

    def _watch(self, what: int, descriptor: int, multi: Any, data: Any) -> None:
        pycurl, loop = self.pycurl, self.loop
        self._forget(descriptor)
        if what == pycurl.POLL_REMOVE:
            return
        self._watched[descriptor] = what
        if what & pycurl.POLL_IN:
            loop.add_reader(descriptor, self._act, descriptor, pycurl.CSELECT_IN)
        if what & pycurl.POLL_OUT:
            loop.add_writer(descriptor, self._act, descriptor, pycurl.CSELECT_OUT)

    # What the loop calls.

    def _tick(self) -> None:
        self._timer = None
        self._act(self.pycurl.SOCKET_TIMEOUT, 0)

    def _act(self, descriptor: int, events: int) -> None:
        self._multi.socket_action(descriptor, events)
        self._hand_on()

    def _forget(self, descriptor: int) -> None:
        what = self._watched.pop(descriptor, 0)
        if what & self.pycurl.POLL_IN:
            self.loop.remove_reader(descriptor)
        if what & self.pycurl.POLL_OUT:
            self.loop.remove_writer(descriptor)
