"""From a listening socket to connections: accepting, the PROXY protocol, TLS.

Accepting is `zonda.iostream.Acceptor`'s, which neither spins nor floods the log when the process
has no descriptors left.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from zonda.ioloop import eager
from zonda.iostream import Acceptor, task_id

if TYPE_CHECKING:
    from .server import HTTPServer

# Seconds that the end of TLS may take: the peer has to answer a few bytes.
TLS_SHUTDOWN_TIMEOUT = 5.0


Beginning = asyncio.Future[tuple[asyncio.Transport, asyncio.Protocol]]


class Listener:
    """Accepts the connections of one listening socket for a server."""

    def __init__(
        self, server: HTTPServer, loop: asyncio.AbstractEventLoop, sock: socket.socket
    ) -> None:
        self._server = server
        self._loop = loop
        self.sock = sock
        self.beginning: set[Beginning] = set()
        kind: Callable[..., object] = server.connection_class
        if server.proxy_protocol:
            from .proxied import ProxiedConnection

            kind = ProxiedConnection
        self._make = cast("Callable[[], asyncio.Protocol]", partial(kind, loop, server))
        self._options: dict[str, Any] = {}
        if server.ssl_context is not None and not server.proxy_protocol:
            self._options = {
                "ssl": server.ssl_context,
                "ssl_handshake_timeout": server.limits.tls_handshake_timeout,
                "ssl_shutdown_timeout": TLS_SHUTDOWN_TIMEOUT,
            }
        if task_id() is None:
            self._acceptor = Acceptor(sock, self._accepted)
        else:  # other workers may accept on the same socket
            self._acceptor = Acceptor(sock, self._accepted, batch=1)

    def stop(self) -> None:
        """Accept what waits already, but nothing more, and close the socket.

        Who has connected believes to be heard; closing the socket would reset the connection.
        """
        self._acceptor.stop(take_waiting=True)
        self.sock.close()

    def _accepted(self, sock: socket.socket, address: object) -> None:
        loop = self._loop
        beginning = eager.start(loop.connect_accepted_socket(self._make, sock, **self._options))
        if isinstance(beginning, asyncio.Future):
            self.beginning.add(beginning)
            beginning.add_done_callback(self._begun)

    def _begun(self, beginning: Beginning) -> None:
        """The connection speaks HTTP now, or has failed, which its transport has dealt with."""
        self.beginning.discard(beginning)
        if not beginning.cancelled():
            error = beginning.exception()
            if error is not None:
                # A peer that speaks no TLS, does not like our certificate, is silent or gone.
                from zonda.iostream import log_failed_handshake

                log_failed_handshake(error)
        self._server.check_all_closed()
