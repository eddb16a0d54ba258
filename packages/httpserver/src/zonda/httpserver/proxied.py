"""The beginning of a connection that comes through a proxy which says so: the PROXY protocol.

The header comes before everything else, also before TLS.  While it is awaited the connection
speaks no HTTP, so that a peer which sends anything else is cut off without an answer, as the
protocol's description asks for (section 2).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from zonda.http import HTTPInputError, ProxyHeader, parse_proxy_header
from zonda.ioloop import eager
from zonda.iostream import CloseReason, Connection, log_failed_handshake, start_tls

if TYPE_CHECKING:
    from .server import HTTPServer

log = logging.getLogger("zonda.general")


class ProxiedConnection(Connection):
    """Reads the header, and gives the transport on to a connection that speaks HTTP."""

    __slots__ = ("_buffer", "_encrypting", "_server")

    def __init__(self, loop: asyncio.AbstractEventLoop, server: HTTPServer) -> None:
        super().__init__(loop, server.sweep)
        self._server = server
        self._buffer = b""
        self._encrypting: asyncio.Future[None] | None = None

    def opened(self) -> None:
        """A proxy has connected."""
        self._server.adopt(self)
        self.expire_after(self._server.limits.header_timeout)

    def data_received(self, data: bytes) -> None:
        """Bytes of the proxy, and behind them of the client."""
        self._buffer += data
        try:
            header = parse_proxy_header(self._buffer)
        except HTTPInputError as error:
            log.info("Refused a connection: %s", error)
            self.abort()
            return
        if header is not None:
            self._buffer = self._buffer[header.consumed :]
            self._go_on(header)

    def unread(self) -> bytes:
        """What the client sent, as far as it is here."""
        left, self._buffer = self._buffer, b""
        return left

    def end_soon(self) -> None:
        """The server drains; no request has begun here."""
        self.deadline = self.sweep.now + self._server.idle_deadline

    def abort(
        self, reason: CloseReason = CloseReason.LOCAL, error: BaseException | None = None
    ) -> None:
        """End at once, also in the middle of the handshake."""
        if self._encrypting is not None:
            self._encrypting.cancel()
        else:
            super().abort(reason, error)

    def closed(self) -> None:
        """The connection has ended."""
        self._server.release(self)

    def _go_on(self, header: ProxyHeader) -> None:
        server = self._server
        successor = server.connection_class(self.loop, server, header.source)
        if server.ssl_context is None:
            self.hand_over(successor)
            server.release(self)
        else:
            transport, received = self.detach()
            encrypting = eager.start(self._encrypt(transport, received, successor))
            self._encrypting = encrypting if isinstance(encrypting, asyncio.Future) else None

    async def _encrypt(
        self, transport: asyncio.Transport, received: bytes, successor: Connection
    ) -> None:
        server = self._server
        assert server.ssl_context is not None
        waiting = _Waiting()
        transport.set_protocol(waiting)
        try:
            tls = await start_tls(
                transport,
                received,
                waiting,
                server.ssl_context,
                True,
                None,
                server.limits.tls_handshake_timeout,
            )
        except OSError as error:
            log_failed_handshake(error)
            transport.abort()
        else:
            tls.set_protocol(cast(asyncio.Protocol, successor))
            successor.connection_made(tls)
            waiting.replay(successor)
        finally:
            server.release(self)


class _Waiting(asyncio.Protocol):
    """Keeps what the client sends in one breath with the end of its handshake."""

    def __init__(self) -> None:
        self._received = b""
        self._lost: list[Exception | None] = []

    def data_received(self, data: bytes) -> None:
        self._received += data

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost.append(exc)

    def replay(self, successor: Connection) -> None:
        """Let *successor* have it."""
        if self._received and successor.is_open:
            successor.data_received(self._received)
        for error in self._lost:
            successor.connection_lost(error)
