"""The interface between a server and everything that answers requests.

A server asks its `HTTPServerConnectionDelegate` for an `HTTPMessageDelegate` for each request and
tells that what comes in; the answer is written to the `HTTPConnection` of the request.  Routers,
applications, ASGI and WSGI adapters are all made of these three.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import ClassVar, Protocol

from .headers import HTTPHeaders
from .start_line import RequestStartLine, ResponseStartLine


class ConnectionContext(Protocol):
    """Where a request comes from.

    :ivar remote_ip: the address of the client; behind a trusted proxy, what that says.
    :ivar protocol: ``http`` or ``https``.
    """

    remote_ip: str
    protocol: str


class HTTPConnection(Protocol):
    """Where the answer to one request is written."""

    def write_headers(
        self,
        start_line: ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> Awaitable[None]:
        """Write the head of the answer, and a first *chunk* of its body with it.

        The result is done when more may be written.
        """

    def write(self, chunk: bytes) -> Awaitable[None]:
        """Write a piece of the body; the result is done when more may be written."""

    def finish(self) -> None:
        """The answer is complete."""


class HTTPMessageDelegate:
    """What wants to know about one message.

    The methods are called in this order: `headers_received` once, `data_received` any number of
    times, and then `finish`, or `on_connection_close` if the connection ended before.
    """

    __slots__ = ()

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """The head has arrived; reading goes on when the result, if any, is done."""
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of the body has arrived; reading goes on when the result, if any, is done."""
        return None

    def finish(self) -> None:
        """The message is complete."""

    def on_connection_close(self) -> None:
        """The connection ended before the message, or before its answer, was complete."""


class HTTPServerConnectionDelegate:
    """What a server asks for a delegate for each request.

    :cvar separates_requests: its delegates see to it that a context variable which is set for one
        request is not seen by the next one of the same connection.  Otherwise `HTTPServer` does,
        for some more time: it makes and calls each delegate in a context of its own.
    """

    __slots__ = ()
    separates_requests: ClassVar[bool] = False

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """A new request begins on *request_conn*.

        :param server_conn: stands for the connection of the transport, the same for all its
            requests.
        """
        raise NotImplementedError

    def on_serve(self, server: object) -> None:
        """*server* begins to serve; the event loop may not run yet."""

    def on_close(self, server_conn: object) -> None:
        """The connection of the transport has ended."""
