"""Asking a proxy for a connection to somewhere else: ``CONNECT`` and SOCKS 5.

RFC 9110 section 9.3.6; RFC 1928, and RFC 1929 for name and password.  Names are given to the
proxy as they are, so it is the proxy that looks them up.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from zonda.http import EMPTY_BLOCK, HTTPInputError
from zonda.iostream import IOStream, StreamClosedError, UnsatisfiableReadError

from .authorization import (
    Challenge,
    basic_authorization,
    digest_authorization,
    find_challenge,
)
from .errors import ProxyError
from .proxies import Proxy
from .response_head import parse_response_head

#: Bytes of the head of a proxy's answer.
MAX_ANSWER_SIZE: Final = 16 * 1024

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


async def open_tunnel(
    stream: IOStream, proxy: Proxy, host: str, port: int, challenge: Challenge | None = None
) -> Challenge | None:
    """Ask *proxy*, over *stream*, for a connection to *host*; then the stream leads there.

    :param challenge: what an earlier try has given.
    :return: None, or what is to be met by a second try, on another stream.
    :raises ProxyError: it refused, or did not answer as a proxy.
    """
    try:
        if proxy.scheme == "socks5":
            await _open_socks(stream, proxy, host, port)
            return None
        return await _open_http(stream, proxy, host, port, challenge)
    except UnsatisfiableReadError:
        raise ProxyError(f"the proxy's answer has more than {MAX_ANSWER_SIZE} bytes") from None
    except StreamClosedError as error:
        raise ProxyError("the proxy closed the connection") from error


async def _open_http(
    stream: IOStream, proxy: Proxy, host: str, port: int, challenge: Challenge | None
) -> Challenge | None:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    head = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
    credentials = None
    if proxy.username is not None and proxy.auth_mode == "basic":
        credentials = basic_authorization(proxy.username, proxy.password)
    elif proxy.username is not None and challenge is not None:
        credentials = digest_authorization(
            challenge, proxy.username, proxy.password, "CONNECT", target
        )
    if credentials is not None:
        head += f"Proxy-Authorization: {credentials}\r\n"
    await stream.write(f"{head}\r\n".encode("latin-1"))
    answer = await stream.read_until(b"\r\n\r\n", max_bytes=MAX_ANSWER_SIZE)
    try:
        start_line, block = parse_response_head(answer, EMPTY_BLOCK)
    except HTTPInputError as error:
        raise ProxyError(f"the proxy's answer is no valid HTTP: {error}") from None
    if start_line.code == 407 and credentials is None and proxy.auth_mode == "digest":
        found = find_challenge(block.fields.get("Proxy-Authenticate", ()))
        if proxy.username is not None and found is not None:
            return found
    if not 200 <= start_line.code <= 299:
        text = f"the proxy answered {start_line.code} {start_line.reason}".rstrip()
        raise ProxyError(text, start_line.code)
    return None


async def _open_socks(stream: IOStream, proxy: Proxy, host: str, port: int) -> None:
    method = _NO_AUTHENTICATION if proxy.username is None else _NAME_AND_PASSWORD
    await stream.write(bytes((_VERSION, 1, method)))
    version, chosen = await stream.read_bytes(2)
    if version != _VERSION:
        raise ProxyError("the proxy does not speak SOCKS 5")
    if chosen != method:
        raise ProxyError("the SOCKS proxy wants another way of authentication")
    if proxy.username is not None:
        name, password = _short(proxy.username), _short(proxy.password)
        await stream.write(b"\x01" + name + password)
        _, status = await stream.read_bytes(2)
        if status != 0:
            raise ProxyError("the SOCKS proxy does not accept name and password")
    request = bytes((_VERSION, _CONNECT, 0)) + _address(host) + port.to_bytes(2, "big")
    await stream.write(request)
    version, status, _, kind = await stream.read_bytes(4)
    if version != _VERSION or status != 0:
        reason = _REFUSALS.get(status, f"error {status}")
        raise ProxyError(f"the SOCKS proxy could not connect: {reason}")
    sizes = {_IPV4: 4, _IPV6: 16}
    size = sizes[kind] if kind in sizes else (await stream.read_bytes(1))[0]
    await stream.read_bytes(size + 2)


def _address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bytes((_NAME,)) + _short(host)
    return bytes((_IPV4 if address.version == 4 else _IPV6,)) + address.packed


def _short(text: str) -> bytes:
    data = text.encode()
    if len(data) > 255:
        raise ProxyError("SOCKS has no room for names or passwords of more than 255 bytes")
    return bytes((len(data),)) + data
