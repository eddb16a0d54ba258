"""The answer to a request whose connection belongs to a server of another kind.

`ForeignAnswer` offers what `HTTP1Connection` offers to those who answer, and keeps the same rules.
A subclass puts what was written into the form of its server: a head, pieces of a body, an end.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Awaitable, Iterable
from typing import Final

from zonda.http import HTTPHeaders, HTTPInputError, HTTPOutputError, ResponseStartLine
from zonda.iostream import READY, Room, StreamClosedError

from .errors import AnswerError
from .foreign_peer import ForeignPeer

log = logging.getLogger("zonda.general")

# Bytes of an answer that may wait for the server before whoever writes has to wait.
HIGH_WATER: Final = 64 * 1024


class AnswerState(enum.Enum):
    """How much of a `ForeignAnswer` was written, or how it ended."""

    NOTHING = "nothing"
    HEAD = "the head"
    COMPLETE = "all"
    ABORTED = "given up"
    CLOSED = "the client went away"
    REFUSED = "all, but not by the one who was asked"


_OPEN: Final = (AnswerState.NOTHING, AnswerState.HEAD)
_BEGUN: Final = (AnswerState.HEAD, AnswerState.COMPLETE)
_OVER: Final = (AnswerState.CLOSED, AnswerState.REFUSED)


class ForeignAnswer:
    """Where the answer to one request is written while another server holds the connection.

    A subclass implements `put_head`, `put_body`, `put_end` and, where its server has a place for
    them, `put_interim`; it calls `taken` for what the server has taken.

    :param method: of the request: the answer to HEAD has no body.
    :param context: where the request comes from.
    :param max_body_size: bytes that the request's body may have.
    :ivar answer: how far the answer is.
    """

    def __init__(self, method: str, context: ForeignPeer, max_body_size: int) -> None:
        self.context = context
        self.max_body_size = max_body_size
        self.answer = AnswerState.NOTHING
        self._method = method
        self._left: int | None = None
        self._waiting = 0
        self._taken = asyncio.Event()

    # What a subclass does.

    def put_head(self, code: int, reason: str, headers: Iterable[tuple[str, str]]) -> None:
        """Pass the head on."""
        raise NotImplementedError

    def put_interim(self, code: int, headers: HTTPHeaders) -> None:
        """Pass a head with a status below 200 on; without a place for it, it is left out."""

    def put_body(self, chunk: bytes) -> None:
        """Pass a piece of the body on."""
        raise NotImplementedError

    def put_end(self) -> None:
        """Pass on that the answer has ended: see `answer` for how."""
        raise NotImplementedError

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

        A head with a status below 200 may come before the real one.

        :raises AnswerError: there is an answer already.
        :raises StreamClosedError: by awaiting the result, if the client went away.
        """
        self._check_not_begun()
        if start_line.code < 200:
            if self.answer is AnswerState.NOTHING:
                self.put_interim(start_line.code, headers)
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
        if self.answer in (AnswerState.NOTHING, AnswerState.COMPLETE):
            raise AnswerError("a body can only be written between its head and its end")
        if chunk:
            self._put_body(chunk)
        return self.room()

    def finish(self, trailers: HTTPHeaders | None = None) -> None:
        """The answer is complete.

        :param trailers: left out, as they may be (RFC 9110 section 6.5).
        :raises AnswerError: it has no head, or is shorter than its head announced.
        """
        if self.answer in (AnswerState.NOTHING, AnswerState.COMPLETE):
            raise AnswerError("an answer needs a head, and ends once")
        if self.answer is not AnswerState.HEAD:
            return
        if self._left and self._method != "HEAD":
            self.abort()
            raise AnswerError(f"Tried to write {self._left} bytes less than Content-Length")
        self.answer = AnswerState.COMPLETE
        self.put_end()

    def room(self) -> Awaitable[None]:
        """Done when more may be written."""
        if self._waiting < HIGH_WATER and self.answer not in _OVER:
            return READY
        return Room(self.until_taken)

    def abort(self) -> None:
        """Give the answer up; the server cuts the connection if it has begun."""
        if self.is_open:
            self.answer = AnswerState.ABORTED
            self.put_end()
            self._taken.set()

    # What the subclass and its owner call.

    @property
    def is_open(self) -> bool:
        """Whether an answer is still to come."""
        return self.answer in _OPEN

    def refuse(self, status: int, text: str) -> None:
        """Answer with an error in place of whoever was asked; give up an answer that has begun."""
        if self.answer is AnswerState.NOTHING:
            self.say(status, text)
            self.answer = AnswerState.REFUSED
            self._taken.set()
        else:
            self.abort()

    def refuse_request(self, error: HTTPInputError) -> None:
        """Say what is wrong with the request if the answer has not begun; else give it up."""
        log.info("Refused request from %s: %s", self.context.remote_ip, error)
        self.refuse(error.status, str(error))

    def fail(self) -> None:
        """Tell that the delegate failed, if the answer has not begun; else give it up."""
        self.refuse(500, "the server failed")

    def keep_connection(self, server: str) -> str:
        """Answer 501 to who asks for the connection itself, which belongs to *server*.

        :return: the reason.
        """
        reason = (
            f"{server} does not give its connection away: websockets and other upgrades need "
            "zonda.httpserver.HTTPServer"
        )
        if self.answer is AnswerState.NOTHING:
            self.say(501, reason)
        return reason

    def say(self, status: int, text: str) -> None:
        """Write a whole answer of one line of plain text."""
        body = f"{status}: {text}\n".encode("ascii", "replace")
        self.respond(status, "Content-Type: text/plain\r\n", body)

    def taken(self, size: int) -> None:
        """The server has taken *size* bytes of the body."""
        self._waiting -= size
        self._taken.set()

    def close(self) -> None:
        """The client went away: whoever waits or writes is told."""
        if self.is_open:
            self.answer = AnswerState.CLOSED
        self._taken.set()

    async def until_taken(self) -> None:
        """Wait until the server has taken enough of what was written.

        :raises StreamClosedError: the client went away.
        """
        while self._waiting >= HIGH_WATER and self.answer not in _OVER:
            self._taken.clear()
            await self._taken.wait()
        if self.answer in _OVER:
            raise StreamClosedError

    def _check_not_begun(self) -> None:
        if self.answer in _BEGUN:
            raise AnswerError("the answer to this request has begun already")

    def _begin(
        self, code: int, reason: str, headers: Iterable[tuple[str, str]], length: int | None
    ) -> None:
        self._check_not_begun()
        self._left = 0 if code in (204, 304) else length
        if self.answer is AnswerState.NOTHING:
            self.answer = AnswerState.HEAD
            self.put_head(code, reason, headers)

    def _put_body(self, chunk: bytes) -> None:
        if self._method == "HEAD" or self.answer is not AnswerState.HEAD:
            return
        if self._left is not None:
            if len(chunk) > self._left:
                self.abort()
                raise AnswerError("more was written than the head of the answer announced")
            self._left -= len(chunk)
        self._waiting += len(chunk)
        self.put_body(chunk)
