"""`TCPClient`."""

from __future__ import annotations

from zonda.iostream import Resolver, TCPClient

__all__ = ["Resolver", "TCPClient"]
