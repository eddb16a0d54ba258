"""Passwords of a site's own accounts, kept as scrypt hashes (RFC 7914).

A hash is text that says how it was made, in the form that other libraries read too::

    $scrypt$ln=15,r=8,p=1$<salt>$<hash>

Hashing takes some hundredths of a second and 32 MiB on purpose; it runs in a thread, so the event
loop does not wait.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import os
import re
import unicodedata
from typing import Final, NamedTuple

from .errors import PasswordError

# What a guess shall cost (OWASP's recommendation): raise it when machines are faster, and
# `needs_rehash` says which hashes are from before.
LOG_COST: Final = 15
BLOCK_SIZE: Final = 8
PARALLELISM: Final = 1

_SALT_SIZE: Final = 16
_HASH_SIZE: Final = 32

MAX_PASSWORD_SIZE: Final = 1024
"""Bytes that a password may have; longer ones would only make the server work."""

# What a stored hash may ask for: a forged one must take neither all memory nor all day.
_MAX_LOG_COST: Final = 20
_MAX_FACTOR: Final = 32
_MAX_MEMORY: Final = 256 * 1024 * 1024

_STORED: Final = re.compile(
    r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)


class _Hash(NamedTuple):
    log_cost: int
    block_size: int
    parallelism: int
    salt: bytes
    digest: bytes

    def compute(self, password: bytes) -> bytes:
        return hashlib.scrypt(
            password,
            salt=self.salt,
            n=1 << self.log_cost,
            r=self.block_size,
            p=self.parallelism,
            maxmem=256 * self.block_size * (1 << self.log_cost),
            dklen=len(self.digest) or _HASH_SIZE,
        )


async def hash_password(password: str) -> str:
    """The text to store for *password*; a different one each time.

    :raises PasswordError: the password is empty, or longer than `MAX_PASSWORD_SIZE` bytes.
    """
    raw = _bytes(password)
    if not raw:
        raise PasswordError("a password cannot be empty")
    if len(raw) > MAX_PASSWORD_SIZE:
        raise PasswordError(f"a password has at most {MAX_PASSWORD_SIZE} bytes")
    fresh = _Hash(LOG_COST, BLOCK_SIZE, PARALLELISM, os.urandom(_SALT_SIZE), b"")
    digest = await asyncio.to_thread(fresh.compute, raw)
    return (
        f"$scrypt$ln={LOG_COST},r={BLOCK_SIZE},p={PARALLELISM}"
        f"${_encode(fresh.salt)}${_encode(digest)}"
    )


async def check_password(password: str, stored: str | None) -> bool:
    """Whether *password* is the one that was stored.

    Takes as long when there is nothing stored, or nothing that can be read: whoever asks must not
    learn which names exist.
    """
    raw = _bytes(password)
    known = _parse(stored or "")
    against = known or _Hash(LOG_COST, BLOCK_SIZE, PARALLELISM, b"\0" * _SALT_SIZE, b"\0" * 32)
    digest = await asyncio.to_thread(against.compute, raw)
    same = hmac.compare_digest(digest, against.digest)
    return same and known is not None and 0 < len(raw) <= MAX_PASSWORD_SIZE


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made more cheaply than today's, so that it should be made anew while the
    password is at hand: right after `check_password` said yes."""
    known = _parse(stored)
    return known is None or (known.log_cost, known.block_size, known.parallelism) < (
        LOG_COST,
        BLOCK_SIZE,
        PARALLELISM,
    )


def _bytes(password: str) -> bytes:
    """The same bytes for the same password, however a keyboard composes its letters (RFC 8265
    section 4.2); one that is too long is cut to be just that."""
    text = unicodedata.normalize("NFC", password[: MAX_PASSWORD_SIZE + 1])
    return text.encode("utf-8", "surrogatepass")[: MAX_PASSWORD_SIZE + 1]


def _parse(stored: str) -> _Hash | None:
    found = _STORED.fullmatch(stored)
    if found is None:
        return None
    log_cost, block_size, parallelism = (int(number) for number in found.groups()[:3])
    if not (1 <= log_cost <= _MAX_LOG_COST and 1 <= block_size <= _MAX_FACTOR):
        return None
    if not 1 <= parallelism <= _MAX_FACTOR:
        return None
    if 128 * block_size << log_cost > _MAX_MEMORY:
        return None
    try:
        salt, digest = _decode(found[4]), _decode(found[5])
    except binascii.Error:
        return None
    if not 16 <= len(digest) <= 64:
        return None
    return _Hash(log_cost, block_size, parallelism, salt, digest)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii").rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
