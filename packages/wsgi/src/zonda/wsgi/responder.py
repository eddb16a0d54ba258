"""From what a WSGI application says to its answer, by the rules of PEP 3333.

The head goes through these stages::

    NOTHING ──start_response──▶ STARTED ──first piece of the body, or the end──▶ SENT ──▶ COMPLETE
    STARTED ──start_response with exc_info──▶ STARTED
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final
from wsgiref.util import is_hop_by_hop

from zonda.http import HTTPHeaders, HTTPProtocolError, ResponseStartLine

from .errors import ApplicationError
from .sender import Sender

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_STATUS: Final = re.compile(r"([2-9]\d\d)(?: ([\t \x21-\x7e]*))?")


class Stage(enum.Enum):
    """How much of the answer is on its way."""

    NOTHING = enum.auto()
    STARTED = enum.auto()
    SENT = enum.auto()
    COMPLETE = enum.auto()


class Responder:
    """Sends the answer to one request; used in the thread of the application.

    :param method: the request's method.
    :ivar stage: how far it is.
    """

    __slots__ = ("_headers", "_left", "_method", "_sender", "_start_line", "stage")

    def __init__(self, sender: Sender, method: str) -> None:
        self._sender = sender
        self._method = method
        self._start_line = ResponseStartLine("HTTP/1.1", 200, "")
        self._headers = HTTPHeaders()
        self._left: int | None = None
        self.stage = Stage.NOTHING

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: _ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """Take the head of the answer; it is sent with the first piece of the body.

        :raises ApplicationError: it is malformed, or there is a head already.
        """
        if exc_info is not None and exc_info[1] is not None:
            if self.stage in (Stage.SENT, Stage.COMPLETE):
                raise exc_info[1].with_traceback(exc_info[2])
        elif self.stage is not Stage.NOTHING:
            raise ApplicationError("start_response was called again, and without exc_info")
        self._start_line = _start_line(status)
        self._headers = _headers(headers)
        length = self._headers.get("Content-Length")
        self._left = None if length is None else int(length)
        self.stage = Stage.STARTED
        return self.write

    def write(self, chunk: bytes) -> None:
        """Send a piece of the body, and wait until there is room for the next."""
        if not isinstance(chunk, bytes):
            raise ApplicationError(f"a body is made of bytes, not of {type(chunk).__name__}")
        if self.stage is Stage.NOTHING:
            raise ApplicationError("the application did not call start_response before its body")
        if not chunk:
            return
        if self._start_line.code in (204, 304):
            raise ApplicationError(f"an answer with status {self._start_line.code} has no body")
        if self._left is not None:
            if len(chunk) > self._left:
                raise ApplicationError("the body is longer than its Content-Length")
            self._left -= len(chunk)
        self._send(chunk, self._left == 0)

    def send_result(self, result: Iterable[bytes]) -> None:
        """Send what the application returned, to the end of the answer."""
        if isinstance(result, list | tuple) and self.stage is Stage.STARTED:
            for chunk in result:
                if not isinstance(chunk, bytes):
                    raise ApplicationError(f"a body is made of bytes, not {type(chunk).__name__}")
            result = [b"".join(result)]
            self._announce(len(result[0]))
        for chunk in result:
            self.write(chunk)
        if self.stage is Stage.NOTHING:
            raise ApplicationError("the application did not call start_response")
        if self.stage is Stage.STARTED:
            self._announce(0)
        if self._left and self._method != "HEAD":
            raise ApplicationError(f"the body is {self._left} bytes short of its Content-Length")
        if self.stage is not Stage.COMPLETE:
            self._send(b"", True)

    def fail(self) -> None:
        """Answer 500, or cut the connection if it is too late for that."""
        if self.stage in (Stage.NOTHING, Stage.STARTED):
            body = b"500: the server failed\n"
            self._start_line = ResponseStartLine("HTTP/1.1", 500, "")
            self._headers = HTTPHeaders(
                {"Content-Type": "text/plain", "Content-Length": str(len(body))}
            )
            self.stage = Stage.STARTED
            self._send(body, True)
        elif self.stage is Stage.SENT:
            self._sender.abort()

    def _announce(self, size: int) -> None:
        """The length of a body that is whole, unless there is none to speak of."""
        bodiless = self._start_line.code in (204, 304) or (self._method == "HEAD" and not size)
        if self._left is None and not bodiless:
            self._headers["Content-Length"] = str(size)
            self._left = size

    def _send(self, chunk: bytes, last: bool) -> None:
        if self.stage is Stage.STARTED:
            self._sender.send_head(self._start_line, self._headers, chunk, last)
        else:
            self._sender.send(chunk, last)
        self.stage = Stage.COMPLETE if last else Stage.SENT


def _start_line(status: str) -> ResponseStartLine:
    found = _STATUS.fullmatch(status) if isinstance(status, str) else None
    if found is None:
        raise ApplicationError(f"a status looks like '200 OK', not like {status!r}")
    return ResponseStartLine("HTTP/1.1", int(found[1]), found[2] or "")


def _headers(pairs: list[tuple[str, str]]) -> HTTPHeaders:
    headers = HTTPHeaders()
    for pair in pairs:
        try:
            name, value = pair
            value.encode("latin-1")
            headers.add(name, value)
        except (TypeError, AttributeError, ValueError, HTTPProtocolError) as error:
            raise ApplicationError(f"{pair!r} is no header: {error}") from None
        if is_hop_by_hop(name):
            raise ApplicationError(f"the header {name!r} is the affair of the server")
    length = headers.get("Content-Length")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise ApplicationError(f"a Content-Length is a number of bytes, not {length!r}")
    return headers
