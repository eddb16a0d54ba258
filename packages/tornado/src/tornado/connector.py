"""Connecting to the first of several addresses that answers, by streams of the caller.

`TCPClient` has its own way (RFC 8305); this is for programs that took Tornado's: two families race,
the second begins when the first has failed once or is slow.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from zonda.ioloop import IOLoop

from .concurrent import Future, future_add_done_callback
from .util import TimeoutError

# Seconds after which the second family begins.
HEAD_START = 0.3

Address = tuple[Any, Any]


class Connector:
    """Tries addresses.

    :param addrinfo: pairs of a family and an address, best first.
    :param connect: makes a stream of such a pair; gives the stream, and a future for when it is
        connected.
    :ivar future: done with family, address and stream of the first that is connected.
    :ivar streams: those that are not connected, or not needed.
    """

    def __init__(
        self,
        addrinfo: list[Address],
        connect: Callable[[Any, Any], tuple[Any, Future[Any]]],
    ) -> None:
        self.io_loop = IOLoop.current()
        self.connect = connect
        self.future: Future[tuple[Any, Any, Any]] = Future()
        self.streams: set[Any] = set()
        self.last_error: Exception | None = None
        self.primary_addrs, self.secondary_addrs = self.split(addrinfo)
        self._left = len(addrinfo)
        self._head_start: Any = None
        self._limit: Any = None

    @staticmethod
    def split(addrinfo: Iterable[Address]) -> tuple[list[Address], list[Address]]:
        """The addresses of the first one's family, and the others."""
        first: list[Address] = []
        others: list[Address] = []
        for family, address in addrinfo:
            same = not first or family == first[0][0]
            (first if same else others).append((family, address))
        return first, others

    def start(
        self,
        timeout: float = HEAD_START,
        connect_timeout: float | datetime.timedelta | None = None,
    ) -> Future[tuple[Any, Any, Any]]:
        """Begin.

        :param timeout: seconds after which the second family begins.
        :param connect_timeout: when to give up, as of `IOLoop.add_timeout`.
        """
        self._try_next(iter(self.primary_addrs))
        if self.secondary_addrs and not self.future.done():
            self._head_start = self.io_loop.call_later(timeout, self.on_timeout)
        if connect_timeout is not None:
            self._limit = self.io_loop.add_timeout(connect_timeout, self.on_connect_timeout)
        return self.future

    def on_timeout(self) -> None:
        """The first family is slow: let the second begin."""
        self._clear_head_start()
        if not self.future.done():
            self._try_next(iter(self.secondary_addrs))

    def on_connect_timeout(self) -> None:
        """It took too long."""
        self._clear_head_start()
        if not self.future.done():
            self.future.set_exception(TimeoutError())
        self._close_streams()

    def _try_next(self, addresses: Iterator[Address]) -> None:
        pair = next(addresses, None)
        if pair is None:
            if self._left == 0 and not self.future.done():
                self._clear_timeouts()
                self.future.set_exception(self.last_error or OSError("connection failed"))
            return
        stream, connecting = self.connect(*pair)
        self.streams.add(stream)
        future_add_done_callback(connecting, functools.partial(self._tried, addresses, *pair))

    def _tried(
        self, addresses: Iterator[Address], family: Any, address: Any, done: Future[Any]
    ) -> None:
        self._left -= 1
        try:
            stream = done.result()
        except Exception as error:
            self.last_error = error
            if not self.future.done():
                waiting = self._head_start is not None
                self._try_next(addresses)
                if waiting:
                    self.on_timeout()
            return
        self._clear_timeouts()
        if self.future.done():
            stream.close()
            return
        self.streams.discard(stream)
        self.future.set_result((family, address, stream))
        self._close_streams()

    def _close_streams(self) -> None:
        for stream in self.streams:
            stream.close()

    def _clear_head_start(self) -> None:
        if self._head_start is not None:
            self.io_loop.remove_timeout(self._head_start)
            self._head_start = None

    def _clear_timeouts(self) -> None:
        self._clear_head_start()
        if self._limit is not None:
            self.io_loop.remove_timeout(self._limit)
            self._limit = None
