"""From a listening socket to connections: accepting, the PROXY protocol, TLS.

Accepting is `zonda.iostream.Acceptor`'s, which neither spins nor floods the log when the process
has no descriptors left.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from zonda.ioloop import eager
from zonda.iostream import Acceptor

from .proxied import ProxiedConnection

if TYPE_CHECKING:
    from .server import HTTPServer

log = logging.getLogger("zonda.general")

# Seconds that the end of TLS may take: the peer has to answer a few bytes.
TLS_SHUTDOWN_TIMEOUT = 5.0


class Listener:
    """Accepts the connections of one listening socket for a server."""

    def __init__(
        self, server: HTTPServer, loop: asyncio.AbstractEventLoop, sock: socket.socket
    ) -> None:
        self._server = server
        self._loop = loop
        self.sock = sock
        self.beginning: set[asyncio.Task[None]] = set()
        self._acceptor = Acceptor(sock, self._accepted)

    def stop(self) -> None:
        """Accept what waits already, but nothing more, and close the socket.

        Who has connected believes to be heard; closing the socket would reset the connection.
        """
        self._acceptor.stop(take_waiting=True)
        self.sock.close()

    def _accepted(self, sock: socket.socket, address: object) -> None:
        started = eager.start(self._begin(sock))
        if isinstance(started, asyncio.Task):
            self.beginning.add(started)
            started.add_done_callback(self._begun)

    def _begun(self, task: asyncio.Task[None]) -> None:
        self.beginning.discard(task)
        self._server.check_all_closed()

    async def _begin(self, sock: socket.socket) -> None:
        server = self._server
        loop = self._loop
        kind = ProxiedConnection if server.proxy_protocol else server.connection_class
        context = None if server.proxy_protocol else server.ssl_context
        times: dict[str, float] = {}
        if context is not None:
            times["ssl_handshake_timeout"] = server.limits.tls_handshake_timeout
            times["ssl_shutdown_timeout"] = TLS_SHUTDOWN_TIMEOUT
        factory = cast("Callable[[], asyncio.Protocol]", lambda: kind(loop, server))
        try:
            await loop.connect_accepted_socket(factory, sock, ssl=context, **times)
        except OSError as error:
            # A peer that speaks no TLS, does not like our certificate, goes away or is silent.
            log.debug("A connection ended before its first request: %s", error)
            sock.close()
        except asyncio.CancelledError:
            sock.close()
            raise
