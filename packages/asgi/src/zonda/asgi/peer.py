"""Where a request comes from, as an ASGI server tells it."""

from __future__ import annotations

from zonda.httpserver import ForeignPeer

from .protocol import Scope


def peer_of(scope: Scope) -> ForeignPeer:
    """The client of a connection."""
    client = scope.get("client")
    address = None if client is None else (client[0], client[1])
    return ForeignPeer(address, scope.get("scheme", "http"))
