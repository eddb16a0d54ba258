"""The way to a server: all that makes one connection different from another.

Connections are kept under their `Route`, so what is not in it would be shared between requests
that must not share it: the client's certificate, a proxy's credentials, how the server's
certificate is verified.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zonda.iostream import ssl_options_to_context

from .errors import RequestError
from .request import Options
from .target import Target

if TYPE_CHECKING:
    from zonda.http import Proxy

#: TLS settings in a form that can be compared: a context, or the items of a dictionary.
TLSKey = ssl.SSLContext | tuple[tuple[str, Any], ...]

# Verify the certificate and the name; the default of `ssl_options_to_context`.
VERIFIED: Final[TLSKey] = ()


class Route(NamedTuple):
    """What a connection is made of.

    :ivar tls: settings of TLS with the server, or None without TLS.
    :ivar proxy: through which it goes, or None.
    :ivar local: the IP address it comes from, or None.
    :ivar unix_socket: the path it goes to instead of host and port, or None.
    """

    host: str
    port: int
    tls: TLSKey | None
    proxy: Proxy | None = None
    local: str | None = None
    ipv6: bool = True
    unix_socket: str | None = None

    @property
    def is_forwarded(self) -> bool:
        """Whether a proxy gets the request itself and not only the connection."""
        return self.proxy is not None and self.tls is None and self.proxy.scheme != "socks5"


def plain_route(target: Target) -> Route:
    """The route to *target* for a request without options."""
    return Route(target.host, target.port, VERIFIED if target.scheme == "https" else None)


def find_route(target: Target, options: Options, proxy: Proxy | None) -> Route:
    """The route to *target*.

    :raises RequestError: the options contradict each other.
    """
    unix_socket = _path(options.unix_socket)
    if unix_socket is not None and (not unix_socket or "\0" in unix_socket):
        raise RequestError("the path of a Unix socket is empty, or has a null character")
    if unix_socket is not None and (proxy is not None or options.network_interface is not None):
        raise RequestError("a Unix socket has neither a proxy nor a network interface")
    return Route(
        target.host,
        target.port,
        tls_key(options) if target.scheme == "https" else None,
        proxy,
        options.network_interface,
        options.allow_ipv6,
        unix_socket,
    )


def tls_key(options: Options) -> TLSKey:
    """The TLS settings that *options* ask for."""
    given = options.ssl_options
    if isinstance(given, ssl.SSLContext):
        return given
    if given is None:
        given = _separate_options(options)
    return tuple(sorted((name, value) for name, value in given.items() if value is not None))


def make_context(key: TLSKey) -> ssl.SSLContext:
    """A client's context for the settings; reads files.

    :raises OSError: a file is missing or is no certificate (`ssl.SSLError`).
    :raises ValueError: a setting that is not known or not allowed.
    """
    if isinstance(key, ssl.SSLContext):
        return key
    return ssl_options_to_context(dict(key), server_side=False)


def _separate_options(options: Options) -> Mapping[str, object]:
    found: dict[str, object] = {
        "ca_certs": _path(options.ca_certs),
        "certfile": _path(options.client_cert),
        "keyfile": _path(options.client_key) if options.client_cert is not None else None,
    }
    if options.client_key is not None and options.client_cert is None:
        raise RequestError("client_key needs client_cert: a key is of no use without it")
    if not options.validate_cert:
        found["cert_reqs"] = ssl.CERT_NONE
    return found


def _path(path: str | os.PathLike[str] | None) -> str | None:
    return None if path is None else os.fsdecode(path)
