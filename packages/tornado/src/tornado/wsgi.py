"""WSGI applications on this server."""

from __future__ import annotations

from zonda.wsgi import WSGIAdapter, WSGIContainer

__all__ = ["WSGIAdapter", "WSGIContainer"]
