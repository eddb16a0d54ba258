"""Where a connection comes from, as its requests see it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping


class PeerContext:
    """The other end of a transport.

    :ivar remote_ip: the peer's address; ``0.0.0.0`` for a socket that has none (Unix sockets).
    :ivar protocol: ``https`` behind TLS, else ``http``.
    :ivar address: what the socket says of its peer.
    """

    __slots__ = ("_transport", "address", "protocol", "remote_ip")

    def __init__(self, transport: asyncio.BaseTransport, protocol: str | None = None) -> None:
        self._transport = transport
        self.come_from(transport.get_extra_info("peername"))
        secure = transport.get_extra_info("sslcontext") is not None
        self.protocol = protocol or ("https" if secure else "http")

    def come_from(self, address: object) -> None:
        """Take *address* for the peer's."""
        self.address: object = address
        self.remote_ip = str(address[0]) if isinstance(address, tuple) and address else "0.0.0.0"

    def get_ssl_certificate(self, binary_form: bool = False) -> Mapping[str, object] | bytes | None:
        """The certificate that the peer gave, if any; see `ssl.SSLSocket.getpeercert`."""
        ssl_object = self._transport.get_extra_info("ssl_object")
        if not isinstance(ssl_object, ssl.SSLObject | ssl.SSLSocket):
            return None
        return ssl_object.getpeercert(binary_form)
