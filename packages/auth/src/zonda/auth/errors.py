"""What can go wrong while logging in, and the status that its author gets.

::

    AuthError                400  the root of this package's errors
    ├── FlowError            403  the answer belongs to no login that this browser has begun
    ├── RefusedError         403  the provider, or the user there, said no
    ├── TokenError           403  a token is forged, expired, or meant for somebody else
    ├── ProviderError        502  the provider cannot be reached, or answers nonsense
    └── PasswordError        400  a text that cannot be a password

A handler of ``zonda.web`` need not catch them: each is a `zonda.http.HTTPInputError`, which the
client gets as an error page with the ``status``.  No message has a token, a code or a secret in it.
"""

from __future__ import annotations

import re
from typing import Final

from zonda.http import HTTPInputError

#: Characters of a provider's explanation that are kept; it is foreign text.
MAX_REASON_SIZE: Final = 300

_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]+")


class AuthError(HTTPInputError):
    """A login did not succeed; the root of this package's errors.

    :ivar status: the status for the client.
    :ivar error: the provider's word for it, such as ``access_denied``, or None.
    :ivar description: the provider's explanation, made printable, or None.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        *,
        error: object = None,
        description: object = None,
    ) -> None:
        self.error = printable(error)
        self.description = printable(description)
        reason = ": ".join([part for part in (self.error, self.description) if part])
        super().__init__(f"{message}: {reason}" if reason else message, status)


class FlowError(AuthError):
    """The answer belongs to no login that this browser has begun lately, or to another one."""

    status = 403


class RefusedError(AuthError):
    """The provider refused, or the user did not agree."""

    status = 403


class TokenError(AuthError):
    """A token is not what it should be; the message says in which respect."""

    status = 403


class ProviderError(AuthError):
    """The provider cannot be reached, or its answer makes no sense."""

    status = 502


class PasswordError(AuthError, ValueError):
    """A text that cannot be a password."""


def printable(text: object) -> str | None:
    """Foreign *text* as it may stand in one line of a log."""
    if not isinstance(text, str) or not text:
        return None
    return _UNPRINTABLE.sub(" ", text)[:MAX_REASON_SIZE]
