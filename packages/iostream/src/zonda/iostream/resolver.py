"""From host names to addresses."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

# What a socket of the family connects to: ``(host, port)``, for IPv6 ``(host, port, flow, scope)``.
SocketAddress = tuple[Any, ...]
Addresses = list[tuple[socket.AddressFamily, SocketAddress]]

OverrideKey = str | tuple[str, int] | tuple[str, int, socket.AddressFamily]
OverrideValue = str | tuple[str, int]


def is_valid_ip(ip: str) -> bool:
    """Whether *ip* is an IPv4 or IPv6 address in its usual notation, and nothing else."""
    try:
        ipaddress.ip_address(ip)
    except ValueError:
        return False
    return True


class Resolver:
    """Looks names up with `socket.getaddrinfo` in a thread; others are subclasses of it.

    To plug in another way, override `resolve`, and `close` if there is something to close.

    :param executor: where the threads come from; by default the event loop's own.
    """

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses:
        """The addresses of *host*, best first: pairs of a family and what to connect to.

        An IP address is its own result.

        :param family: `socket.AF_INET` or `socket.AF_INET6` to have only those.
        :raises OSError: there is no such host (`socket.gaierror`), or none of this family.
        """
        loop = asyncio.get_running_loop()
        numeric = socket.AI_NUMERICHOST if is_valid_ip(host) else 0
        try:
            if self._executor is None:
                found = await loop.getaddrinfo(
                    host, port, family=family, type=socket.SOCK_STREAM, flags=numeric
                )
            else:
                found = await loop.run_in_executor(
                    self._executor, _getaddrinfo, host, port, family, numeric
                )
        except ValueError as error:  # no name at all: too long, empty label, a zero character
            raise _no_such_host(host, error) from None
        unique = dict.fromkeys((info[0], tuple(info[4])) for info in found)
        return [(socket.AddressFamily(family), address) for family, address in unique]

    def close(self) -> None:
        """Free what the resolver holds; an executor that it was given is not its own."""


class OverrideResolver(Resolver):
    """Asks *mapping* first, then *resolver*; for tests and local exceptions.

    >>> import socket
    >>> from zonda.iostream import OverrideResolver, Resolver
    >>> resolver = OverrideResolver(
    ...     Resolver(),
    ...     {
    ...         "example.org": "127.0.0.1",
    ...         ("example.org", 443): ("localhost", 1443),
    ...         ("example.org", 443, socket.AF_INET6): ("::1", 1443),
    ...     },
    ... )

    The most specific entry counts.  What an entry says is resolved in turn, but not mapped again.
    The mapping may be changed at any time.
    """

    def __init__(self, resolver: Resolver, mapping: Mapping[OverrideKey, OverrideValue]) -> None:
        super().__init__()
        self.resolver = resolver
        self.mapping = mapping

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses:
        keys: list[OverrideKey] = [(host, port, family), (host, port), host]
        found = next((self.mapping[key] for key in keys if key in self.mapping), None)
        if isinstance(found, str):
            host = found
        elif found is not None:
            host, port = found
        return await self.resolver.resolve(host, port, family)

    def close(self) -> None:
        """Close the resolver that is asked second."""
        self.resolver.close()


def _getaddrinfo(host: str, port: int, family: int, flags: int) -> list[tuple[Any, ...]]:
    return list(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, flags))


def _no_such_host(host: str, error: Exception) -> socket.gaierror:
    return socket.gaierror(socket.EAI_NONAME, f"{host[:255]!r} cannot be a host name: {error}")
