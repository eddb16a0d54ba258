"""Streams over sockets, plain and with TLS, on the event loop's own transports.

A stream takes its socket up at the first use: the loop makes a transport of it, which takes some
turns; reads and writes that come earlier wait.  From then on the socket belongs to the stream.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine, Mapping
from socket import AF_INET, AF_INET6, IPPROTO_TCP, TCP_NODELAY
from socket import socket as Socket
from typing import Any, Self, final

from .connection import CLOSE_TIMEOUT, CloseReason, State
from .errors import StreamBusyError, StreamClosedError
from .failed_handshakes import log_failed_handshake
from .failing import fail
from .starttls import TLS_HANDSHAKE_TIMEOUT, check_name, start_tls
from .stream import BaseIOStream
from .tls_context import SSLOptions, default_client_context, ssl_options_to_context
from .tls_socket import TLSSocket

Address = tuple[Any, ...] | str | bytes
AnySSLOptions = SSLOptions | Mapping[str, object] | ssl.SSLContext


class IOStream(BaseIOStream):
    """A stream over a stream socket (TCP, Unix).

    :param socket: the socket, connected already or to be connected with `connect`; or an open
        asyncio transport, whose protocol the stream becomes; or another stream that is to end here.
    :param received: bytes that were received before and are to be read first; with a transport.
    :ivar socket: the socket, for asking; None over a transport that has none.

    The other arguments are those of `BaseIOStream`.
    """

    socket: Any
    _server_hostname: str | None = None

    def __init__(
        self,
        socket: Socket | asyncio.Transport | IOStream,
        max_buffer_size: int | None = None,
        read_chunk_size: int | None = None,
        max_write_buffer_size: int | None = None,
        *,
        received: bytes = b"",
    ) -> None:
        super().__init__(max_buffer_size, read_chunk_size, max_write_buffer_size)
        self._opening: asyncio.Task[None] | None = None
        self._wait_for_opening: list[asyncio.Future[Any]] = []
        self._own_socket: Socket | None = None
        self._former: IOStream | None = None
        if isinstance(socket, IOStream):
            self._succeed(socket)
        elif isinstance(socket, Socket):
            socket.setblocking(False)
            self.socket = self._own_socket = socket
        elif hasattr(socket, "get_extra_info"):
            self.socket = socket.get_extra_info("socket")
            self._adopt(socket, received)
        else:
            raise TypeError(f"a stream takes a socket, a transport or a stream, not {socket!r}")

    @staticmethod
    def from_transport(
        transport: asyncio.Transport,
        received: bytes = b"",
        max_buffer_size: int | None = None,
        read_chunk_size: int | None = None,
        max_write_buffer_size: int | None = None,
    ) -> IOStream:
        """An `SSLIOStream` when *transport* encrypts, else an `IOStream`."""
        kind = IOStream if transport.get_extra_info("ssl_object") is None else SSLIOStream
        return kind(
            transport,
            max_buffer_size,
            read_chunk_size,
            max_write_buffer_size,
            received=received,
        )

    def fileno(self) -> int:
        """The socket's file descriptor; -1 when it is closed or there is none."""
        return -1 if self.socket is None else int(self.socket.fileno())

    def close_fd(self) -> None:
        if self._own_socket is not None:
            self._own_socket.close()

    def set_nodelay(self, value: bool) -> None:
        if self.socket is not None and self.socket.family in (AF_INET, AF_INET6):
            self.socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, value)

    @final
    def connect(self, address: Address, server_hostname: str | None = None) -> asyncio.Future[Self]:
        """Connect the socket to *address*; the result is the stream itself.

        Cancelling the future closes the stream.  What is written before waits until then.

        :param address: as for `socket.socket.connect`.  A host name is looked up by the event
            loop; `TCPClient` also tries all of its addresses.
        :param server_hostname: over TLS, the name to verify; by default the host of *address*.
        :raises StreamBusyError: the stream is connected, or being connected.

        The future fails with a `StreamClosedError`, whose ``real_error`` is what the system said,
        or with the `ssl.SSLError` of a TLS handshake that failed.
        """
        if self._begun or self._own_socket is None:
            raise StreamBusyError("the stream is connected already, or being connected")
        host = address[0] if isinstance(address, tuple) else None
        self._server_hostname = server_hostname or self._server_hostname or host
        self._connection.sends_early = False
        return self._open(self._connect(self._own_socket, address))

    @final
    def start_tls(
        self,
        server_side: bool,
        ssl_options: AnySSLOptions | None = None,
        server_hostname: str | None = None,
    ) -> asyncio.Future[SSLIOStream]:
        """Go on with TLS (STARTTLS); the result is a new stream, this one has ended.

        Bytes that have been received but not read are part of the handshake: nothing that was
        sent in the clear is ever read from the new stream.  Cancelling the future closes it.

        :param ssl_options: see `ssl_options_to_context`; a server needs a certificate, a client
            verifies by default.
        :param server_hostname: the name that a client verifies.
        :raises StreamBusyError: a read or a write waits.
        :raises StreamClosedError: the stream is closed, or was never connected.

        The future fails as that of `connect` does.
        """
        stream = SSLIOStream(
            self,
            self.max_buffer_size,
            self.read_chunk_size,
            self.max_write_buffer_size,
            ssl_options=ssl_options,
            server_side=server_side,
            server_hostname=server_hostname,
        )
        opened = stream._when_opened()
        opened.add_done_callback(stream._give_up_if_cancelled)
        return opened

    @final
    def detach(self) -> tuple[asyncio.Transport, bytes]:
        """Give the transport away, paused, with the bytes that were received and not read.

        Whoever takes it sets its own protocol before the loop runs again, then resumes reading.

        :raises StreamBusyError: a read or a write waits.
        :raises StreamClosedError: there is no open transport.
        """
        self._check_idle("be detached")
        detached = self._connection.detach()
        self._let_go()
        return detached

    # Opening.

    def _begin(self) -> None:
        """Take up a socket that is connected; one that is not waits for `connect`."""
        if self._own_socket is not None and _is_connected(self._own_socket):
            self._open(self._attach(self._own_socket))

    def _open(self, opening: Coroutine[Any, Any, None]) -> asyncio.Future[Self]:
        self._take_up()
        self._opening = self._loop.create_task(opening)
        self._opening.add_done_callback(self._opening_done)
        opened = self._when_opened()
        opened.add_done_callback(self._give_up_if_cancelled)
        return opened

    async def _attach(self, socket: Socket) -> None:
        await self._loop.connect_accepted_socket(self._protocol, socket)

    def _protocol(self) -> asyncio.Protocol:
        return self._connection.protocol

    async def _connect(self, socket: Socket, address: Address) -> None:
        await self._loop.sock_connect(socket, address)
        await self._attach(socket)

    def _when_opened(self) -> asyncio.Future[Self]:
        opened: asyncio.Future[Self] = self._loop.create_future()
        self._wait_for_opening.append(opened)
        return opened

    def _opened(self) -> None:
        waiting, self._wait_for_opening = self._wait_for_opening, []
        for opened in waiting:
            if not opened.done():
                opened.set_result(self)

    def _opening_done(self, opening: asyncio.Task[None]) -> None:
        self._opening = None
        error = None if opening.cancelled() else opening.exception()
        if self._connection.state is State.NEW:
            self._connection.abandon(CloseReason.ERROR, error)
        if self._connection.state is State.CLOSED:
            self.close_fd()
        if self._former is not None:
            self._former._connection.abort()  # not passed on in time
            self._former = None

    def _give_up_if_cancelled(self, opened: asyncio.Future[Self]) -> None:
        if opened.cancelled():
            self.close()

    def _ended(self) -> None:
        error = self._connection.error
        if isinstance(error, ssl.SSLError) and not self._connection.has_opened:
            log_failed_handshake(error)
        waiting, self._wait_for_opening = self._wait_for_opening, []
        for opened in waiting:
            fail(opened, error if isinstance(error, ssl.SSLError) else StreamClosedError(error))
        given_up = self._connection.state is State.CLOSED and not self._loop.is_closed()
        if self._opening is not None and given_up:
            self._opening.cancel()
        super()._ended()

    # Passing the connection on.

    def _succeed(self, former: IOStream) -> None:
        """Take over what *former* has; it ends without closing anything."""
        former._check_idle("be passed on")
        self.socket = former.socket
        self._own_socket = former._own_socket
        self._close_callback, former._close_callback = former._close_callback, None
        self._left, former._left = former._left, None
        begun = former._begun
        former._connection.pause_reading()
        former._let_go()
        if begun:
            self._former = former
            self._open(self._go_on(former))
        else:
            self._begin()
        if self._close_callback is not None:
            self._connection.watch()

    async def _go_on(self, former: IOStream) -> None:
        self._adopt(*await former._release())

    async def _release(self) -> tuple[asyncio.Transport, bytes]:
        if self._opening is not None:
            await self._opening  # which is cancelled with us
        return self._connection.detach()

    def _let_go(self) -> None:
        """Whatever happens to the socket now is not this stream's business."""
        self._begun = True
        self._connection.on_ended = None
        self._connection.end_waiting()
        self._leave()

    def _check_idle(self, verb: str) -> None:
        if self.reading() or self.writing():
            raise StreamBusyError(f"a stream cannot {verb} while a read or a write waits")
        if self._connection.ended:
            raise StreamClosedError(self._connection.error)


