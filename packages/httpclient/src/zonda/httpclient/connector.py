"""Making connections: addresses, TLS, proxies.

Until the way to the server is open everything is spoken through an `IOStream`; then its transport
goes to the `ClientConnection`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, cast

from zonda.iostream import (
    IOStream,
    Resolver,
    SSLIOStream,
    StreamClosedError,
    Sweep,
    TCPClient,
    is_valid_ip,
)

from .channel import Owner
from .connection import ClientConnection
from .errors import RequestError
from .route import VERIFIED, Route, TLSKey, make_context

if TYPE_CHECKING:
    from zonda.http import Proxy

# TLS settings that are remembered, with what they were made of; beyond it all are made anew.
MAX_CONTEXTS = 64


#: Makes a stream to host and port.
Opener = Callable[[str, int], Awaitable[IOStream]]


class Connector:
    """Makes connections along a `Route`.

    :param sweep: ends what is idle too long.
    :param max_header_size: bytes of an answer's head.
    :param resolver: looks names up; by default the system's way.
    :param opener: makes the streams instead, ready for a request, whatever the route says.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sweep: Sweep,
        max_header_size: int,
        resolver: Resolver | None = None,
        opener: Opener | None = None,
    ) -> None:
        self._loop = loop
        self._sweep = sweep
        self._max_header_size = max_header_size
        self._opener = opener
        self._tcp = TCPClient(resolver)
        self._contexts: dict[TLSKey, ssl.SSLContext] = {}

    def close(self) -> None:
        """Free what is held; connections go on."""
        self._tcp.close()

    async def make(self, route: Route, owner: Owner) -> ClientConnection:
        """A connection along *route*.

        :raises OSError: there is no such host, nobody answers, TLS failed.
        :raises ProxyError: the proxy refused.
        :raises RequestError: an option is of no use.
        """
        try:
            stream = await self._open(route)
        except StreamClosedError as error:
            cause = error.real_error
            # asyncio's error of a connection that is lost during a handshake says nothing.
            if cause is not None and not (isinstance(cause, ConnectionError) and not cause.args):
                raise cause from None
            raise ConnectionResetError(
                "the connection was closed while it was being made"
            ) from None
        try:
            if not isinstance(stream, SSLIOStream):
                await stream.write(b"")  # the stream takes its socket up
            transport, received = stream.detach()
        except BaseException:
            stream.close()
            raise
        connection = ClientConnection(self._loop, self._sweep, owner, self._max_header_size)
        transport.set_protocol(cast(asyncio.BaseProtocol, connection))
        connection.connection_made(transport)
        if received:
            connection.data_received(received)
        transport.resume_reading()
        return connection

    async def _open(self, route: Route) -> IOStream:
        if self._opener is not None:
            return await self._opener(route.host, route.port)
        context = None if route.tls is None else await self._context(route.tls)
        name = route.host.removesuffix(".")
        if route.unix_socket is not None:
            stream = await _connect_unix(route.unix_socket)
        elif route.proxy is None:
            return await self._connect_tcp(route.host, route.port, route, context)
        else:
            stream = await self._connect_proxy(route.proxy, route)
        try:
            if context is None:
                return stream
            return await stream.start_tls(False, context, name)
        except BaseException:
            stream.close()
            raise

    async def _connect_proxy(self, proxy: Proxy, route: Route) -> IOStream:
        """A stream to the proxy, or through it to the server."""
        from .tunnels import open_tunnel

        context = await self._context(VERIFIED) if proxy.scheme == "https" else None
        challenge = None
        while True:
            stream = await self._connect_tcp(proxy.host, proxy.port, route, context)
            if route.is_forwarded:
                return stream
            try:
                challenge = await open_tunnel(stream, proxy, route.host, route.port, challenge)
            except BaseException:
                stream.close()
                raise
            if challenge is None:
                return stream
            stream.close()  # many proxies close theirs after they have asked for a name

    async def _connect_tcp(
        self, host: str, port: int, route: Route, context: ssl.SSLContext | None
    ) -> IOStream:
        if route.local is not None and not is_valid_ip(route.local):
            raise RequestError(f"network_interface must be an IP address, not {route.local!r}")
        family = socket.AF_UNSPEC if route.ipv6 else socket.AF_INET
        return await self._tcp.connect(
            host, port, family, ssl_options=context, source_ip=route.local
        )

    async def _context(self, key: TLSKey) -> ssl.SSLContext:
        if isinstance(key, ssl.SSLContext):
            return key
        context = self._contexts.get(key)
        if context is None:
            loop = asyncio.get_running_loop()
            try:
                context = await loop.run_in_executor(None, make_context, key)
            except ValueError as error:
                raise RequestError(str(error)) from error
            if len(self._contexts) >= MAX_CONTEXTS:
                self._contexts.clear()
            self._contexts[key] = context
        return context


async def _connect_unix(path: str) -> IOStream:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.setblocking(False)
    stream = IOStream(sock)
    try:
        return await stream.connect(path)
    except BaseException:
        stream.close()
        raise
