"""Asking a proxy for a connection to somewhere else: ``CONNECT`` and SOCKS 5, as conversations.

RFC 9110 section 9.3.6; RFC 1928, and RFC 1929 for name and password.  A conversation is a generator
without I/O: it yields what is to be sent (nothing, if it only wants to hear more), is sent what the
proxy said, cut anywhere, and returns what came behind the proxy's last word.  Names are given to
the proxy as they are, so it is the proxy that looks them up.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Generator
from typing import Final, TypeAlias

from .credentials import basic_authorization
from .errors import HTTPInputError, TunnelError
from .head import parse_header_block
from .headers import check_value
from .proxies import Proxy
from .start_line import parse_response_start_line

#: Bytes of the head of a proxy's answer.
MAX_TUNNEL_ANSWER: Final = 16 * 1024

TunnelConversation: TypeAlias = Generator[bytes, bytes, bytes]
"""Yields bytes for the proxy, is sent bytes of the proxy, returns those that were too many."""

_VERSION: Final = 5
_CONNECT: Final = 1
_NO_AUTHENTICATION: Final = 0
_NAME_AND_PASSWORD: Final = 2
_IPV4: Final = 1
_NAME: Final = 3
_IPV6: Final = 4
_REFUSALS: Final = {
    1: "general failure",
    2: "its rules forbid it",
    3: "the network cannot be reached",
    4: "the host cannot be reached",
    5: "the host refused the connection",
    6: "the packets' time to live expired",
    7: "it does not know the command",
    8: "it does not know this kind of address",
}


def open_tunnel(
    proxy: Proxy, host: str, port: int, authorization: str | None = None
) -> TunnelConversation:
    """Ask *proxy* for a connection to *host*; the conversation raises `TunnelError`.

    >>> conversation = open_tunnel(Proxy("http", "proxy.example", 3128), "example.org", 443)
    >>> next(conversation)
    b'CONNECT example.org:443 HTTP/1.1\\r\\nHost: example.org:443\\r\\n\\r\\n'
    >>> conversation.send(b"HTTP/1.1 407 Who are you?\\r\\n\\r\\n")
    Traceback (most recent call last):
    zonda.http.errors.TunnelError: the proxy answered 407 Who are you?

    :param authorization: the value of ``Proxy-Authorization``; without one, a proxy of HTTP gets
        its name and password the basic way.
    :raises HTTPOutputError: the name cannot be sent that way.
    """
    if proxy.scheme == "socks5":
        return _ask_socks(proxy, host, port)
    if authorization is None and proxy.username is not None and proxy.auth_mode == "basic":
        authorization = basic_authorization(proxy.username, proxy.password)
    return _ask_http(host, port, authorization)


def _ask_http(host: str, port: int, authorization: str | None) -> TunnelConversation:
    target = f"[{host}]:{port}" if ":" in host else f"{_ascii(host)}:{port}"
    request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
    if authorization is not None:
        request += f"Proxy-Authorization: {check_value('Proxy-Authorization', authorization)}\r\n"
    data = yield f"{request}\r\n".encode("latin-1")
    while (end := data.find(b"\r\n\r\n", 0, MAX_TUNNEL_ANSWER)) < 0:
        if len(data) >= MAX_TUNNEL_ANSWER:
            raise TunnelError(f"the proxy's answer has more than {MAX_TUNNEL_ANSWER} bytes")
        data += yield b""
    line, _, fields = data[: end + 4].partition(b"\r\n")
    try:
        start_line = parse_response_start_line(line.decode("latin-1"))
        headers = parse_header_block(fields).headers()
    except HTTPInputError as error:
        raise TunnelError(f"the proxy's answer is no valid HTTP: {error}") from None
    if not 200 <= start_line.code <= 299:
        text = f"the proxy answered {start_line.code} {start_line.reason}".rstrip()
        raise TunnelError(text, start_line.code, headers)
    return data[end + 4 :]


def _ask_socks(proxy: Proxy, host: str, port: int) -> TunnelConversation:
    method = _NO_AUTHENTICATION if proxy.username is None else _NAME_AND_PASSWORD
    data = yield bytes((_VERSION, 1, method))
    data = yield from _at_least(2, data)
    if data[0] != _VERSION:
        raise TunnelError("the proxy does not speak SOCKS 5")
    if data[1] != method:
        raise TunnelError("the SOCKS proxy wants another way of authentication")
    data = data[2:]
    if proxy.username is not None:
        data += yield b"\x01" + _short(proxy.username) + _short(proxy.password)
        data = yield from _at_least(2, data)
        if data[1] != 0:
            raise TunnelError("the SOCKS proxy does not accept name and password")
        data = data[2:]
    address = _address(host)
    data += yield bytes((_VERSION, _CONNECT, 0)) + address + port.to_bytes(2, "big")
    data = yield from _at_least(2, data)
    if data[0] != _VERSION or data[1] != 0:
        reason = _REFUSALS.get(data[1], f"error {data[1]}")
        raise TunnelError(f"the SOCKS proxy could not connect: {reason}")
    data = yield from _at_least(5, data)
    size = 6 + {_IPV4: 4, _NAME: 1 + data[4], _IPV6: 16}.get(data[3], 0)
    if size == 6:
        raise TunnelError("the SOCKS proxy sent an answer that cannot be read")
    data = yield from _at_least(size, data)
    return data[size:]


def _at_least(size: int, data: bytes) -> TunnelConversation:
    """Listen until there are *size* bytes."""
    while len(data) < size:
        data += yield b""
    return data


def _address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bytes((_NAME,)) + _short(_ascii(host))
    return bytes((_IPV4 if address.version == 4 else _IPV6,)) + address.packed


def _ascii(host: str) -> str:
    """The name of a host as it is looked up."""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise TunnelError(f"{host[:60]!r} cannot be the name of a host") from None


def _short(text: str) -> bytes:
    data = text.encode()
    if len(data) > 255:
        raise TunnelError("SOCKS has no room for names or passwords of more than 255 bytes")
    return bytes((len(data),)) + data
