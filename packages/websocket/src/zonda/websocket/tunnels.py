"""Proxies that give a connection to somewhere else: HTTP ``CONNECT`` and SOCKS 5, as conversations.

RFC 9110 section 9.3.6; RFC 1928 and RFC 1929.
"""

from __future__ import annotations

import ipaddress
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from zonda.http import basic_authorization

from .client_handshake import parse_head, split_head
from .errors import HandshakeError
from .exchange import Conversation

_PORTS: Final = {"http": 8080, "https": 443, "socks5": 1080, "socks5h": 1080}

_NO_AUTHENTICATION: Final = 0
_USER_AND_PASSWORD: Final = 2
_SOCKS_ERRORS: Final = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live exceeded",
    7: "command not supported",
    8: "kind of address not supported",
}


class Proxy(NamedTuple):
    """A proxy and how to speak to it.

    :ivar scheme: ``http``, ``https`` (TLS to the proxy itself) or ``socks5``.
    """

    scheme: str
    host: str
    port: int
    user: str | None
    password: str


def parse_proxy(url: str) -> Proxy:
    """Take the URL of a proxy apart.

    >>> parse_proxy("http://proxy.example:3128").port
    3128

    :raises ValueError: it is none that is understood.
    """
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        raise ValueError(
            f"a proxy is named by a URL with {', '.join(_PORTS)}:// and a host, not {url[:60]!r}"
        )
    return Proxy(
        scheme.removesuffix("h"),
        parts.hostname,
        parts.port or _PORTS[scheme],
        unquote(parts.username) if parts.username is not None else None,
        unquote(parts.password or ""),
    )


def open_tunnel(proxy: Proxy, host: str, port: int) -> Conversation[None]:
    """Ask *proxy* for a connection to *host*."""
    if proxy.scheme == "socks5":
        return _socks5(proxy, host, port)
    return _connect(proxy, host, port)


def _connect(proxy: Proxy, host: str, port: int) -> Conversation[None]:
    target = f"[{host}]:{port}" if ":" in host else f"{host.encode('idna').decode()}:{port}"
    request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
    if proxy.user is not None:
        credentials = basic_authorization(proxy.user, proxy.password)
        request += f"Proxy-Authorization: {credentials}\r\n"
    data = yield f"{request}\r\n".encode("latin-1")
    while (parts := split_head(data)) is None:
        data += yield b""
    status, reason, headers = parse_head(parts[0])
    if not 200 <= status <= 299:
        raise HandshakeError(f"the proxy answered {status} {reason}".rstrip(), status, headers)
    return None, parts[1]


def _socks5(proxy: Proxy, host: str, port: int) -> Conversation[None]:
    method = _NO_AUTHENTICATION if proxy.user is None else _USER_AND_PASSWORD
    data = yield bytes((5, 1, method))
    while len(data) < 2:
        data += yield b""
    if data[0] != 5 or data[1] != method:
        raise HandshakeError("the SOCKS proxy does not accept this way of authentication")
    data = data[2:]
    if proxy.user is not None:
        user, password = proxy.user.encode()[:255], proxy.password.encode()[:255]
        data += yield bytes((1, len(user))) + user + bytes((len(password),)) + password
        while len(data) < 2:
            data += yield b""
        if data[1] != 0:
            raise HandshakeError("the SOCKS proxy does not accept user and password")
        data = data[2:]
    data += yield b"\x05\x01\x00" + _socks_address(host) + port.to_bytes(2, "big")
    while len(data) < 5 or len(data) < (size := _socks_answer_size(data)):
        data += yield b""
    if data[0] != 5 or data[1] != 0:
        reason = _SOCKS_ERRORS.get(data[1], f"error {data[1]}")
        raise HandshakeError(f"the SOCKS proxy could not connect: {reason}")
    return None, data[size:]


def _socks_address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode("idna")
        if len(name) > 255:
            raise ValueError(f"the host name {host[:60]!r} is too long for SOCKS") from None
        return bytes((3, len(name))) + name
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed


def _socks_answer_size(data: bytes) -> int:
    kind = data[3]
    address = {1: 4, 3: 1 + data[4], 4: 16}.get(kind)
    if address is None:
        raise HandshakeError("the SOCKS proxy sent an answer that cannot be read")
    return 4 + address + 2
