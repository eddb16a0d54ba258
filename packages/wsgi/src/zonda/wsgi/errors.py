"""What can go wrong between WSGI and Zonda, split by whose fault it was."""

from __future__ import annotations


class WSGIError(Exception):
    """The root of this package's errors."""


class ApplicationError(WSGIError, RuntimeError):
    """A WSGI application broke the rules of PEP 3333."""


class ClientDisconnectedError(WSGIError, OSError):
    """The client went away; what is sent to it goes nowhere."""


class AnswerAbortedError(WSGIError):
    """An answer was given up in the middle, so the server must cut its connection."""


class DetachError(WSGIError, RuntimeError):
    """A handler asked for the connection itself, which a WSGI server does not give away."""
