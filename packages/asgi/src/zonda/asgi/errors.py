"""What can go wrong between ASGI and Zonda, split by whose fault it was."""

from __future__ import annotations


class ASGIError(Exception):
    """The root of this package's errors."""


class MessageError(ASGIError, RuntimeError):
    """An application, or a server, sent a message that may not come then, or is malformed."""


class LifespanError(ASGIError, RuntimeError):
    """An application says that it cannot start or end, or takes too long for it."""


class ClientDisconnectedError(ASGIError, OSError):
    """The client went away; what is sent to it goes nowhere."""


class AnswerAbortedError(ASGIError):
    """An answer was given up in the middle, so the server must cut its connection."""


class DetachError(ASGIError, RuntimeError):
    """A handler asked for the connection itself, which an ASGI server does not give away."""


class MissingExtraError(ASGIError, ImportError):
    """Something was asked for that needs an extra of this package which is not installed."""
