"""`HTTPServer`: sockets in front, a delegate behind, connections between."""

from __future__ import annotations

import asyncio
import dataclasses
import email.utils
import math
import signal
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Final, cast

from zonda.http import (
    HTTPConnection,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
)
from zonda.ioloop import IOLoop
from zonda.iostream import IOStream, SSLIOStream, Sweep, bind_sockets

from .callback import CallbackDelegate
from .connection import HTTP1Connection
from .limits import Limits

# Seconds for which an idle connection stays open while the server drains: longer than a request
# takes from one side of an ocean to the other.
DRAIN_QUIET: Final = 0.2

RequestCallback = HTTPServerConnectionDelegate | Callable[[HTTPServerRequest], None]


class HTTPServer:
    """Serves HTTP/1.1 on any number of sockets.

    :param request_callback: an `HTTPServerConnectionDelegate`, as `zonda.web.Application` is one,
        or a function that is called with each whole `HTTPServerRequest`.
    :param no_keep_alive: close the connection after each answer.
    :param ssl_options: the TLS context; None serves plain HTTP.
    :param protocol: what to report as ``request.protocol`` where a proxy in front ends TLS.
    :param limits: all bounds at once; the keyword arguments named like a field of `Limits` change
        single ones.
    """

    def __init__(
        self,
        request_callback: RequestCallback,
        no_keep_alive: bool = False,
        ssl_options: ssl.SSLContext | None = None,
        protocol: str | None = None,
        limits: Limits | None = None,
        **bounds: float | None,
    ) -> None:
        delegate = (
            request_callback
            if isinstance(request_callback, HTTPServerConnectionDelegate)
            else CallbackDelegate(request_callback)
        )
        self.start_request: Callable[[object, HTTPConnection], HTTPMessageDelegate] = (
            delegate.start_request
        )
        self.delegate = delegate
        self.limits = _changed(limits or Limits(), bounds)
        self.protocol = protocol
        self.keeps_alive = not no_keep_alive
        self.ssl_options = ssl_options
        self.date_field = ""
        self.idle_deadline = math.inf
        self._connections: set[HTTP1Connection] = set()
        self._listeners: list[asyncio.Server] = []
        self._starting: list[asyncio.Task[None]] = []
        self._pending: list[socket.socket] = []
        self._sockets: list[socket.socket] = []
        self._all_closed: asyncio.Event | None = None
        self.sweep: Sweep

    # Listening.

    def listen(
        self,
        port: int,
        address: str | None = None,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        backlog: int = 1024,
        reuse_port: bool = False,
    ) -> list[socket.socket]:
        """Bind *port* and serve on it as soon as the event loop runs.

        :param port: 0 takes a free one; see the result.
        :param address: a host name or address; None or an empty text is all interfaces.
        :param backlog: connections that may wait to be accepted.
        :return: the listening sockets.
        :raises OSError: the address cannot be bound; the message names it.
        """
        sockets = bind_sockets(port, address, family, backlog, reuse_port=reuse_port)
        self.add_sockets(sockets)
        return sockets

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Serve on listening *sockets*, which the server owns from now on."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = IOLoop.current().asyncio_loop
        self._prepare(loop)
        for sock in sockets:
            self._sockets.append(sock)
            self._starting.append(loop.create_task(self._accept(loop, sock)))

    def add_socket(self, socket: socket.socket) -> None:
        """Serve on one listening socket."""
        self.add_sockets([socket])

    async def handle_stream(self, stream: IOStream, address: object = None) -> None:
        """Serve the peer of a *stream* that somebody else has connected; it is the server's then.

        :param stream: over a socket, TLS or memory (`zonda.iostream.stream_pair`).
        :param address: the peer's, where the stream cannot tell; requests report it.
        :raises StreamClosedError: the stream has ended.
        """
        if isinstance(stream, SSLIOStream):
            await stream.wait_for_handshake()
        else:
            await stream.write(b"")  # it takes its socket up
        loop = asyncio.get_running_loop()
        self._prepare(loop)
        transport, received = stream.detach()
        connection = HTTP1Connection(loop, self)
        transport.set_protocol(cast(asyncio.BaseProtocol, connection))
        connection.connection_made(transport)
        if address is not None:
            connection.context.come_from(address)
        if received:
            connection.data_received(received)
        transport.resume_reading()

    def bind(
        self,
        port: int,
        address: str | None = None,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        backlog: int = 1024,
        reuse_port: bool = False,
    ) -> None:
        """Bind *port* without serving yet; `start` does."""
        self._pending.extend(bind_sockets(port, address, family, backlog, reuse_port=reuse_port))

    def start(self) -> None:
        """Serve on what `bind` bound."""
        pending, self._pending = self._pending, []
        self.add_sockets(pending)

    @property
    def sockets(self) -> list[socket.socket]:
        """The listening sockets."""
        return list(self._sockets)

    @property
    def connection_count(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    # Ending.

    def stop(self) -> None:
        """Accept no more connections; those that are open go on."""
        for task in self._starting:
            task.cancel()
        for listener in self._listeners:
            listener.close()
        for sock in (*self._sockets, *self._pending):
            sock.close()
        self._listeners.clear()
        self._starting.clear()
        self._sockets.clear()
        self._pending.clear()

    async def drain(self, grace: float = 30.0) -> bool:
        """Stop accepting, let every request that has begun be answered, and close.

        Every answer from now on says that the connection closes.  Idle connections are closed after
        `DRAIN_QUIET`, since a request may be on its way; a client that sent it in vain could not
        know whether it was handled.

        :param grace: seconds after which what is still running is cut off.
        :return: whether everything ended in time.
        """
        self.stop()
        self.keeps_alive = False
        if not self._connections:
            return True
        all_closed = self._expect_all_closed()
        self.sweep.set_interval(DRAIN_QUIET / 4)
        self.idle_deadline = DRAIN_QUIET
        for connection in tuple(self._connections):
            connection.end_soon()
        try:
            async with asyncio.timeout(grace):
                await all_closed.wait()
        except TimeoutError:
            await self.close_all_connections()
            return False
        return True

    async def serve_until_signal(self, grace: float = 30.0) -> None:
        """Serve until SIGINT or SIGTERM, then `drain`; a second signal cuts everything."""
        loop = asyncio.get_running_loop()
        told = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, told.set)
        try:
            await told.wait()
            told.clear()
            draining = asyncio.ensure_future(self.drain(grace))
            again = asyncio.ensure_future(told.wait())
            await asyncio.wait((draining, again), return_when=asyncio.FIRST_COMPLETED)
            if not draining.done():
                await self.close_all_connections()
            again.cancel()
            await draining
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _expect_all_closed(self) -> asyncio.Event:
        if self._all_closed is None or self._all_closed.is_set():
            self._all_closed = asyncio.Event()
        return self._all_closed

    async def close_all_connections(self) -> None:
        """Cut every connection, whatever it is doing."""
        if not self._connections:
            return
        all_closed = self._expect_all_closed()
        for connection in tuple(self._connections):
            connection.abort()
        await all_closed.wait()

    # What connections tell.

    def opened(self, connection: HTTP1Connection) -> None:
        """A connection has begun."""
        self._connections.add(connection)

    def closed(self, connection: HTTP1Connection) -> None:
        """A connection has ended, or does not speak HTTP any more."""
        self._connections.discard(connection)
        self.delegate.on_close(connection)
        if self._all_closed is not None and not self._connections:
            self._all_closed.set()

    def _prepare(self, loop: asyncio.AbstractEventLoop) -> None:
        if not hasattr(self, "sweep"):
            self.sweep = Sweep(loop, on_tick=self._tick)
            self._tick()
            self.idle_deadline = self.limits.idle_connection_timeout + self.sweep.interval

    def _tick(self) -> None:
        # RFC 9110 section 6.6.1; the wall clock is asked anew, so a change of it is followed.
        self.date_field = f"Date: {email.utils.formatdate(usegmt=True)}\r\n"

    async def _accept(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        def connect() -> asyncio.BaseProtocol:
            return cast(asyncio.BaseProtocol, HTTP1Connection(loop, self))

        timeout = self.limits.tls_handshake_timeout if self.ssl_options is not None else None
        listener = await loop.create_server(
            connect, sock=sock, ssl=self.ssl_options, ssl_handshake_timeout=timeout
        )
        self._listeners.append(listener)


def _changed(limits: Limits, bounds: dict[str, float | None]) -> Limits:
    known = {field.name for field in dataclasses.fields(Limits)}
    unknown = sorted(set(bounds) - known)
    if unknown:
        raise TypeError(
            f"HTTPServer has no argument {unknown[0]!r}; its limits are {', '.join(sorted(known))}"
        )
    given = {name: value for name, value in bounds.items() if value is not None}
    return dataclasses.replace(limits, **given)  # type: ignore[arg-type]  # checked by Limits
