"""A site that writes down what it is told about each request, and answers as a test says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)


class Recorder(HTTPMessageDelegate):
    """Notes what it is told, and lets *on_event* answer."""

    def __init__(self, site: Site, connection: Any) -> None:
        self.site = site
        self.connection = connection
        self.headers = HTTPHeaders()
        self.start_line = RequestStartLine("", "", "")
        self.body = b""

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, RequestStartLine)
        self.start_line, self.headers = start_line, headers
        return self._event("head")

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self.body += chunk
        return self._event("data")

    def finish(self) -> None:
        self._event("finish")

    def on_connection_close(self) -> None:
        self._event("close")

    def _event(self, name: str) -> Awaitable[None] | None:
        self.site.events.append(name)
        return self.site.on_event(name, self)


class Site(HTTPServerConnectionDelegate):
    """Makes a `Recorder` for each request."""

    def __init__(self, on_event: Callable[[str, Recorder], Awaitable[None] | None]) -> None:
        self.on_event = on_event
        self.events: list[str] = []
        self.requests: list[Recorder] = []

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        self.requests.append(Recorder(self, request_conn))
        return self.requests[-1]

    def on_close(self, server_conn: object) -> None:
        self.events.append("on_close")


def writing(write: Callable[[Any], object]) -> Site:
    """A site that answers by *write* when it has the request."""

    def on_event(name: str, request: Recorder) -> None:
        if name == "finish":
            write(request.connection)

    return Site(on_event)
