"""From a URL to a transport on which the opening handshake is done."""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from zonda.http import Proxy, TunnelConversation, TunnelError, open_tunnel
from zonda.iostream import Connection, IOStream, Sweep, ssl_options_to_context

from .errors import HandshakeError, ProxyError
from .exchange import Conversation, Exchange
from .websocket_url import WebSocketURL

T = TypeVar("T")


class Resolver(Protocol):
    """Finds the addresses of a host, as the resolvers of `zonda.iostream` do."""

    def resolve(
        self, host: str, port: int, *args: Any, **kwargs: Any
    ) -> Awaitable[Sequence[tuple[int, Any]]]:
        """Pairs of an address family and an address for it."""


#: Makes a stream to host and port.
Opener = Callable[[str, int], Awaitable[IOStream]]


class Route(NamedTuple):
    """How to reach a server.

    :ivar ssl_options: for TLS; None for the safe defaults.
    :ivar proxy: the proxy to go through.
    :ivar unix_socket: the path of the server's socket, in place of host and port.
    :ivar resolver: in place of the system's.
    :ivar opener: makes the stream, ready for the handshake, whatever else the route says.
    """

    ssl_options: Mapping[str, object] | ssl.SSLContext | None = None
    proxy: Proxy | None = None
    unix_socket: str | None = None
    resolver: Resolver | None = None
    opener: Opener | None = None


async def converse(
    url: WebSocketURL, route: Route, sweep: Sweep, conversation: Conversation[T]
) -> tuple[Connection, T]:
    """Connect to the server of *url* and hold *conversation* with it.

    :return: the connection, whose transport can be handed over, and the conversation's result.
    :raises HandshakeError: the conversation failed.
    :raises ProxyError: the proxy refused.
    :raises OSError: the server cannot be reached, or its certificate is not trusted
        (`ssl.SSLError`).
    """
    loop = asyncio.get_running_loop()
    if route.opener is not None:
        exchange = Exchange(loop, sweep, conversation)
        await _adopt(exchange, await route.opener(url.host, url.port))
    elif route.proxy is None:
        context = _context(route) if url.secure else None
        exchange = Exchange(loop, sweep, conversation)
        await _connect(exchange, url.host, url.port, context, route)
    else:
        exchange = await _through_proxy(url, route, route.proxy, sweep, conversation)
    try:
        return exchange, await exchange.result
    except BaseException:
        exchange.abort()
        raise


async def _through_proxy(
    url: WebSocketURL,
    route: Route,
    proxy: Proxy,
    sweep: Sweep,
    conversation: Conversation[T],
) -> Exchange[T]:
    loop = asyncio.get_running_loop()
    tunnel = Exchange(loop, sweep, _ask(open_tunnel(proxy, url.host, url.port)))
    context = ssl_context({}) if proxy.scheme == "https" else None
    await _connect(tunnel, proxy.host, proxy.port, context, route)
    try:
        await tunnel.result
    except BaseException:
        tunnel.abort()
        raise
    exchange = Exchange(loop, sweep, conversation)
    if not url.secure:
        tunnel.hand_over(exchange)
        return exchange
    transport, early = tunnel.detach()
    if early:
        transport.abort()
        raise HandshakeError("the server sent something before TLS began")
    protocol = cast(asyncio.Protocol, exchange)
    try:
        secured = await loop.start_tls(
            transport, protocol, _context(route), server_hostname=url.host
        )
    except BaseException:
        exchange.result.cancel()
        transport.abort()
        raise
    exchange.connection_made(cast(asyncio.Transport, secured))
    return exchange


def _ask(proxy: TunnelConversation) -> Conversation[None]:
    """The conversation with a proxy, as an `Exchange` holds it."""
    try:
        return None, (yield from proxy)
    except TunnelError as error:
        raise ProxyError(str(error), error.code, error.headers) from None


async def _adopt(exchange: Exchange[T], stream: IOStream) -> None:
    """Hold the conversation on a stream that is connected already."""
    try:
        await stream.write(b"")  # the stream takes its socket up
        transport, received = stream.detach()
    except BaseException:
        stream.close()
        exchange.result.cancel()
        raise
    transport.set_protocol(cast(asyncio.BaseProtocol, exchange))
    exchange.connection_made(transport)
    if received:
        exchange.data_received(received)
    transport.resume_reading()


async def _connect(
    exchange: Exchange[T],
    host: str,
    port: int,
    context: ssl.SSLContext | None,
    route: Route,
) -> None:
    loop = asyncio.get_running_loop()

    def factory() -> asyncio.Protocol:
        return cast(asyncio.Protocol, exchange)

    name = host if context is not None else None
    if route.unix_socket is not None:
        await loop.create_unix_connection(
            factory, route.unix_socket, ssl=context, server_hostname=name
        )
        return
    if route.resolver is None:
        await loop.create_connection(
            factory,
            host,
            port,
            ssl=context,
            server_hostname=name,
        )
        return
    errors: list[OSError] = []
    for family, address in await route.resolver.resolve(host, port):
        try:
            await loop.create_connection(
                factory, *address[:2], family=family, ssl=context, server_hostname=name
            )
            return
        except OSError as error:
            errors.append(error)
    raise errors[0] if errors else OSError(f"the resolver knows no address of {host!r}")


def _context(route: Route) -> ssl.SSLContext:
    if route.ssl_options is None:
        return _default_context()
    return ssl_context(route.ssl_options)


def ssl_context(options: Mapping[str, object] | ssl.SSLContext) -> ssl.SSLContext:
    """The TLS context of a client."""
    return ssl_options_to_context(options, server_side=False)


@functools.cache
def _default_context() -> ssl.SSLContext:
    # Made once: it reads the certificates of all authorities.
    return ssl_context({})
