"""Passwords for a site's own accounts.

>>> import asyncio
>>> from zonda.auth import check_password, hash_password
>>> stored = asyncio.run(hash_password("correct horse"))
>>> asyncio.run(check_password("correct horse", stored))
True
>>> asyncio.run(check_password("battery staple", stored))
False
"""

from __future__ import annotations

from .errors import AuthError, PasswordError
from .passwords import MAX_PASSWORD_SIZE, check_password, hash_password, needs_rehash

__all__ = [
    "MAX_PASSWORD_SIZE",
    "AuthError",
    "PasswordError",
    "check_password",
    "hash_password",
    "needs_rehash",
]
