"""Names looked up by c-ares, through the package ``pycares``."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from zonda.iostream import Resolver, is_valid_ip

__all__ = ["CaresResolver"]


class CaresResolver(Resolver):
    """Looks names up without threads.

    :raises ImportError: ``pycares`` is not installed.
    """

    def __init__(self) -> None:
        super().__init__()
        import pycares

        self._channel = pycares.Channel()

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[tuple[socket.AddressFamily, Any]]:
        """The addresses of *host*.

        :raises OSError: there is no such host.
        """
        if is_valid_ip(host) or host == "localhost":
            return await super().resolve(host, port, family)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()

        def answered(result: Any, error: int | None) -> None:
            loop.call_soon_threadsafe(_settle, answer, host, result, error)

        self._channel.getaddrinfo(
            host, None, family=family, type=socket.SOCK_STREAM, callback=answered
        )
        nodes = (await answer).nodes
        return [
            (socket.AddressFamily(node.family), (node.addr[0].decode(), port)) for node in nodes
        ]


def _settle(answer: asyncio.Future[Any], host: str, result: Any, error: int | None) -> None:
    if answer.done():
        return
    if error is None:
        answer.set_result(result)
    else:
        answer.set_exception(OSError(f"c-ares cannot resolve {host!r}: error {error}"))
