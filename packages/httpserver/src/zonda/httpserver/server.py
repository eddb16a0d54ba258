"""`HTTPServer`: sockets in front, a delegate behind, connections between."""

from __future__ import annotations

import asyncio
import functools
import logging
import math
import signal
import socket
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, Protocol, cast

from zonda.http import (
    HTTPConnection,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    format_timestamp,
)
from zonda.ioloop import IOLoop
from zonda.iostream import Sweep, bind_sockets

from .connection import HTTP1Connection
from .limits import Limits, changed
from .listener import Listener

if TYPE_CHECKING:
    import ssl

    from zonda.http import TrustedProxies
    from zonda.iostream import IOStream, ServerCertificates

    from .tls import TLSSource

app_log = logging.getLogger("zonda.application")

# Seconds for which an idle connection stays open while the server drains: longer than a request
# takes from one side of an ocean to the other.
DRAIN_QUIET: Final = 0.2

RequestCallback = HTTPServerConnectionDelegate | Callable[[HTTPServerRequest], None]


class Ending(Protocol):
    """What a server asks of a connection that it is to end some day.

    One that takes a transport over (`HTTP1Connection.detach`) registers with
    ``connection.server.adopt(self)`` and takes its leave with ``release``.
    """

    def end_soon(self) -> None:
        """The server drains: come to an end in an orderly way (a websocket closes with 1001)."""

    def abort(self) -> None:
        """The time is over: end at once."""


