"""A certificate authority that only tests trust, and TLS with certificates of it."""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any

import trustme


@cache
def authority() -> trustme.CA:
    """The authority; one is enough for all tests."""
    return trustme.CA()


def server_context(*names: str, **kwargs: Any) -> ssl.SSLContext:
    """For a server called *names*; *kwargs* are those of ``trustme.CA.issue_cert``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority().issue_cert(*(names or ("localhost", "127.0.0.1")), **kwargs)
    certificate.configure_cert(context)
    return context


def client_context() -> ssl.SSLContext:
    """For a client that trusts the authority."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context
