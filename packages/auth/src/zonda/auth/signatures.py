"""Text that a browser keeps and cannot change, signed with the application's ``cookie_secret``.

The signature is HMAC-SHA256 (RFC 2104) over the name and the text, with a key that is derived from
the secret for this purpose alone: what was signed here is no signed cookie of another kind, and the
other way round.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from typing import Final

#: Characters of a signed text; browsers keep no more in one cookie.
MAX_SIGNED_SIZE: Final = 4096

_PURPOSE: Final = b"zonda.auth: a login under way"
# Made before worker processes are forked, so that these have the same.
_OWN_SECRET: Final = secrets.token_bytes(32)

_log: Final = logging.getLogger("zonda.auth")
_warned: Final[set[str]] = set()


def signing_keys(settings: Mapping[str, object]) -> list[bytes]:
    """The keys of an application; the first one signs, all verify.

    Without a ``cookie_secret`` it is one of this process, about which the log is told once.
    """
    secret = settings.get("cookie_secret")
    if not secret:
        if not _warned:
            _warned.add("cookie_secret")
            _log.warning(
                "the application has no cookie_secret: logins under way are lost when this "
                "process ends, and other processes do not know them"
            )
        return [_derived(_OWN_SECRET)]
    if isinstance(secret, Mapping):
        current = settings.get("key_version")
        versions = sorted(secret, key=lambda version: version != current)
        return [_derived(_bytes(secret[version])) for version in versions]
    return [_derived(_bytes(secret))]


def sign(key: bytes, name: str, text: str) -> str:
    """*text* with a signature for use under *name*."""
    encoded = base64.urlsafe_b64encode(text.encode("utf-8")).rstrip(b"=").decode("ascii")
    return f"{encoded}.{_signature(key, name, encoded)}"


def verify(keys: list[bytes], name: str, signed: str) -> str | None:
    """The text that was signed under *name* with one of *keys*, or None."""
    encoded, dot, signature = signed.rpartition(".")
    if not dot or len(signed) > MAX_SIGNED_SIZE or not signed.isascii():
        return None
    if not any(hmac.compare_digest(_signature(key, name, encoded), signature) for key in keys):
        return None
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return None


def _signature(key: bytes, name: str, encoded: str) -> str:
    digest = hmac.digest(key, f"{name}={encoded}".encode("ascii", "replace"), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _derived(secret: bytes) -> bytes:
    return hmac.new(secret, _PURPOSE, hashlib.sha256).digest()


def _bytes(secret: object) -> bytes:
    return secret if isinstance(secret, bytes) else str(secret).encode("utf-8")
