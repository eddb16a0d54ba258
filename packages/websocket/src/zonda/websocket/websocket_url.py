"""What a ``ws://`` or ``wss://`` URL says, RFC 6455 section 3."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from zonda.http import basic_authorization

_PORTS: Final = {"ws": 80, "wss": 443, "http": 80, "https": 443}
_SECURE: Final = frozenset({"wss", "https"})
# What may stand in a request target beside letters and digits; "%" is of what is quoted already.
_TARGET_SAFE: Final = "%/:?#[]@!$&'()*+,;=~-._"


# What cannot stand in a name or address: controls, spaces, and what ends a host in a URL.
_HOST: Final = re.compile(r"[^\x00-\x20\x7f\"#/<>?@\\^`{|}]+")


class WebSocketURL(NamedTuple):
    """Where a websocket is.

    :ivar secure: whether to use TLS.
    :ivar host: name or address, without brackets.
    :ivar port: the port, also where the URL leaves it out.
    :ivar host_field: what the ``Host`` header says: a port only if it is not the usual one.
    :ivar target: path and query.
    :ivar authorization: the value for an ``Authorization`` header, if the URL names a user.
    """

    secure: bool
    host: str
    port: int
    host_field: str
    target: str
    authorization: str | None

    @property
    def origin(self) -> tuple[bool, str, int]:
        """What two URLs must share to be of one origin."""
        return self.secure, self.host, self.port


def parse_websocket_url(url: str) -> WebSocketURL:
    """Take a URL apart; ``http`` and ``https`` are taken for ``ws`` and ``wss``.

    >>> parse_websocket_url("wss://example.org/chat?room=1").target
    '/chat?room=1'

    :raises ValueError: it is none, or has a fragment, which RFC 6455 forbids.
    """
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise ValueError(f"the URL of a websocket begins with ws:// or wss://, not {url[:60]!r}")
    if not parts.hostname:
        raise ValueError(f"the URL {url[:60]!r} names no host")
    if "#" in url:
        raise ValueError("the URL of a websocket has no fragment; write %23 for a #")
    host = parts.hostname
    if _HOST.fullmatch(host) is None:
        raise ValueError(f"{host[:60]!r} cannot be the name of a host")
    port = _PORTS[scheme] if parts.port is None else parts.port
    shown = f"[{host}]" if ":" in host else host.encode("idna").decode()
    authorization = None
    if parts.username is not None:
        authorization = basic_authorization(unquote(parts.username), unquote(parts.password or ""))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return WebSocketURL(
        scheme in _SECURE,
        host,
        port,
        shown if port == _PORTS[scheme] else f"{shown}:{port}",
        quote(target, safe=_TARGET_SAFE),
        authorization,
    )