class SSLIOStream(IOStream):
    """A stream over a socket with TLS.

    :param socket: as for `IOStream`; or an `ssl.SSLSocket` whose handshake has not begun
        (`ssl_wrap_socket`), whose settings are taken over.  A transport must encrypt already, on a
        stream TLS begins (see `IOStream.start_tls`).
    :param ssl_options: see `ssl_options_to_context`; by default those of a client that verifies.
    :param server_side: whether a connected *socket* is the server's side.
    :param server_hostname: the name that a client verifies when *socket* is connected already.
    :raises ValueError: an `ssl.SSLSocket` that has begun its handshake, a transport without TLS.

    The other arguments are those of `IOStream`.  Once the socket is connected the handshake begins
    by itself.
    """

    def __init__(
        self,
        socket: Socket | asyncio.Transport | IOStream,
        max_buffer_size: int | None = None,
        read_chunk_size: int | None = None,
        max_write_buffer_size: int | None = None,
        *,
        received: bytes = b"",
        ssl_options: AnySSLOptions | None = None,
        server_side: bool = False,
        server_hostname: str | None = None,
    ) -> None:
        if isinstance(socket, ssl.SSLSocket):
            ssl_options, server_side = socket.context, socket.server_side
            server_hostname = socket.server_hostname or server_hostname
            socket = _unwrapped(socket)
        if ssl_options is None:
            self._context = default_client_context()
        else:
            self._context = ssl_options_to_context(ssl_options, server_side)
        self._server_side = server_side
        self._server_hostname = server_hostname
        self._handshake: asyncio.Future[Self] | None = None
        if not isinstance(socket, Socket | IOStream):
            _check_encrypts(socket)
        super().__init__(
            socket, max_buffer_size, read_chunk_size, max_write_buffer_size, received=received
        )
        self.socket = TLSSocket(self.socket, self._tls_object)
        if not self._begun:
            self._begin()

    @final
    def wait_for_handshake(self) -> asyncio.Future[Self]:
        """Wait until the TLS handshake is done; the result is the stream itself.

        :raises StreamBusyError: somebody waits for it already.

        The future fails as that of `IOStream.connect` does.
        """
        if self._handshake is not None and not self._handshake.done():
            raise StreamBusyError("somebody waits for the handshake already")
        self._handshake = self._when_opened()
        if self._connection.ended:
            self._ended()
        elif self._connection.state is State.OPEN:
            self._opened()
        return self._handshake

    async def _attach(self, socket: Socket) -> None:
        options: dict[str, Any] = {
            "ssl": self._context,
            "ssl_handshake_timeout": TLS_HANDSHAKE_TIMEOUT,
            "ssl_shutdown_timeout": CLOSE_TIMEOUT,
        }
        if self._server_side:
            await self._loop.connect_accepted_socket(self._protocol, socket, **options)
        else:
            host = self._server_hostname or ""
            check_name(self._context, self._server_hostname)
            await self._loop.create_connection(
                self._protocol, sock=socket, server_hostname=host, **options
            )

    async def _go_on(self, former: IOStream) -> None:
        transport, received = await former._release()
        tls = await start_tls(
            transport,
            received,
            self._connection.protocol,
            self._context,
            self._server_side,
            self._server_hostname,
        )
        self._connection.connection_made(tls)

    def _tls_object(self) -> ssl.SSLObject | None:
        if self._connection.state is State.NEW:
            return None
        found: ssl.SSLObject | None = self._connection.transport.get_extra_info("ssl_object")
        return found


def _is_connected(socket: Socket) -> bool:
    try:
        socket.getpeername()
    except OSError:
        return False
    return True


def _check_encrypts(transport: asyncio.Transport) -> None:
    if transport.get_extra_info("ssl_object") is None:
        raise ValueError(f"{transport!r} does not encrypt: make an IOStream of it, then start_tls")


def _unwrapped(socket: ssl.SSLSocket) -> Socket:
    """The plain socket below *socket*."""
    if socket.version() is not None:
        raise ValueError(
            "the TLS handshake of this socket has begun: wrap it with do_handshake_on_connect=False"
        )
    return Socket(fileno=socket.detach())
