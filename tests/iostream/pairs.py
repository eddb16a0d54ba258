"""Two connected streams of each kind, and the certificates that TLS needs."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from tests import certificates
from zonda.iostream import BaseIOStream, IOStream, PipeIOStream, SSLIOStream, stream_pair

Pair = tuple[BaseIOStream, BaseIOStream]
MakePair = Callable[..., Awaitable[Pair]]


@cache
def server_context() -> ssl.SSLContext:
    return certificates.server_context()


@cache
def client_context() -> ssl.SSLContext:
    return certificates.client_context()


def tcp_sockets() -> tuple[socket.socket, socket.socket]:
    """Two ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        left = socket.create_connection(listening.getsockname())
        right, _ = listening.accept()
    left.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    right.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return left, right


async def tcp(**limits: Any) -> Pair:
    left, right = tcp_sockets()
    return IOStream(left, **limits), IOStream(right, **limits)


async def unix(**limits: Any) -> Pair:
    left, right = socket.socketpair()
    return IOStream(left, **limits), IOStream(right, **limits)


async def tls(**limits: Any) -> tuple[SSLIOStream, SSLIOStream]:
    left, right = tcp_sockets()
    client = SSLIOStream(left, ssl_options=client_context(), server_hostname="localhost", **limits)
    server = SSLIOStream(right, ssl_options=server_context(), server_side=True, **limits)
    await asyncio.gather(client.wait_for_handshake(), server.wait_for_handshake())
    return client, server


async def pipe(**limits: Any) -> Pair:
    """One way only, from the first to the second."""
    reader, writer = os.pipe()
    return PipeIOStream(writer, **limits), PipeIOStream(reader, **limits)


async def descriptor(**limits: Any) -> Pair:
    left, right = socket.socketpair()
    return PipeIOStream(left.detach(), **limits), PipeIOStream(right.detach(), **limits)


async def memory(**limits: Any) -> Pair:
    return stream_pair(**limits)


KINDS: dict[str, MakePair] = {
    "tcp": tcp,
    "tls": tls,
    "unix": unix,
    "pipe": pipe,
    "descriptor": descriptor,
    "memory": memory,
}
