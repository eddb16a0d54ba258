"""What can go wrong while logging in."""

from __future__ import annotations


class AuthError(Exception):
    """The root of this package's errors."""


class PasswordError(AuthError, ValueError):
    """A text that cannot be a password."""
