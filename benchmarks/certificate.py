# /// script
# requires-python = ">=3.11"
# dependencies = ["trustme"]
# ///
"""A certificate for this machine, for servers that speak TLS, and who trusts it."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from collections.abc import Iterator

import trustme


@contextlib.contextmanager
def certificate() -> Iterator[tuple[str, ssl.SSLContext]]:
    """The file of a certificate with its key, and a client's context that trusts it."""
    authority = trustme.CA()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        made = authority.issue_cert("localhost", "127.0.0.1")
        made.private_key_and_cert_chain_pem.write_to_path(file.name)
        yield file.name, context
