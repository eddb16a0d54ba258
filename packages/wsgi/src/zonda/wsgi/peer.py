"""Where a request comes from, as a WSGI server tells it."""

from __future__ import annotations

from wsgiref.types import WSGIEnvironment

from zonda.httpserver import ForeignPeer


def peer_of(environ: WSGIEnvironment) -> ForeignPeer:
    """The client of a request."""
    remote: str = environ.get("REMOTE_ADDR") or ""
    port: str = environ.get("REMOTE_PORT") or "0"
    address = (remote, int(port)) if remote else None
    return ForeignPeer(address, environ.get("wsgi.url_scheme", "http"))
