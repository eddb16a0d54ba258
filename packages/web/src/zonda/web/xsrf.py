"""Tokens against cross-site request forgery.

The secret token is in a cookie; a form or a script sends a copy.  Each copy is masked with other
random bytes, so that a compressed page does not betray it letter by letter (BREACH).  The written
form is Tornado's version 2: ``2|mask|masked token|timestamp``; version 1 is read too: the bare
token in hexadecimal, or any other text, which is then the token itself.
"""

from __future__ import annotations

import binascii
import hmac
import os
import time
from typing import Final, NamedTuple

_TOKEN_SIZE: Final = 16
_MASK_SIZE: Final = 4
_MAX_TEXT: Final = 512


class XSRFToken(NamedTuple):
    """A token without its mask.

    :ivar version: the format in which it came.
    :ivar token: the secret bytes.
    :ivar timestamp: when it was made, in seconds since 1970.
    """

    version: int
    token: bytes
    timestamp: int


def new_token(version: int = 2) -> XSRFToken:
    """A random token, made now."""
    return XSRFToken(version, os.urandom(_TOKEN_SIZE), int(time.time()))


def encode(token: XSRFToken, version: int = 2) -> str:
    """A copy to give away: with a mask of its own in version 2, and plain in version 1.

    :raises ValueError: the version is unknown.
    """
    if version == 1:
        return token.token.hex()
    if version != 2:
        raise ValueError(f"xsrf_cookie_version is 1 or 2, not {version!r}")
    mask = os.urandom(_MASK_SIZE)
    return f"2|{mask.hex()}|{_masked(mask, token.token).hex()}|{token.timestamp}"


def decode(text: str) -> XSRFToken | None:
    """The token in a cookie or in a copy, or None if there is none."""
    if not text or len(text) > _MAX_TEXT:
        return None
    try:
        if text.startswith("2|"):
            _, mask, masked, timestamp = text.split("|")
            bits = binascii.unhexlify(mask)
            if len(bits) != _MASK_SIZE or not (timestamp.isascii() and timestamp.isdigit()):
                return None
            token = _masked(bits, binascii.unhexlify(masked))
            return XSRFToken(2, token, int(timestamp[:15])) if token else None
    except (ValueError, binascii.Error):
        return None
    if "|" in text:
        return None  # of a version that is not known
    try:
        token = binascii.unhexlify(text)
    except (ValueError, binascii.Error):
        token = text.encode("utf-8", "replace")
    return XSRFToken(1, token, int(time.time()))


def check(token: XSRFToken | None, given: str) -> bool:
    """Whether the copy *given* is one of the cookie's *token*; takes the same time either way."""
    copy = decode(given)
    return token is not None and copy is not None and hmac.compare_digest(token.token, copy.token)


def _masked(mask: bytes, data: bytes) -> bytes:
    """Each byte of *data* combined with the mask's, over and over."""
    repeated = (mask * (len(data) // len(mask) + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(
        len(data), "big"
    )
