"""What `websocket_connect` was asked for, checked."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from zonda.http import HTTPHeaders, Proxy, basic_authorization, parse_proxy

from .client import MessageCallback
from .client_transport import Opener, Resolver, Route
from .compression import CompressionOptions, read_options
from .keep_alive import KeepAlive
from .limits import MAX_MESSAGE_SIZE, check_bytes
from .slow_consumers import MAX_SEND_QUEUE, SlowConsumer

# Seconds for everything before the first message: names, proxies, TLS and the handshake.
CONNECT_TIMEOUT: Final = 20.0


class RequestLike(Protocol):
    """A request as `zonda.httpclient` makes them.

    Used of it, where it has them: ``headers``, ``connect_timeout``, ``ssl_options`` or
    ``validate_cert``, ``ca_certs``, ``client_cert`` and ``client_key``, ``auth_username`` and
    ``auth_password``, ``proxy_host``, ``proxy_port``, ``proxy_username`` and ``proxy_password``,
    ``user_agent``, ``follow_redirects``.
    """

    url: str


@dataclass(frozen=True)
class ConnectOptions:
    """Everything but the URL.

    :ivar connect_timeout: seconds, or None to wait for ever.
    """

    headers: HTTPHeaders
    route: Route
    connect_timeout: float | None = CONNECT_TIMEOUT
    on_message_callback: MessageCallback | None = None
    compression: CompressionOptions | None = None
    ping_interval: float = 0
    ping_timeout: float | None = None
    max_message_size: int = MAX_MESSAGE_SIZE
    subprotocols: tuple[str, ...] = ()
    follow_redirects: bool = True
    slow_consumer: SlowConsumer = SlowConsumer.WAIT
    max_send_queue: int = MAX_SEND_QUEUE

    def keep_alive(self) -> KeepAlive | None:
        """Pings for one connection."""
        if not self.ping_interval:
            return None
        timeout = self.ping_interval if self.ping_timeout is None else self.ping_timeout
        return KeepAlive(self.ping_interval, timeout)

    @property
    def shortest_timeout(self) -> float | None:
        """The timeout that decides how often must be looked."""
        times = [time for time in (self.ping_interval, self.ping_timeout) if time]
        return min(times) if self.ping_interval else None


def read_connect_options(
    url: str | RequestLike,
    *,
    connect_timeout: float | None,
    on_message_callback: MessageCallback | None,
    compression_options: Mapping[str, object] | CompressionOptions | None,
    ping_interval: float | None,
    ping_timeout: float | None,
    max_message_size: int,
    subprotocols: Sequence[str] | None,
    resolver: Resolver | None,
    headers: Mapping[str, str] | Iterable[tuple[str, str]],
    ssl_options: Mapping[str, object] | ssl.SSLContext | None,
    proxy: str | None,
    unix_socket: str | None,
    follow_redirects: bool | None,
    slow_consumer: SlowConsumer | str,
    max_send_queue: int,
    opener: Opener | None,
) -> ConnectOptions:
    """Check the arguments of `websocket_connect` and fill them up from a request.

    :raises ValueError: one of them cannot be.
    :raises TypeError: one of them is of a type that it cannot have.
    """
    request: object = None if isinstance(url, str) else url
    fields = HTTPHeaders(getattr(request, "headers", None) or ())
    fields.update(HTTPHeaders(headers))
    _add_request_fields(fields, request)
    route = Route(
        ssl_options if ssl_options is not None else _ssl_options(request),
        parse_proxy(proxy) if proxy is not None else _proxy(request),
        unix_socket,
        resolver,
        opener,
    )
    if connect_timeout is None:
        connect_timeout = getattr(request, "connect_timeout", None)
    if follow_redirects is None:
        follow_redirects = getattr(request, "follow_redirects", None)
    if isinstance(subprotocols, str):
        raise TypeError(f"subprotocols is a list of names, such as [{subprotocols!r}], not a str")
    if on_message_callback is not None and not callable(on_message_callback):
        raise TypeError(f"on_message_callback is a function, not {on_message_callback!r}")
    options = ConnectOptions(
        fields,
        route,
        _seconds(CONNECT_TIMEOUT if connect_timeout is None else connect_timeout),
        on_message_callback,
        None if compression_options is None else read_options(compression_options),
        ping_interval or 0,
        ping_timeout,
        check_bytes("max_message_size", max_message_size),
        tuple(subprotocols or ()),
        True if follow_redirects is None else follow_redirects,
        SlowConsumer(slow_consumer),
        check_bytes("max_send_queue", max_send_queue, 0),
    )
    options.keep_alive()
    return options


def _seconds(connect_timeout: float) -> float | None:
    if not isinstance(connect_timeout, (int, float)):
        raise TypeError(f"connect_timeout is a number of seconds, not {connect_timeout!r}")
    if connect_timeout < 0:
        raise ValueError(f"connect_timeout must not be below 0, not {connect_timeout}")
    return connect_timeout or None


def _add_request_fields(fields: HTTPHeaders, request: object) -> None:
    user = getattr(request, "auth_username", None)
    if user is not None and "Authorization" not in fields:
        password = getattr(request, "auth_password", None) or ""
        fields["Authorization"] = basic_authorization(user, password)
    agent = getattr(request, "user_agent", None)
    if agent is not None and "User-Agent" not in fields:
        fields["User-Agent"] = agent


def _ssl_options(request: object) -> Mapping[str, object] | ssl.SSLContext | None:
    given: Mapping[str, object] | ssl.SSLContext | None = getattr(request, "ssl_options", None)
    if given is not None:
        return given
    options: dict[str, object] = {}
    if getattr(request, "validate_cert", None) is False:
        options["cert_reqs"] = ssl.CERT_NONE
    for name, option in (
        ("ca_certs", "ca_certs"),
        ("client_cert", "certfile"),
        ("client_key", "keyfile"),
    ):
        value = getattr(request, name, None)
        if value is not None:
            options[option] = value
    return options or None


def _proxy(request: object) -> Proxy | None:
    host: str | None = getattr(request, "proxy_host", None)
    if host is None:
        return None
    port: int | None = getattr(request, "proxy_port", None)
    if port is None:
        raise ValueError("a request with proxy_host needs proxy_port")
    user: str | None = getattr(request, "proxy_username", None)
    return Proxy("http", host, port, user, getattr(request, "proxy_password", None) or "")
