"""The connection that a delegate writes its answer to when a WSGI server holds the real one.

The delegate writes in the thread of the private loop; a thread of the server takes the parts of the
answer out of a queue.  It offers what `~zonda.httpserver.HTTP1Connection` offers to those who
answer, and keeps the same rules.
"""

from __future__ import annotations

import asyncio
import enum
import http
import logging
import queue
from collections.abc import Awaitable, Generator, Iterable
from typing import Final, NamedTuple, NoReturn
from wsgiref.util import is_hop_by_hop

from zonda.http import HTTPHeaders, HTTPInputError, HTTPOutputError, ResponseStartLine
from zonda.httpserver import READY, AnswerError
from zonda.iostream import StreamClosedError

from .errors import DetachError
from .peer import ForeignPeer

log = logging.getLogger("zonda.general")

# Bytes of an answer that may wait for the server before whoever writes has to wait.
HIGH_WATER: Final = 64 * 1024

_REASONS: Final = {status.value: status.phrase for status in http.HTTPStatus}


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


class Head(NamedTuple):
    """Status line and headers as WSGI has them."""

    status: str
    headers: list[tuple[str, str]]


class End(enum.Enum):
    """What comes behind the last piece of an answer."""

    COMPLETE = "the answer is complete"
    ABORTED = "the answer was given up"


Part = Head | bytes | End


class _Room:
    """Done when the server has taken enough; whoever does not care need not await it."""

    __slots__ = ("_connection",)

    def __init__(self, connection: GatewayConnection) -> None:
        self._connection = connection

    def __await__(self) -> Generator[object, None, None]:
        return self._connection.until_taken().__await__()


class GatewayConnection:
    """Where the answer to one request of a WSGI server is written.

    :ivar context: where the request comes from.
    :ivar max_body_size: bytes that the request's body may have.
    :ivar answer: how far the answer is.
    :ivar parts: the answer: a `Head`, pieces of the body, and an `End`.
    """

    def __init__(self, method: str, context: ForeignPeer, max_body_size: int) -> None:
        self.context = context
        self.max_body_size = max_body_size
        self.answer = Answer.NOTHING
        self.parts: queue.SimpleQueue[Part] = queue.SimpleQueue()
        self._method = method
        self._left: int | None = None
        self._size = 0
        self._taken = asyncio.Event()

    # What those who answer call.

    def set_max_body_size(self, max_body_size: int) -> None:
        """Change the limit, in bytes, for this request."""
        self.max_body_size = max_body_size

    def respond(self, code: int, fields: str, body: bytes, reason: str | None = None) -> None:
        """Write a whole answer at once.

        :param fields: complete header lines; ``Content-Length`` is added.
        :param reason: the words behind the code, where they are not the usual ones.
        :raises AnswerError: there is an answer already.
        """
        lines = [line.partition(":") for line in fields.split("\r\n") if line]
        pairs = [(name, value.strip()) for name, _, value in lines]
        self._begin(code, reason or "", [*pairs, ("Content-Length", str(len(body)))], len(body))
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

        A head with a status below 200 is left out: WSGI has no place for it.

        :raises AnswerError: there is an answer already.
        :raises StreamClosedError: by awaiting the result, if the client went away.
        """
        self._check_no_answer()
        if start_line.code < 200:
            return self.room()
        if "Transfer-Encoding" in headers:
            raise HTTPOutputError("the server itself decides on Transfer-Encoding")
        length = headers.get("Content-Length")
        size = None if length is None else int(length)
        self._begin(start_line.code, start_line.reason, headers.get_all(), size)
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
        self.parts.put(End.COMPLETE)

    def room(self) -> Awaitable[None]:
        """Done when more may be written."""
        if self._size < HIGH_WATER and self.answer not in _OVER:
            return READY
        return _Room(self)

    def abort(self) -> None:
        """Give the answer up; the server cuts the connection if it has begun."""
        if self.is_open:
            self.answer = Answer.ABORTED
            self.parts.put(End.ABORTED)

    def detach(self) -> NoReturn:
        """Answer 501: a WSGI server keeps its connections, so no other protocol can have this one.

        :raises DetachError: always.
        """
        reason = (
            "a WSGI server does not give its connection away: websockets and other upgrades need "
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

    def taken(self, size: int) -> None:
        """The server has taken *size* bytes of the body."""
        self._size -= size
        self._taken.set()

    def close(self) -> None:
        """The client went away."""
        if self.is_open:
            self.answer = Answer.CLOSED
        self._taken.set()

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

    def _check_no_answer(self) -> None:
        if self.answer in (Answer.HEAD, Answer.COMPLETE):
            raise AnswerError("the answer to this request has begun already")

    def _begin(
        self, code: int, reason: str, headers: Iterable[tuple[str, str]], length: int | None
    ) -> None:
        self._check_no_answer()
        self._left = 0 if code in (204, 304) else length
        if self.answer is Answer.NOTHING:
            self.answer = Answer.HEAD
            end_to_end = [pair for pair in headers if not is_hop_by_hop(pair[0])]
            status = f"{code} {reason or _REASONS.get(code, 'Unknown')}"
            self.parts.put(Head(status, end_to_end))

    def _put_body(self, chunk: bytes) -> None:
        if self._method == "HEAD" or self.answer is not Answer.HEAD:
            return
        if self._left is not None:
            if len(chunk) > self._left:
                self.abort()
                raise AnswerError("more was written than the head of the answer announced")
            self._left -= len(chunk)
        self._size += len(chunk)
        self.parts.put(chunk)

    async def until_taken(self) -> None:
        """Done when the server has taken enough of what was written."""
        while self._size >= HIGH_WATER and self.answer not in _OVER:
            self._taken.clear()
            await self._taken.wait()
        if self.answer in _OVER:
            raise StreamClosedError
