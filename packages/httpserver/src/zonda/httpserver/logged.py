"""A connection that writes a line to the access log for each of its requests.

It is a class of its own, so that a server without an access log does not even ask for one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final

from zonda.http import HTTPHeaders, HTTPInputError, RequestStartLine, ResponseStartLine

from .answering import COMPLETE, HEAD_SENT
from .connection import HTTP1Connection

if TYPE_CHECKING:
    from zonda.http import HeaderBlock

    from .server import HTTPServer

_UNKNOWN: Final = RequestStartLine("-", "-", "-")


class LoggedConnection(HTTP1Connection):
    """Logs what it answered: refused requests too, at the level that the status deserves.

    The record has the attributes ``remote_ip``, ``method``, ``uri``, ``status``, ``body_size``
    (bytes of the answer's body before framing) and ``request_time`` (seconds).
    """

    __slots__ = ("_began", "_size", "_status")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        server: HTTPServer,
        address: object = None,
    ) -> None:
        super().__init__(loop, server, address)
        self._began = time.perf_counter()
        self._status = 0
        self._size = 0

    def _begin(self, start_line: RequestStartLine, block: HeaderBlock) -> None:
        self._began = time.perf_counter()
        self._status = self._size = 0
        super()._begin(start_line, block)

    def respond(self, code: int, fields: str, body: bytes, reason: str | None = None) -> None:
        """See `HTTP1Connection`."""
        self._status = code
        self._size = len(body)
        super().respond(code, fields, body, reason)

    def write_headers(
        self, start_line: ResponseStartLine, headers: HTTPHeaders, chunk: bytes | None = None
    ) -> Awaitable[None]:
        """See `HTTP1Connection`."""
        room = super().write_headers(start_line, headers, chunk)
        self._status = start_line.code
        self._size = len(chunk or b"")
        return room

    def write(self, chunk: bytes) -> Awaitable[None]:
        """See `HTTP1Connection`."""
        room = super().write(chunk)
        self._size += len(chunk)
        return room

    def _answered(self) -> None:
        self._log()
        super()._answered()

    def _refuse(self, error: HTTPInputError, quiet: bool = False) -> None:
        if self._answer is not HEAD_SENT:
            self._status = error.status
            if self._answer is COMPLETE:  # there is no request: it could not be parsed
                self._start_line = _UNKNOWN
                self._size = 0
                self._began = time.perf_counter()
        super()._refuse(error, quiet)
        self._log()

    def _log(self) -> None:
        log = self._server.access_log
        status = self._status
        level = logging.INFO
        if status >= 400:
            level = logging.WARNING if status < 500 else logging.ERROR
        if log is None or not log.isEnabledFor(level):
            return
        method, uri, _ = self._start_line
        remote_ip = self.context.remote_ip
        seconds = time.perf_counter() - self._began
        log.log(
            level,
            "%d %s %s (%s) %.2fms",
            status,
            method,
            uri,
            remote_ip,
            1000 * seconds,
            extra={
                "remote_ip": remote_ip,
                "method": method,
                "uri": uri,
                "status": status,
                "body_size": self._size,
                "request_time": seconds,
            },
        )
