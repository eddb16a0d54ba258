"""Put TLS on a transport that has been used in the clear."""

from __future__ import annotations

import asyncio
import ssl
from typing import cast

from .connection import CLOSE_TIMEOUT

# Seconds a TLS handshake may take: several round trips over a bad line, not a silent peer.
TLS_HANDSHAKE_TIMEOUT = 30.0


async def start_tls(
    transport: asyncio.Transport,
    received: bytes,
    protocol: asyncio.Protocol,
    context: ssl.SSLContext,
    server_side: bool,
    server_hostname: str | None,
    handshake_timeout: float = TLS_HANDSHAKE_TIMEOUT,
) -> asyncio.Transport:
    """Make the handshake on *transport*, which is paused, and return the encrypting transport.

    Bytes that the peer sent in the clear are handed to the TLS layer.  They are the beginning of
    its handshake, or they were slipped in by somebody and make the handshake fail: never do they
    become data of the encrypted stream (CVE-2011-0411).

    *protocol* is not told of the connection (``connection_made``), and may get its first bytes
    before this function returns.

    :param received: bytes that have been read from *transport* but not been used.
    :param handshake_timeout: seconds.
    :raises ssl.SSLError: the handshake failed.
    :raises OSError: the connection broke, or the handshake took too long.
    """
    if not server_side:
        check_name(context, server_hostname)
    loop = asyncio.get_running_loop()
    handshake = loop.create_task(
        loop.start_tls(
            transport,
            protocol,
            context,
            server_side=server_side,
            server_hostname=server_hostname,
            ssl_handshake_timeout=handshake_timeout,
            ssl_shutdown_timeout=CLOSE_TIMEOUT,
        )
    )
    try:
        if received:
            await asyncio.sleep(0)  # the loop makes the TLS layer the transport's protocol ...
            await asyncio.sleep(0)  # ... and tells it about the transport, then reads on
            _feed(cast(asyncio.BufferedProtocol, transport.get_protocol()), received)
        tls = await handshake
    except asyncio.CancelledError:
        handshake.cancel()
        transport.abort()
        raise
    assert tls is not None
    return tls


def check_name(context: ssl.SSLContext, server_hostname: str | None) -> None:
    """Refuse what the loop's TLS layer would stumble over only in the middle of the handshake.

    :raises ValueError: names are to be verified, but there is none.
    """
    if context.check_hostname and not server_hostname:
        raise ValueError(
            "TLS verifies the server's name: give server_hostname, or turn verification off"
        )


def _feed(layer: asyncio.BufferedProtocol, received: bytes) -> None:
    """Let *layer* receive bytes as if they came from the transport now."""
    while received:
        buffer = memoryview(layer.get_buffer(len(received))).cast("B")
        count = min(len(buffer), len(received))
        buffer[:count] = received[:count]
        layer.buffer_updated(count)
        received = received[count:]
