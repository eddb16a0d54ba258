"""What the ``socket`` of a TLS stream looks like: the socket, and the facts about TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any


class TLSSocket:
    """The attributes of *plain*, and those questions of `ssl.SSLSocket` that are about TLS.

    Before the handshake is done the answers are None.

    :param tls: answers with the TLS object, or None before the handshake is done.
    """

    def __init__(self, plain: socket.socket, tls: Callable[[], ssl.SSLObject | None]) -> None:
        self._plain = plain
        self._tls = tls

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def getpeercert(self, binary_form: bool = False) -> Any:
        """The peer's certificate: decoded (empty if it was not verified), or its DER bytes."""
        tls = self._tls()
        return None if tls is None else tls.getpeercert(binary_form)

    def cipher(self) -> tuple[str, str, int] | None:
        """Name, TLS version and secret bits of the cipher."""
        tls = self._tls()
        return None if tls is None else tls.cipher()

    def version(self) -> str | None:
        """The TLS version, as ``"TLSv1.3"``."""
        tls = self._tls()
        return None if tls is None else tls.version()

    def selected_alpn_protocol(self) -> str | None:
        """What was agreed on by ALPN (RFC 7301)."""
        tls = self._tls()
        return None if tls is None else tls.selected_alpn_protocol()

    def compression(self) -> str | None:
        """Always None: compression is off."""
        tls = self._tls()
        return None if tls is None else tls.compression()

    def get_channel_binding(self, cb_type: str = "tls-unique") -> bytes | None:
        """Bytes that name this TLS connection (RFC 5929)."""
        tls = self._tls()
        return None if tls is None else tls.get_channel_binding(cb_type)
