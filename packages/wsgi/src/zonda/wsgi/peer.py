"""Where a request comes from, as a foreign server tells it."""

from __future__ import annotations

from wsgiref.types import WSGIEnvironment


class ForeignPeer:
    """The other end of a connection that a WSGI server holds.

    :ivar remote_ip: the client's address; ``0.0.0.0`` where the server does not know it.
    :ivar protocol: ``http`` or ``https``.
    :ivar address: address and port, or None.
    """

    __slots__ = ("address", "protocol", "remote_ip")

    def __init__(self, environ: WSGIEnvironment) -> None:
        remote: str = environ.get("REMOTE_ADDR") or ""
        port: str = environ.get("REMOTE_PORT") or "0"
        self.address = (remote, int(port)) if remote else None
        self.remote_ip = remote or "0.0.0.0"
        self.protocol: str = environ.get("wsgi.url_scheme", "http")

    def get_ssl_certificate(self, binary_form: bool = False) -> None:
        """None: WSGI has no place for the client's certificate."""
