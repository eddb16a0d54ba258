"""The connection that a delegate writes its answer to when a foreign server holds the real one.

What is written waits here as ASGI messages until the server takes it.  It offers what
`~zonda.httpserver.HTTP1Connection` offers to those who answer, and keeps the same rules.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from collections import deque
from collections.abc import Awaitable, Generator
from typing import Final, NoReturn

from zonda.http import HTTPHeaders, HTTPInputError, HTTPOutputError, ResponseStartLine
from zonda.httpserver import READY, AnswerError
from zonda.iostream import StreamClosedError

from .errors import AnswerAbortedError, DetachError
from .peer import ForeignPeer
from .protocol import Message, Scope, Send

log = logging.getLogger("zonda.general")

# Bytes of an answer that may wait for the server before whoever writes has to wait.
HIGH_WATER: Final = 64 * 1024

_FieldList = list[tuple[bytes, bytes]]


class Answer(enum.Enum):
    """How much of the answer was written, or how it ended."""

    NOTHING = "nothing"
    HEAD = "the head"
    COMPLETE = "all"
    ABORTED = "given up"
    CLOSED = "the client went away"
    REFUSED = "all, but not by the one who was asked"


_OPEN: Final = (Answer.NOTHING, Answer.HEAD)
_OVER: Final = (Answer.CLOSED, Answer.REFUSED)


class _Room:
    """Done when the server has taken enough; whoever does not care need not await it."""

    __slots__ = ("_connection",)

    def __init__(self, connection: GatewayConnection) -> None:
        self._connection = connection

    def __await__(self) -> Generator[object, None, None]:
        return self._connection.until_taken().__await__()


class GatewayConnection:
    """Where the answer to one request of an ASGI server is written.

    :ivar context: where the request comes from.
    :ivar max_body_size: bytes that the request's body may have.
    :ivar answer: how far the answer is.
    """

    def __init__(self, scope: Scope, max_body_size: int) -> None:
        self.context = ForeignPeer(scope)
        self.max_body_size = max_body_size
        self.answer = Answer.NOTHING
        self._method: str = scope["method"]
        self._hints = "http.response.early_hint" in (scope.get("extensions") or {})
        self._left: int | None = None
        self._messages: deque[Message] = deque()
        self._size = 0
        self._written = asyncio.Event()
        self._taken = asyncio.Event()

    # What those who answer call.

    def set_max_body_size(self, max_body_size: int) -> None:
        """Change the limit, in bytes, for this request."""
        self.max_body_size = max_body_size

    def respond(self, code: int, fields: str, body: bytes, reason: str | None = None) -> None:
        """Write a whole answer at once.

        :param fields: complete header lines; ``Content-Length`` is added.
        :param reason: left out: ASGI has no place for it.
        :raises AnswerError: there is an answer already.
        """
        pairs = [line.partition(":") for line in fields.split("\r\n") if line]
        lines = [
            (name.lower().encode("latin-1"), value.strip().encode("latin-1"))
            for name, _, value in pairs
        ]
        lines.append((b"content-length", b"%d" % len(body)))
        self._begin(code, lines, len(body))
        if body:
            self._put_body(body)
        self.finish()

    def write_headers(
        self,
        start_line: ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> Awaitable[None]:
        """Write the head of the answer, and a first *chunk* of its body with it.

        A head with a status below 200 may come before the real one; of these, early hints are sent
        where the server can, and others left out.

        :raises AnswerError: there is an answer already.
        :raises StreamClosedError: by awaiting the result, if the client went away.
        """
        code = start_line.code
        if code < 200:
            self._interim(code, headers)
            return self.room()
        if "Transfer-Encoding" in headers:
            raise HTTPOutputError("the server itself decides on Transfer-Encoding")
        length = headers.get("Content-Length")
        lines = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers.get_all()
            if name != "Connection"
        ]
        self._begin(code, lines, None if length is None else int(length))
        return self.write(chunk) if chunk else self.room()

    def write(self, chunk: bytes) -> Awaitable[None]:
        """Write a piece of the body; the result is done when more may be written.

        :raises AnswerError: there is no head yet, or more than it announced.
        :raises StreamClosedError: by awaiting the result, if the client went away.
        """
        if self.answer in (Answer.NOTHING, Answer.COMPLETE):
            raise AnswerError("a body can only be written between its head and its end")
        if chunk:
            self._put_body(chunk)
        return self.room()

    def finish(self) -> None:
        """The answer is complete.

        :raises AnswerError: it has no head, or is shorter than its head announced.
        """
        if self.answer in (Answer.NOTHING, Answer.COMPLETE):
            raise AnswerError("an answer needs a head, and ends once")
        if self.answer is not Answer.HEAD:
            return
        if self._left and self._method != "HEAD":
            self.abort()
            raise AnswerError(f"{self._left} bytes of the announced Content-Length are missing")
        self.answer = Answer.COMPLETE
        if self._messages and self._messages[-1]["type"] == "http.response.body":
            self._messages[-1]["more_body"] = False
        else:
            self._put({"type": "http.response.body", "body": b"", "more_body": False})
        self._written.set()

    def room(self) -> Awaitable[None]:
        """Done when more may be written."""
        if self._size < HIGH_WATER and self.answer not in _OVER:
            return READY
        return _Room(self)

    def abort(self) -> None:
        """Give the answer up; the server cuts the connection if it has begun."""
        if self.is_open:
            self.answer = Answer.ABORTED
            self._written.set()
            self._taken.set()

    def detach(self) -> NoReturn:
        """Answer 501: an ASGI server keeps its connections, so no other protocol can have this one.

        :raises DetachError: always.
        """
        reason = (
            "an ASGI server does not give its connection away: websockets and other upgrades need "
            "zonda.httpserver.HTTPServer"
        )
        if self.answer is Answer.NOTHING:
            self._say(501, reason)
        raise DetachError(reason)

    # What the adapter calls.

    @property
    def is_open(self) -> bool:
        """Whether an answer is still to come."""
        return self.answer in _OPEN

    def refuse(self, error: HTTPInputError) -> None:
        """Say what is wrong with the request if the answer has not begun; else give it up."""
        log.info("Refused request from %s: %s", self.context.remote_ip, error)
        self._end(error.status, str(error))

    def fail(self) -> None:
        """Tell that the delegate failed, if the answer has not begun; else give it up."""
        self._end(500, "the server failed")

    def close(self) -> None:
        """The client went away."""
        if self.is_open:
            self.answer = Answer.CLOSED
        self._messages.clear()
        self._size = 0
        self._written.set()
        self._taken.set()

    async def send_all(self, send: Send) -> None:
        """Hand the answer to the server, until it is complete or the client is gone.

        :raises AnswerAbortedError: it was given up.
        :raises OSError: the server says that the client is gone.
        """
        messages = self._messages
        while True:
            while messages:
                message = messages.popleft()
                await send(message)
                self._size -= len(message.get("body", b""))
            self._taken.set()
            if self.answer is Answer.ABORTED:
                raise AnswerAbortedError("the answer was given up")
            if not self.is_open:
                return
            self._written.clear()
            await self._written.wait()

    def _say(self, status: int, text: str) -> None:
        body = f"{status}: {text}\n".encode("ascii", "replace")
        self.respond(status, "Content-Type: text/plain\r\n", body)

    def _end(self, status: int, text: str) -> None:
        if self.answer is Answer.NOTHING:
            self._say(status, text)
            self.answer = Answer.REFUSED
            self._taken.set()
        else:
            self.abort()

    def _begin(self, code: int, lines: _FieldList, length: int | None) -> None:
        if self.answer in (Answer.HEAD, Answer.COMPLETE):
            raise AnswerError("the answer to this request has begun already")
        if code in (204, 304):
            length = 0
        self._left = length
        if self.answer is Answer.NOTHING:
            self.answer = Answer.HEAD
            self._put({"type": "http.response.start", "status": code, "headers": lines})

    def _put_body(self, chunk: bytes) -> None:
        if self._method == "HEAD" or self.answer is not Answer.HEAD:
            return
        if self._left is not None:
            if len(chunk) > self._left:
                self.abort()
                raise AnswerError("more was written than the head of the answer announced")
            self._left -= len(chunk)
        self._size += len(chunk)
        self._put({"type": "http.response.body", "body": chunk, "more_body": True})

    def _put(self, message: Message) -> None:
        self._messages.append(message)
        self._written.set()

    def _interim(self, code: int, headers: HTTPHeaders) -> None:
        if self.answer in (Answer.HEAD, Answer.COMPLETE):
            raise AnswerError("the answer to this request has begun already")
        if code == 103 and self._hints and self.answer is Answer.NOTHING:
            links = [value.encode("latin-1") for value in headers.get_list("Link")]
            self._put({"type": "http.response.early_hint", "links": links})

    async def until_taken(self) -> None:
        """Done when the server has taken enough of what was written."""
        while self._size >= HIGH_WATER and self.answer not in _OVER:
            self._taken.clear()
            await self._taken.wait()
        if self.answer in _OVER:
            raise StreamClosedError
