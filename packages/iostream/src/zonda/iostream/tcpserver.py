"""Serving streams on TCP and Unix sockets."""

from __future__ import annotations

import asyncio
import logging
import socket
import weakref
from collections.abc import Awaitable, Iterable
from typing import Any

from .acceptor import Acceptor
from .certificates import ServerCertificates
from .errors import StreamClosedError
from .event_loop import event_loop
from .listening import DEFAULT_BACKLOG, bind_sockets
from .process import fork_processes
from .socket_stream import AnySSLOptions, IOStream, SSLIOStream
from .tls_context import ssl_options_to_context

logger = logging.getLogger("zonda.application")


class TCPServer:
    """A server whose connections arrive as streams; subclass it and implement `handle_stream`.

    Three ways to start it: `listen` in one process; `bind_sockets`, `fork_processes` and then
    `add_sockets` in several; or `bind` and `start`, which do the same.

    :param ssl_options: serve TLS with this: an `ssl.SSLContext`, a dictionary (see
        `ssl_options_to_context`) with at least ``certfile``, or `ServerCertificates`.
    :param max_buffer_size: for the streams, see `BaseIOStream`.
    :param read_chunk_size: for the streams, see `BaseIOStream`.
    :param max_connections: the most streams at a time; further connections wait in the backlog.
        By default only the number of file descriptors of the process limits it.
    :raises ValueError: the dictionary is not usable, or *max_connections* is below 1.
    """

    def __init__(
        self,
        ssl_options: AnySSLOptions | ServerCertificates | None = None,
        max_buffer_size: int | None = None,
        read_chunk_size: int | None = None,
        *,
        max_connections: int | None = None,
    ) -> None:
        if max_connections is not None and max_connections < 1:
            raise ValueError(f"max_connections must be at least 1, not {max_connections}")
        self._context = None if ssl_options is None else _server_side_context(ssl_options)
        self.max_buffer_size = max_buffer_size
        self.read_chunk_size = read_chunk_size
        self.max_connections = max_connections
        self._acceptors: dict[socket.socket, Acceptor] = {}
        self._bound: list[socket.socket] = []
        # Weak, so that a stream nobody wanted is closed by the garbage collector.
        self._streams: set[weakref.ref[IOStream]] = set()
        self._handlers: set[asyncio.Future[None]] = set()
        self._nobody_left: asyncio.Future[None] | None = None

    def handle_stream(self, stream: IOStream, address: Any) -> Awaitable[None] | None:
        """Do what the server is for; called with each new stream.

        A coroutine runs in a task of its own.  When it fails, the error is logged and the stream
        closed; that the peer ended the stream (`StreamClosedError`) is no failure.  When it
        returns, the stream stays as it is: close it, or keep it.  Over TLS the handshake may not
        be done yet, see `SSLIOStream.wait_for_handshake`.

        :param address: the peer's, as `socket.socket.accept` gives it.
        """
        raise NotImplementedError("a TCPServer is subclassed and implements handle_stream()")

    # Starting.

    def listen(
        self,
        port: int,
        address: str | None = None,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        backlog: int = DEFAULT_BACKLOG,
        flags: int | None = None,
        reuse_port: bool = False,
    ) -> None:
        """Accept connections on *port* from now on; the parameters are those of `bind_sockets`.

        May be called several times for several ports.
        """
        self.add_sockets(bind_sockets(port, address, family, backlog, flags, reuse_port))

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Accept connections on these listening sockets, which the server owns from now on."""
        for sock in sockets:
            self.add_socket(sock)

    def add_socket(self, socket: socket.socket) -> None:
        """Accept connections on this listening socket, which the server owns from now on."""
        self._acceptors[socket] = Acceptor(socket, self._accepted)
        self._respect_limit()

    def bind(
        self,
        port: int,
        address: str | None = None,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        backlog: int = DEFAULT_BACKLOG,
        flags: int | None = None,
        reuse_port: bool = False,
    ) -> None:
        """Take the port now and accept connections from `start` on."""
        self._bound += bind_sockets(port, address, family, backlog, flags, reuse_port)

    def start(self, num_processes: int | None = 1, max_restarts: int | None = None) -> None:
        """Accept connections on what `bind` took, in one process or in several.

        :param num_processes: above 1 so many, None or below 1 one for each processor, by
            `fork_processes`; then no event loop may run yet.
        :param max_restarts: for `fork_processes`.
        """
        if num_processes != 1:
            fork_processes(num_processes, max_restarts, on_stop=self.stop)
        bound, self._bound = self._bound, []
        self.add_sockets(bound)

    # Stopping.

    def stop(self) -> None:
        """Accept no more and close the listening sockets; streams that are open go on."""
        acceptors, self._acceptors = self._acceptors, {}
        for sock, acceptor in acceptors.items():
            acceptor.stop()
            sock.close()
        for sock in self._bound:
            sock.close()
        self._bound.clear()

    async def drain(self, timeout: float) -> None:
        """`stop`, wait until all streams have ended, and close those that take too long.

        :param timeout: seconds to wait; 0 closes all of them now.
        """
        self.stop()
        if self._streams and timeout > 0:
            self._nobody_left = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._nobody_left], timeout=timeout)
            self._nobody_left = None
        for reference in list(self._streams):
            stream = reference()
            if stream is not None:
                stream.close()
        for handler in list(self._handlers):
            handler.cancel()

    @property
    def connections(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    # What an acceptor calls.

    def _accepted(self, connection: socket.socket, address: Any) -> None:
        stream = self._make_stream(connection)
        reference = weakref.ref(stream, self._forget)
        self._streams.add(reference)
        stream._left = lambda: self._forget(reference)
        self._respect_limit()
        handling = self.handle_stream(stream, address)
        if handling is not None:
            task = asyncio.ensure_future(handling, loop=event_loop())
            self._handlers.add(task)
            task.add_done_callback(lambda done: self._handled(done, stream, address))

    def _make_stream(self, connection: socket.socket) -> IOStream:
        if self._context is None:
            return IOStream(connection, self.max_buffer_size, self.read_chunk_size)
        return SSLIOStream(
            connection,
            self.max_buffer_size,
            self.read_chunk_size,
            ssl_options=self._context,
            server_side=True,
        )

    def _handled(self, handler: asyncio.Future[None], stream: IOStream, address: Any) -> None:
        self._handlers.discard(handler)
        if handler.cancelled():
            stream.close()
            return
        error = handler.exception()
        if error is None:
            return
        stream.close(error)
        if not isinstance(error, StreamClosedError):
            logger.error("Exception in callback handle_stream for %r", address, exc_info=error)

    def _forget(self, reference: weakref.ref[IOStream]) -> None:
        self._streams.discard(reference)
        self._respect_limit()
        if not self._streams and self._nobody_left is not None and not self._nobody_left.done():
            self._nobody_left.set_result(None)

    def _respect_limit(self) -> None:
        if self.max_connections is None:
            return
        full = len(self._streams) >= self.max_connections
        for acceptor in self._acceptors.values():
            acceptor.pause() if full else acceptor.resume()


def _server_side_context(ssl_options: AnySSLOptions | ServerCertificates) -> Any:
    if isinstance(ssl_options, ServerCertificates):
        return ssl_options.context
    if isinstance(ssl_options, dict) and "certfile" not in ssl_options:
        raise ValueError("ssl_options of a server must have a certfile")
    return ssl_options_to_context(ssl_options, server_side=True)
