"""Accepting connections from a listening socket, also when the machine runs out of something.

When no connection can be accepted for want of descriptors or memory, the socket stays readable:
a loop that only tried again would do nothing else, and log each time.  An `Acceptor` looks away
for `ACCEPT_PAUSE` seconds instead and logs once; connections wait in the system's backlog.
"""

from __future__ import annotations

import asyncio
import enum
import errno
import logging
import socket
from collections.abc import Callable
from typing import Any

from .event_loop import event_loop

logger = logging.getLogger("zonda.iostream")

# Seconds to leave the socket alone after the system had no descriptor or memory for a connection.
ACCEPT_PAUSE = 1.0
# Connections to accept before others get a turn: accepting is quick, handling them need not be.
ACCEPT_BATCH = 64
# Connections to take from the backlog at the end: longer ones are cut by most systems.
MAX_WAITING = 4096

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_CLOSED = frozenset({errno.EBADF, errno.EINVAL, errno.ENOTSOCK})

Accepted = Callable[[socket.socket, Any], object]


class _State(enum.Enum):
    ACCEPTING = "accepting"
    PAUSED = "told to pause"
    EXHAUSTED = "waiting for the system to have room"
    STOPPED = "stopped"


class Acceptor:
    """Calls *accepted* with each new connection of *sock* and its address, at once.

    The new socket is non-blocking and belongs to the callee.  *sock* stays the caller's.

    :param batch: connections to accept before the loop does something else; 1 where other
        processes accept on the same socket, so that each gets its part.
    :raises ValueError: *sock* is closed.
    """

    def __init__(self, sock: socket.socket, accepted: Accepted, batch: int = ACCEPT_BATCH) -> None:
        self._batch = batch
        self._loop = event_loop()
        self._sock = sock
        self._accepted = accepted
        self._state = _State.ACCEPTING
        self._retry: asyncio.TimerHandle | None = None
        self._complained = False
        sock.setblocking(False)
        self._fd = sock.fileno()
        self._loop.add_reader(self._fd, self._ready)

    def pause(self) -> None:
        """Leave new connections to the system's backlog."""
        if self._state in (_State.ACCEPTING, _State.EXHAUSTED):
            self._look_away(_State.PAUSED)

    def resume(self) -> None:
        """Accept again after `pause`; without one, nothing happens."""
        if self._state is _State.PAUSED:
            self._look_again()

    def stop(self, take_waiting: bool = False) -> None:
        """Accept no more; stopping twice is harmless.

        :param take_waiting: accept first what is in the backlog: those clients believe that they
            are connected, and closing the socket would reset them.
        """
        if take_waiting and self._state is not _State.STOPPED:
            self._take_waiting()
        if self._state is not _State.STOPPED:
            self._look_away(_State.STOPPED)

    def _ready(self) -> None:
        for _ in range(self._batch):
            if self._state is not _State.ACCEPTING:
                return
            try:
                connection, address = self._sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._failed(error)
                continue
            if self._complained:
                self._complained = False
                logger.info("accepting connections again on %s", self._name())
            connection.setblocking(False)
            self._call(connection, address)

    def _take_waiting(self) -> None:
        for _ in range(MAX_WAITING):
            try:
                connection, address = self._sock.accept()
            except OSError:
                break
            connection.setblocking(False)
            self._call(connection, address)

    def _call(self, connection: socket.socket, address: Any) -> None:
        try:
            self._accepted(connection, address)
        except Exception:
            connection.close()
            logger.error("error in the handler of a connection from %r", address, exc_info=True)

    def _failed(self, error: OSError) -> None:
        if error.errno in _EXHAUSTED:
            if not self._complained:
                self._complained = True
                logger.error("cannot accept connections on %s for now: %s", self._name(), error)
            self._look_away(_State.EXHAUSTED)
            self._retry = self._loop.call_later(ACCEPT_PAUSE, self._look_again)
        elif error.errno in _CLOSED:
            logger.error("the listening socket is unusable, accepting ends: %s", error)
            self._look_away(_State.STOPPED)
        # Anything else is about one connection, which is gone: aborted by its peer, filtered.

    def _look_away(self, state: _State) -> None:
        if self._state is _State.ACCEPTING:
            self._loop.remove_reader(self._fd)
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._state = state

    def _look_again(self) -> None:
        self._retry = None
        self._state = _State.ACCEPTING
        self._loop.add_reader(self._fd, self._ready)

    def _name(self) -> str:
        try:
            return repr(self._sock.getsockname())
        except OSError:
            return "a closed socket"


def add_accept_handler(sock: socket.socket, callback: Accepted) -> Callable[[], None]:
    """Call ``callback(connection, address)`` for each connection that comes in on *sock*.

    :return: a function that ends it.
    """
    return Acceptor(sock, callback).stop
