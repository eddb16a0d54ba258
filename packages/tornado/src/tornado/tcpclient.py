"""`TCPClient`."""

from __future__ import annotations

from zonda.iostream import Resolver, TCPClient

from .connector import Connector

__all__ = ["Resolver", "TCPClient"]

_Connector = Connector
