"""Where a request comes from, as a foreign server tells it."""

from __future__ import annotations

from .protocol import Scope


class ForeignPeer:
    """The other end of a connection that an ASGI server holds.

    :ivar remote_ip: the client's address; ``0.0.0.0`` where the server does not know it.
    :ivar protocol: ``http`` or ``https``.
    :ivar address: address and port, or None.
    """

    __slots__ = ("address", "protocol", "remote_ip")

    def __init__(self, scope: Scope) -> None:
        client = scope.get("client")
        self.address: tuple[str, int] | None = None if client is None else (client[0], client[1])
        self.remote_ip: str = "0.0.0.0" if client is None else client[0]
        self.protocol: str = scope.get("scheme", "http")

    def get_ssl_certificate(self, binary_form: bool = False) -> None:
        """None: ASGI servers keep the client's certificate to themselves."""
