"""What can go wrong while serving."""

from __future__ import annotations


class ServerError(Exception):
    """The root of this package's errors."""


class AddressInUseError(ServerError, OSError):
    """Another program, or another part of this one, listens there already."""


class AnswerError(ServerError, RuntimeError):
    """An answer was written out of order, or not as its head announced."""


class MissingCertificateError(ServerError, ValueError, KeyError):
    """The ``ssl_options`` of a server have no certificate."""

    def __str__(self) -> str:
        return str(self.args[0])
