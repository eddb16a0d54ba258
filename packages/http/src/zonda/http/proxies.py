"""Proxies: what they are called."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

_PORTS: Final = {"http": 80, "https": 443, "socks5": 1080}


class Proxy(NamedTuple):
    """A proxy and who we are to it.

    :ivar scheme: ``http``, ``https`` (TLS to the proxy itself) or ``socks5``.
    :ivar auth_mode: ``basic`` or ``digest``.
    """

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str = ""
    auth_mode: str = "basic"


def parse_proxy(url: str) -> Proxy:
    """Take the URL of a proxy apart; one without a scheme is ``http``.

    >>> parse_proxy("http://proxy.example:3128")[:3]
    ('http', 'proxy.example', 3128)

    :raises ValueError: it is none.
    """
    url = url.strip()
    scheme, colon, rest = url.partition("://")
    if not colon:
        scheme, rest = "http", url
    scheme = scheme.lower()
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"no valid URL of a proxy: {error}") from None
    scheme = "socks5" if scheme == "socks5h" else scheme
    if port == 0:
        raise ValueError("no valid URL of a proxy: its port is 0")
    if scheme not in _PORTS or not host or not host.isascii() or parts.path not in ("", "/"):
        # Not the whole URL, which may have a password.
        raise ValueError(
            f"a proxy is http, https or socks5 with a host, not {scheme[:20]}://{(host or '')[:60]}"
        )
    username = None if parts.username is None else unquote(parts.username)
    return Proxy(scheme, host, port or _PORTS[scheme], username, unquote(parts.password or ""))
