"""What can go wrong while logging in, and the status that its author gets.

::

    AuthError                400  the root of this package's errors
    ├── FlowError            403  the answer belongs to no login that this browser has begun
    ├── TokenError           403  a token is forged, expired, or meant for somebody else
    ├── AnswerError               what comes of a provider's answer
    │   ├── RefusedError     403  the provider, or the user there, said no
    │   └── ProviderError    500  the provider cannot be reached, or answers nonsense
    └── PasswordError        400  a text that cannot be a password

A handler of ``zonda.web`` need not catch them: each is a `zonda.http.HTTPInputError`, which the
client gets as an error page with the ``status``.  No message has a token, a code or a secret in it.

`RefusedError` and `ProviderError` are `zonda.httpclient.HTTPClientError` too, with the ``code`` and
the ``response`` of the provider: a program that asks for something in the user's name may have to
know more than no.
"""

from __future__ import annotations

import re
from typing import Final

from zonda.http import HTTPInputError
from zonda.httpclient import HTTPClientError, HTTPResponse

#: Characters of a provider's explanation that are kept; it is foreign text.
MAX_REASON_SIZE: Final = 300

#: The ``code`` of errors without an answer, as of `zonda.httpclient`.
NO_ANSWER: Final = 599

# Controls, lone surrogates, and what breaks lines or turns the direction of writing.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+"
)


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
        self.args = (f"{message}: {reason}" if reason else message,)

    def __str__(self) -> str:
        return str(self.args[0])


class FlowError(AuthError):
    """The answer belongs to no login that this browser has begun lately, or to another one."""

    status = 403


class AnswerError(AuthError, HTTPClientError):
    """Common to the errors that come of what a provider answers.

    :ivar code: the status of its answer, or 599 if it gave none, or if the browser brought it.
    :ivar response: the answer, or None.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        *,
        error: object = None,
        description: object = None,
        response: HTTPResponse | None = None,
    ) -> None:
        super().__init__(message, status, error=error, description=description)
        self.code = NO_ANSWER if response is None else response.code
        self.message = str(self)
        self.response = response


class RefusedError(AnswerError):
    """The provider refused, or the user did not agree."""

    status = 403


class TokenError(AuthError):
    """A token is not what it should be; the message says in which respect."""

    status = 403


class ProviderError(AnswerError):
    """The provider cannot be reached, or its answer makes no sense."""

    status = 500


class PasswordError(AuthError, ValueError):
    """A text that cannot be a password."""


def printable(text: object) -> str | None:
    """Foreign *text* as it may stand in one line of a log."""
    if not isinstance(text, str) or not text:
        return None
    return _UNPRINTABLE.sub(" ", text)[:MAX_REASON_SIZE]
