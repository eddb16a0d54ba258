"""The proof that a server understood the handshake, RFC 6455 sections 4.1 and 4.2.2."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from typing import Final

_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES: Final = 16


def new_handshake_key() -> str:
    """A key for one handshake of a client."""
    return base64.b64encode(os.urandom(_KEY_BYTES)).decode()


def is_valid_key(key: str) -> bool:
    """Whether *key* is 16 bytes in base64.

    >>> is_valid_key("dGhlIHNhbXBsZSBub25jZQ=="), is_valid_key("dG9vIHNob3J0")
    (True, False)
    """
    try:
        return len(key) == 24 and len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def accept_key(key: str) -> str:
    """The answer to a client's key.

    >>> accept_key("dGhlIHNhbXBsZSBub25jZQ==")
    's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
    """
    digest = hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()
