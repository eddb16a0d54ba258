"""Where a request comes from, as a server of another kind tells it."""

from __future__ import annotations


class ForeignPeer:
    """The other end of a connection that another server holds.

    :ivar address: address and port, or None.
    :ivar remote_ip: the client's address; ``0.0.0.0`` where the server does not know it.
    :ivar protocol: ``http`` or ``https``.
    """

    __slots__ = ("address", "protocol", "remote_ip")

    def __init__(self, address: tuple[str, int] | None, protocol: str) -> None:
        self.address = address
        self.remote_ip = "0.0.0.0" if address is None else address[0]
        self.protocol = protocol

    def get_ssl_certificate(self, binary_form: bool = False) -> None:
        """None: other servers keep the client's certificate to themselves."""
