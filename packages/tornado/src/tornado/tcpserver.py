"""`TCPServer`."""

from __future__ import annotations

from zonda.iostream import TCPServer

__all__ = ["TCPServer"]
