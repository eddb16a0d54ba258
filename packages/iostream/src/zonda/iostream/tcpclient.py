"""Connecting to a host by its name."""

from __future__ import annotations

import asyncio
import datetime
import functools
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .errors import StreamClosedError
from .happy_eyeballs import first_connected, interleaved
from .resolver import Addresses, Resolver, SocketAddress
from .socket_stream import AnySSLOptions, IOStream, SSLIOStream


class TCPClient:
    """Makes connections; one may be used for many.

    :param resolver: looks the names up; by default a `Resolver`, which is closed with the client.
    """

    def __init__(self, resolver: Resolver | None = None) -> None:
        self._own_resolver = resolver is None
        self.resolver = Resolver() if resolver is None else resolver

    def close(self) -> None:
        """Free what the client holds; streams it has made go on."""
        if self._own_resolver:
            self.resolver.close()

    async def connect(
        self,
        host: str,
        port: int,
        af: socket.AddressFamily = socket.AF_UNSPEC,
        ssl_options: AnySSLOptions | None = None,
        max_buffer_size: int | None = None,
        source_ip: str | None = None,
        source_port: int | None = None,
        timeout: float | datetime.timedelta | None = None,
    ) -> IOStream:
        """Connect to the address of *host* that answers first.

        :param af: `socket.AF_INET` or `socket.AF_INET6` to use only those addresses.
        :param ssl_options: use TLS with this (see `ssl_options_to_context`; an empty dictionary
            has the defaults) and return an `SSLIOStream`; the name to verify is *host*.
        :param max_buffer_size: for the stream, see `BaseIOStream`.
        :param source_ip: the local address; only addresses of its family are then tried with
            success.
        :param source_port: the local port.
        :param timeout: seconds that all of it may take together: the look-up, the connection,
            the TLS handshake.  Without it the system's own limits apply, about two minutes.
        :raises StreamClosedError: no address answered; ``real_error`` is what the system said.
        :raises OSError: there is no such host (`socket.gaierror`).
        :raises ssl.SSLError: the TLS handshake failed.
        :raises TimeoutError: it took too long; the text says which part.

        Whatever happens, also cancellation, no socket is left open.
        """
        if isinstance(timeout, datetime.timedelta):
            timeout = timeout.total_seconds()
        deadline = None if timeout is None else asyncio.get_running_loop().time() + timeout
        async with _phase(deadline, f"while resolving {host}"):
            addresses = interleaved(await self.resolver.resolve(host, port, af))
        if not addresses:
            raise StreamClosedError(OSError(f"{host} has no address"))
        attempt = functools.partial(_attempt, source_ip, source_port)
        async with _phase(deadline, f"while connecting to {_listed(addresses)}"):
            try:
                sock = await first_connected(addresses, attempt)
            except OSError as error:
                raise StreamClosedError(error) from error
        if ssl_options is None:
            return IOStream(sock, max_buffer_size)
        # The dot that ends an absolute name is not part of it (RFC 6066 section 3).
        name = host.removesuffix(".")
        stream = SSLIOStream(sock, max_buffer_size, ssl_options=ssl_options, server_hostname=name)
        try:
            async with _phase(deadline, f"during TLS handshake with {host}:{port}"):
                return await stream.wait_for_handshake()
        except BaseException:
            stream.close()
            raise


async def _attempt(
    source_ip: str | None,
    source_port: int | None,
    family: socket.AddressFamily,
    address: SocketAddress,
) -> socket.socket:
    """A socket that is connected to *address*."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        if source_port is not None:  # attempts overlap
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if source_ip is not None or source_port is not None:
            local = source_ip or ("::" if family == socket.AF_INET6 else "0.0.0.0")
            sock.bind((local, source_port or 0))
        await asyncio.get_running_loop().sock_connect(sock, address)
    except OSError as error:
        sock.close()
        # The loop puts a sentence of its own in place of what the system says.
        shown = f"{_formatted(address)}: {os.strerror(error.errno) if error.errno else error}"
        raise OSError(error.errno, shown) if error.errno else OSError(shown) from None
    except BaseException:
        sock.close()
        raise
    return sock


@asynccontextmanager
async def _phase(deadline: float | None, doing: str) -> AsyncIterator[None]:
    """Put a limit and a name on what is going on."""
    limit = asyncio.timeout_at(deadline)
    try:
        async with limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise TimeoutError(f"Timeout {doing}") from None


def _listed(addresses: Addresses) -> str:
    return ", ".join(_formatted(address) for _, address in addresses)


def _formatted(address: SocketAddress) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