class HTTPServer:
    """Serves HTTP/1.1 on any number of sockets.

    :param request_callback: an `~zonda.http.HTTPServerConnectionDelegate`, as
        `zonda.web.Application` is one, or a function that is called with each whole
        `~zonda.http.HTTPServerRequest`.
    :param no_keep_alive: close the connection after each answer.
    :param xheaders: believe ``X-Real-IP`` or ``X-Forwarded-For``, and ``X-Scheme`` or
        ``X-Forwarded-Proto``: only where a proxy in front sets or removes them all.  A
        `~zonda.http.TrustedProxies` says more exactly whom to believe what.
    :param ssl_options: serve TLS: a dictionary (``certfile``, ``keyfile``, ``ca_certs``,
        ``cert_reqs``, ``ciphers``), `~zonda.iostream.ServerCertificates` for several names, or a
        context that is taken as it is; None serves plain HTTP.
    :param protocol: what to report as ``request.protocol`` where a proxy in front ends TLS.
    :param decompress_request: decompress bodies with a ``Content-Encoding``; `max_body_size`
        counts for what they become.
    :param chunk_size: see `Limits`; so are ``max_header_size``, ``idle_connection_timeout``,
        ``body_timeout``, ``max_body_size`` and all other keywords.
    :param max_buffer_size: the ``max_body_size`` where none is given: bodies are what a
        connection keeps.
    :param trusted_downstream: addresses and networks of proxies between the nearest one and the
        client, for *xheaders*.
    :param proxy_protocol: every connection begins with a PROXY protocol header (version 1 or 2);
        only for ports that nobody but the proxy can reach.
    :param access_log: log a line for each request there, whoever answers it; `zonda.web` has an
        access log of its own.
    :param limits: all bounds at once; keyword arguments change single ones.
    """

    connection_class: type[HTTP1Connection] = HTTP1Connection

    def __init__(
        self,
        request_callback: RequestCallback,
        no_keep_alive: bool = False,
        xheaders: bool | TrustedProxies = False,
        ssl_options: TLSSource | None = None,
        protocol: str | None = None,
        decompress_request: bool = False,
        chunk_size: int | None = None,
        max_header_size: int | None = None,
        idle_connection_timeout: float | None = None,
        body_timeout: float | None = None,
        max_body_size: int | None = None,
        max_buffer_size: int | None = None,
        trusted_downstream: Iterable[str] | None = None,
        *,
        proxy_protocol: bool = False,
        access_log: logging.Logger | None = None,
        limits: Limits | None = None,
        **bounds: float | None,
    ) -> None:
        if isinstance(request_callback, HTTPServerConnectionDelegate):
            self.delegate = request_callback
        else:
            from .callback import CallbackDelegate

            self.delegate = CallbackDelegate(request_callback)
        self.limits = changed(
            limits or Limits(),
            chunk_size=chunk_size,
            max_header_size=max_header_size,
            idle_connection_timeout=idle_connection_timeout,
            body_timeout=body_timeout,
            max_body_size=max_buffer_size if max_body_size is None else max_body_size,
            **bounds,
        )
        self.protocol = protocol
        self.keeps_alive = not no_keep_alive
        self.proxy_protocol = proxy_protocol
        self.access_log = access_log
        if access_log is not None:
            from .logged import LoggedConnection

            self.connection_class = LoggedConnection
        self._certificates: ServerCertificates | ssl.SSLContext | None = None
        self.ssl_context: ssl.SSLContext | None = None
        if ssl_options is not None:
            from .tls import context_of, server_certificates

            self._certificates = server_certificates(ssl_options)
            self.ssl_context = context_of(self._certificates)
        self.proxies = _proxies(xheaders, trusted_downstream or ())
        self.start_request = self._make_start_request(decompress_request)
        self.date_field = ""
        self.idle_deadline = math.inf
        self._connections: set[Ending] = set()
        self._listeners: list[Listener] = []
        self._beginning: list[Listener] = []
        self._pending: list[socket.socket] = []
        self._draining = False
        self._all_closed: asyncio.Event | None = None
        self.sweep: Sweep

    def _make_start_request(
        self, decompress_request: bool
    ) -> Callable[[object, HTTPConnection], HTTPMessageDelegate]:
        """What a connection calls with each request; what is not wanted costs nothing."""
        start = self.delegate.start_request
        if not self.delegate.separates_requests:
            from .own_variables import with_own_variables

            start = functools.partial(with_own_variables, start)
        if decompress_request:
            from .decompressing import decompressing

            start = functools.partial(decompressing, start)
        if self.proxies is not None:
            start = functools.partial(_behind_proxies, self.proxies, start)
        return start

    # Listening.

    def listen(
        self,
        port: int,
        address: str | None = None,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        backlog: int = 1024,
        flags: int | None = None,
        reuse_port: bool = False,
    ) -> list[socket.socket]:
        """Bind *port* and serve on it as soon as the event loop runs.

        :param port: 0 takes a free one; see the result.
        :param address: a host name or address; None or an empty text is all interfaces.
        :param backlog: connections that may wait to be accepted.
        :return: the listening sockets.
        :raises OSError: the address cannot be bound; the message names it.
        """
        sockets = bind_sockets(port, address, family, backlog, flags, reuse_port)
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
            self._listeners.append(Listener(self, loop, sock))
        self.delegate.on_serve(self)

    def add_socket(self, socket: socket.socket) -> None:
        """Serve on one listening socket, also a Unix one (`zonda.iostream.bind_unix_socket`)."""
        self.add_sockets([socket])

    async def handle_stream(self, stream: IOStream, address: object = None) -> None:
        """Serve the peer of a *stream* that somebody else has connected; it is the server's then.

        :param stream: over a socket, TLS or memory (`zonda.iostream.stream_pair`).
        :param address: the peer's, where the stream cannot tell; requests report it.
        :raises StreamClosedError: the stream has ended.
        """
        from zonda.iostream import SSLIOStream

        if isinstance(stream, SSLIOStream):
            await stream.wait_for_handshake()
        else:
            await stream.write(b"")  # it takes its socket up
        loop = asyncio.get_running_loop()
        self._prepare(loop)
        transport, received = stream.detach()
        connection = self.connection_class(loop, self, address)
        transport.set_protocol(cast(asyncio.BaseProtocol, connection))
        connection.connection_made(transport)
        if received:
            connection.data_received(received)
        transport.resume_reading()

    def bind(
        self,
        port: int,
        address: str | None = None,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        backlog: int = 1024,
        flags: int | None = None,
        reuse_port: bool = False,
    ) -> None:
        """Bind *port* without serving yet; `start` does."""
        self._pending.extend(bind_sockets(port, address, family, backlog, flags, reuse_port))

    def start(self, num_processes: int | None = 1, max_restarts: int | None = None) -> None:
        """Serve on what `bind` bound, in this process or in several.

        With more than one process this is `~zonda.iostream.fork_processes`: the parent watches
        over its workers and does not return, and no event loop may have been made yet.  In a
        worker SIGTERM drains the server and then stops the current `~zonda.ioloop.IOLoop`, unless
        the program handles that signal itself.  `serve` does more.

        :param num_processes: None or below 1 is one for each processor.
        :param max_restarts: how many workers may be restarted before the parent gives up.
        :raises RuntimeError: several processes, but an event loop is running.
        """
        if num_processes != 1:
            from zonda.iostream import fork_processes

            fork_processes(num_processes, max_restarts, on_stop=self.stop)
        pending, self._pending = self._pending, []
        self.add_sockets(pending)
        if num_processes != 1 and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            loop = IOLoop.current()
            loop.asyncio_loop.add_signal_handler(
                signal.SIGTERM, loop.add_callback, self._drain_and_stop, loop
            )

    async def _drain_and_stop(self, loop: IOLoop) -> None:
        await self.drain()
        loop.stop()

    @property
    def sockets(self) -> list[socket.socket]:
        """The listening sockets."""
        return [listener.sock for listener in self._listeners]

    @property
    def connection_count(self) -> int:
        """How many connections are open, with those that speak another protocol now."""
        return len(self._connections)

    async def reload_certificates(self) -> bool:
        """Read the certificates again if their files have changed; open connections go on.

        :return: whether there are new ones.
        :raises RuntimeError: there are none, or the program made the TLS context itself.
        :raises OSError: a file that is missing or does not fit (`ssl.SSLError`); the former
            certificates are used on.
        """
        from zonda.iostream import ServerCertificates

        if not isinstance(self._certificates, ServerCertificates):
            raise RuntimeError("only certificates that were given by file names can be read again")
        return await asyncio.to_thread(self._certificates.reload_if_changed)

    # Ending.

    def stop(self) -> None:
        """Accept no more connections; those that are open go on."""
        self._beginning = self._listeners
        self._listeners = []
        for listener in self._beginning:
            listener.stop()
        for sock in self._pending:
            sock.close()
        self._pending.clear()

    async def drain(self, grace: float = 30.0) -> bool:
        """Stop accepting, let every request that has begun be answered, and close.

        Every answer from now on says that the connection closes.  Idle connections are closed after
        `DRAIN_QUIET`, since a request may be on its way; a client that sent it in vain could not
        know whether it was handled.  Connections that speak another protocol now are asked to end;
        websockets close with 1001.

        :param grace: seconds after which what is still running is cut off.
        :return: whether everything ended in time.
        """
        self._draining = True
        self.keeps_alive = False
        self.stop()
        if self._are_all_closed():
            return True
        self._all_closed = asyncio.Event()
        self.sweep.set_interval(DRAIN_QUIET / 4)
        self.idle_deadline = DRAIN_QUIET
        for connection in tuple(self._connections):
            connection.end_soon()
        try:
            async with asyncio.timeout(grace):
                while not self._are_all_closed():
                    await self._all_closed.wait()
                    self._all_closed.clear()
        except TimeoutError:
            await self.close_all_connections()
            return False
        return True

    async def serve_until_signal(self, grace: float = 30.0) -> None:
        """Serve until SIGINT or SIGTERM, then `drain`; a second signal cuts everything.

        SIGHUP reads the certificates again, where they were given by file names.
        """
        from .termination import drain_when, termination

        with termination(self) as told:
            await drain_when(told, self, grace)

    async def close_all_connections(self) -> None:
        """Cut every connection, whatever it is doing."""
        if self._are_all_closed():
            return
        all_closed = self._all_closed = self._all_closed or asyncio.Event()
        for connection in tuple(self._connections):
            connection.abort()
        # Of a connection whose beginning is cancelled just when it has begun, uvloop would never
        # tell that it has ended: let these begin first.
        await asyncio.sleep(0)
        for listener in (*self._beginning, *self._listeners):
            for task in tuple(listener.beginning):
                task.cancel()
        for connection in tuple(self._connections):
            connection.abort()
        while not self._are_all_closed():
            all_closed.clear()
            await all_closed.wait()

    # What connections tell.

    def adopt(self, connection: Ending) -> None:
        """Know *connection*, and end it when the server ends."""
        self._connections.add(connection)
        if self._draining:
            asyncio.get_running_loop().call_soon(self._end_late, connection)

    def release(self, connection: Ending) -> None:
        """Forget *connection*; one that is not known is ignored."""
        self._connections.discard(connection)
        self.check_all_closed()

    def closed(self, connection: HTTP1Connection) -> None:
        """A connection has ended, or does not speak HTTP any more."""
        try:
            self.delegate.on_close(connection)
        except Exception:
            app_log.exception("Uncaught exception in on_close")
        self.release(connection)

    def check_all_closed(self) -> None:
        """Wake whoever waits for the last connection, if it has ended."""
        if self._all_closed is not None and self._are_all_closed():
            self._all_closed.set()

    def _are_all_closed(self) -> bool:
        return not self._connections and not any(one.beginning for one in self._beginning)

    def _end_late(self, connection: Ending) -> None:
        if connection in self._connections:
            connection.end_soon()

    def _prepare(self, loop: asyncio.AbstractEventLoop) -> None:
        if not hasattr(self, "sweep"):
            self.sweep = Sweep(loop, on_tick=self._tick)
            self._tick()
            self.idle_deadline = self.limits.idle_connection_timeout + self.sweep.interval

    def _tick(self) -> None:
        # RFC 9110 section 6.6.1; the wall clock is asked anew, so a change of it is followed.
        self.date_field = f"Date: {format_timestamp(time.time())}\r\n"


def _proxies(xheaders: bool | TrustedProxies, networks: Iterable[str]) -> TrustedProxies | None:
    if not xheaders:
        return None
    from zonda.http import TrustedProxies

    return xheaders if isinstance(xheaders, TrustedProxies) else TrustedProxies(networks)


def _behind_proxies(
    proxies: TrustedProxies,
    start: Callable[[object, HTTPConnection], HTTPMessageDelegate],
    server_conn: object,
    request_conn: HTTPConnection,
) -> HTTPMessageDelegate:
    assert isinstance(request_conn, HTTP1Connection)
    request_conn.apply_forwarding(proxies)
    return start(server_conn, request_conn)
