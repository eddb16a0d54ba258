"""What can go wrong with a fetch.

::

    HTTPClientError              the answer's status says so, or (599) there was no good answer
    ├── ContentError             the answer's body is no text of its charset, or no JSON
    ├── HTTPTimeoutError         it took too long; the text says which part; a TimeoutError too
    ├── HTTPStreamClosedError    the server closed the connection before the answer was complete
    │   └── ResponseError        the answer is no valid HTTP, or larger than a limit: we closed it
    │       └── HeadTooLargeError  ... its head is
    ├── RequestError             the request cannot be sent: nothing was
    ├── ProxyError               the proxy refused, or gave no valid answer
    └── ClientClosedError        the client was closed

A server that cannot be reached is an `OSError`, as the system gave it: `ConnectionRefusedError`,
`socket.gaierror`, `ssl.SSLError`.  To Python a `TimeoutError` is one as well, so whoever treats the
two differently asks for `HTTPClientError` first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zonda.http import REASONS
from zonda.iostream import UnsatisfiableReadError

if TYPE_CHECKING:
    from .response import HTTPResponse

#: The status of fetches that have no answer.
NO_ANSWER: Final = 599


class HTTPClientError(Exception):
    """A fetch did not succeed; the root of this package's errors.

    :ivar code: the answer's status, or 599 if there was none.
    :ivar message: the answer's reason, or what happened.
    :ivar response: the answer, or None.
    """

    def __init__(
        self, code: int, message: str | None = None, response: HTTPResponse | None = None
    ) -> None:
        self.code = code
        self.message = message or REASONS.get(code, "Unknown")
        self.response = response
        Exception.__init__(self, code, message, response)

    def __str__(self) -> str:
        return f"HTTP {self.code}: {self.message}"

    __repr__ = __str__


HTTPError = HTTPClientError


class ContentError(HTTPClientError, ValueError):
    """The body of an answer is not what it is read as: text of its charset, JSON."""

    def __str__(self) -> str:
        return self.message


class NoAnswerError(HTTPClientError):
    """Common to the errors with status 599."""

    def __init__(self, message: str) -> None:
        super().__init__(NO_ANSWER, message)
        self.args = (message,)

    def __str__(self) -> str:
        return self.message


class HTTPTimeoutError(NoAnswerError, TimeoutError):
    """A timeout passed; the message says in which part of the fetch."""


class HTTPStreamClosedError(NoAnswerError):
    """The connection ended before the answer was complete."""


class ResponseError(HTTPStreamClosedError):
    """The answer is no valid HTTP, is damaged, or is larger than a limit: we hung up."""


class HeadTooLargeError(ResponseError, UnsatisfiableReadError):
    """The head of the answer is larger than ``max_header_size``.

    It is also the error of a stream on which a read cannot come to its end.
    """

    def __init__(self, message: str) -> None:
        NoAnswerError.__init__(self, message)
        self.real_error = None


class RequestError(NoAnswerError, ValueError):
    """The request cannot be sent as it is; not a byte of it was."""


class ProxyError(NoAnswerError):
    """The proxy refused to connect, or gave no valid answer.

    :ivar status: the status of its answer, or None.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class ClientClosedError(NoAnswerError, RuntimeError):
    """The client was closed before or during the fetch."""
