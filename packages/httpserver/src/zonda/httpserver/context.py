"""Where a connection comes from, as its requests see it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zonda.http import HTTPHeaders, TrustedProxies


class PeerContext:
    """The other end of a transport.

    :ivar remote_ip: the peer's address; ``0.0.0.0`` for a socket that has none (Unix sockets).
    :ivar protocol: ``https`` behind TLS, else ``http``.
    :ivar forwarded_host: what a trusted proxy says that the client asked for; usually None.
    :ivar address: what the socket, or the PROXY protocol, says of the peer.

    Behind proxies the first three are those of the current request.
    """

    __slots__ = ("_direct", "_transport", "address", "forwarded_host", "protocol", "remote_ip")

    def __init__(
        self,
        transport: asyncio.BaseTransport,
        protocol: str | None = None,
        address: object = None,
    ) -> None:
        self._transport = transport
        if address is None:
            address = transport.get_extra_info("peername")
        self.address = address
        secure = transport.get_extra_info("sslcontext") is not None
        self.protocol = protocol or ("https" if secure else "http")
        self.remote_ip = str(address[0]) if isinstance(address, tuple) and address else "0.0.0.0"
        self.forwarded_host: str | None = None
        self._direct = self.remote_ip, self.protocol

    def apply(self, proxies: TrustedProxies, headers: HTTPHeaders) -> None:
        """Take the client of one request from its headers, as far as they are believed."""
        remote_ip, protocol = self._direct
        self.remote_ip, self.protocol, self.forwarded_host = proxies.resolve(
            headers, remote_ip, protocol
        )

    def get_ssl_certificate(self, binary_form: bool = False) -> Mapping[str, object] | bytes | None:
        """The certificate that the peer gave, if any; see `ssl.SSLSocket.getpeercert`."""
        ssl_object = self._transport.get_extra_info("ssl_object")
        if not isinstance(ssl_object, ssl.SSLObject | ssl.SSLSocket):
            return None
        return ssl_object.getpeercert(binary_form)
