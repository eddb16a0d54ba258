"""What can be wrong with an HTTP message, split by whose fault it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .headers import HTTPHeaders


class HTTPProtocolError(Exception):
    """The root of this package's errors.

    :ivar status: the status code with which a server should answer, if it still can.
    """

    status = 400

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        if status is not None:
            self.status = status


class HTTPInputError(HTTPProtocolError):
    """The peer sent something that is no valid HTTP, or more than a limit allows."""


class HTTPOutputError(HTTPProtocolError, ValueError):
    """This side was about to send something that is no valid HTTP."""

    status = 500


class BodyTooLargeError(HTTPInputError):
    """A body, or a part of one, is larger than its limit, perhaps only when decompressed."""

    status = 413


class ContentCodingError(HTTPInputError):
    """A compressed body is damaged, cut off, or followed by something else."""


class UnsupportedCodingError(HTTPInputError):
    """A body has a content coding that is unknown, or whose extra is not installed."""

    status = 415


class RangeNotSatisfiableError(HTTPInputError):
    """None of the ranges that a request asks for is in the representation.

    :ivar total: the representation's length in bytes.
    """

    status = 416

    def __init__(self, total: int) -> None:
        super().__init__(f"no range that was asked for is within {total} bytes")
        self.total = total


class ProxyProtocolError(HTTPInputError):
    """A connection does not begin with a valid PROXY protocol header."""


class TunnelError(HTTPInputError):
    """A proxy does not give the connection that it was asked for.

    :ivar code: the status of its answer, or None if that is not why.
    :ivar headers: the headers of its answer, or None.
    """

    status = 502

    def __init__(
        self, message: str, code: int | None = None, headers: HTTPHeaders | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.headers = headers
