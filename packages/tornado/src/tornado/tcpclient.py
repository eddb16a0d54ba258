"""`TCPClient`."""

from __future__ import annotations

from zonda.iostream import TCPClient

__all__ = ["TCPClient"]
