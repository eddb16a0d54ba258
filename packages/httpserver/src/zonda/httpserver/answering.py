"""Writing the answer to a request: in one piece, or head first and body as it comes.

An answer has phases, `Answer`; a second head, or a body without a head, is an error.  How a client
finds the end of a body is decided here and nowhere else: by its announced length, by chunks, or by
the end of the connection (RFC 9112 section 6.3).
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from zonda.http import HTTPHeaders, HTTPOutputError, RequestStartLine, ResponseStartLine
from zonda.iostream import READY, GatheringConnection, Room, State

from . import file_sending
from .errors import AnswerError
from .heads import STATUS_LINES, has_body, head_text, status_line, trailer_lines

if TYPE_CHECKING:
    from .server import HTTPServer


class Answer(enum.Enum):
    """How much of the answer to the current request was written."""

    NOTHING = "nothing"
    HEAD_SENT = "the head"
    COMPLETE = "all"


# The members by plain names: reading one off its class goes through a descriptor before 3.12.
NOTHING: Final = Answer.NOTHING
HEAD_SENT: Final = Answer.HEAD_SENT
COMPLETE: Final = Answer.COMPLETE
_OPEN: Final = State.OPEN
NEVER: Final = float("inf")
_TOO_MUCH: Final = "Tried to write more data than Content-Length"


class _Unsaid(str):
    """No header line, but not the same object as any other text without a character."""

    __slots__ = ()


# Bytes of a chunk that is given to the transport as it is, between its frame's two lines: it is
# then in memory once.  Below, copying costs less than handling three pieces.
UNCOPIED_CHUNK: Final = 64 * 1024

# Bytes that the system keeps for a client that pipelines much, before they can be sent.  Without
# this it takes megabytes, and as many requests are answered of a client that never reads.
UNSENT_ANSWERS: Final = 128 * 1024
_UNSENT_LIMIT: Final[int | None] = getattr(socket, "TCP_NOTSENT_LOWAT", None)

# What the answer says about the connection, RFC 9112 section 9.3: nothing where both sides know.
STAYS: Final = ""
STAYS_AND_SAYS_SO: Final = "Connection: Keep-Alive\r\n"
CLOSES: Final = "Connection: close\r\n"
# An object of its own, since these are told apart by what they are: to a client of HTTP/1.0, for
# which every connection closes that it did not ask to keep.
CLOSES_UNSAID: Final = _Unsaid()


def _write_more(write: Callable[[], bool], waiter: asyncio.Future[None]) -> None:
    if waiter.done():
        return
    try:
        if write():
            waiter.set_result(None)
    except OSError as error:
        waiter.set_exception(error)


class AnsweringConnection(GatheringConnection):
    """A connection that can answer its current request; reading is the subclass's part."""

    __slots__ = (
        "_answer",
        "_chunked",
        "_left",
        "_persistence",
        "_server",
        "_start_line",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, server: HTTPServer) -> None:
        super().__init__(loop, server.sweep)
        self._server = server
        self._start_line = RequestStartLine("", "", "HTTP/1.1")
        self._answer = COMPLETE
        self._persistence = STAYS
        self._chunked = False
        self._left: int | None = None

    def _answered(self) -> None:
        """The answer is complete; the subclass goes on with the next request, or ends."""
        raise NotImplementedError

    @property
    def server(self) -> HTTPServer:
        """Who a protocol that takes the transport over registers with: see `HTTPServer.adopt`."""
        return self._server

    @property
    def start_line(self) -> RequestStartLine:
        """The first line of the current request."""
        return self._start_line

    def respond(self, code: int, fields: str, body: bytes, reason: str | None = None) -> None:
        """Write a whole answer at once.

        :param code: a status whose answer has a body.
        :param fields: complete header lines; ``Date``, ``Content-Length`` and ``Connection`` are
            added.
        :param body: the body, which is left out for HEAD.
        :param reason: for the status line, where it is not the standard one.
        :raises AnswerError: there is an answer already.
        """
        if self._answer is not NOTHING:
            raise AnswerError("the answer to this request has begun already")
        server = self._server
        status = (reason is None and STATUS_LINES.get(code)) or status_line(code, reason)
        head = (
            f"{status}{fields}{server.date_field}{self._persistence}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._answer = HEAD_SENT
        if self._start_line.method == "HEAD":
            body = b""
        if self.state is _OPEN:
            if self._gathered is None:
                self.transport.write(head.encode("latin-1") + body)
            else:
                self._send(head.encode("latin-1") + body)
        self._answered()

    def write_headers(
        self,
        start_line: ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> Awaitable[None]:
        """Write the head of the answer, and a first *chunk* of its body with it.

        Without a ``Content-Length`` the body is sent in chunks, or to the end of the connection
        where the client speaks HTTP/1.0.  A head with a status below 200 (early hints, RFC 8297)
        may come before the real one.

        :raises AnswerError: there is an answer already.
        :raises StreamClosedError: by awaiting the result, if the connection has ended.
        """
        if self._answer is not NOTHING:
            raise AnswerError("the answer to this request has begun already")
        code = start_line.code
        if code < 200:
            return self._interim(start_line, headers)
        more = "" if "Date" in headers else self._server.date_field
        body = has_body(self._start_line.method, code)
        length = headers.get("Content-Length")
        self._chunked = False
        self._left = None
        if "Transfer-Encoding" in headers:
            raise HTTPOutputError("the server itself decides on Transfer-Encoding")
        if length is not None:
            if not (length.isascii() and length.isdigit()):
                raise HTTPOutputError(f"Content-Length is a number of bytes, not {length!r}")
            self._left = int(length) if body else 0
        elif not body:
            self._left = 0
        elif self._start_line.version == "HTTP/1.1":
            self._chunked = True
            more += "Transfer-Encoding: chunked\r\n"
        else:
            self._persistence = CLOSES
        more += self._check_connection_field(headers)
        head = head_text(start_line, headers, more).encode("latin-1")
        self._answer = HEAD_SENT
        if self.state is not _OPEN:
            return self.room()
        if chunk and self._chunked and len(chunk) >= UNCOPIED_CHUNK:
            self._send_uncopied(head, chunk)
        else:
            self._send(head + self._framed(chunk) if chunk else head)
        return self.room()

    def write(self, chunk: bytes) -> Awaitable[None]:
        """Write a piece of the body; the result is done when more may be written.

        :raises AnswerError: there is no head yet, or more than it announced.
        :raises StreamClosedError: by awaiting the result, if the connection has ended.
        """
        if self._answer is not HEAD_SENT:
            raise AnswerError("a body can only be written between its head and its end")
        if self._chunked and len(chunk) >= UNCOPIED_CHUNK:
            self._send_uncopied(b"", chunk)
            return self.room()
        data = self._framed(chunk)
        if data and self.state is _OPEN:
            self._send(data)
        return self.room()

    async def send_file(self, descriptor: int, offset: int, count: int) -> int:
        """Send bytes of a file as a part of the body, from the disk to the socket (sendfile).

        Nothing else may be written meanwhile.

        :param descriptor: of an ordinary file, open for reading; its position stays as it is.
        :return: how many bytes were sent; less than *count* where the file ends before, and 0 where
            this cannot be done: with TLS, on some systems, in an answer without Content-Length.
        :raises AnswerError: there is no head yet, or more than it announced.
        :raises StreamClosedError: the connection has ended.
        """
        if self._answer is not HEAD_SENT:
            raise AnswerError("a body can only be written between its head and its end")
        if self._left is None or not file_sending.is_available():
            return 0
        if count > self._left:
            self.abort()
            raise AnswerError(_TOO_MUCH)
        timeout = self._server.limits.write_timeout
        self._send_gathered()
        sent = await file_sending.send_file(self, descriptor, offset, count, timeout)
        self._left -= sent
        self.deadline = NEVER
        return sent

    async def until_written(self, descriptor: int, write: Callable[[], bool]) -> None:
        """Call *write* whenever the socket takes more, until its result is true.

        It may end earlier.

        :param descriptor: a duplicate of the socket's, which the transport keeps to itself.
        :raises StreamClosedError: the connection has ended.
        """
        waiter: asyncio.Future[None] = self.loop.create_future()
        # Like those who wait for room: the end of the connection wakes it.
        self._drain_waiters.append(waiter)
        self.loop.add_writer(descriptor, _write_more, write, waiter)
        try:
            await waiter
        finally:
            self.loop.remove_writer(descriptor)
            self._drain_waiters = [other for other in self._drain_waiters if other is not waiter]

    def finish(self, trailers: HTTPHeaders | None = None) -> None:
        """The answer is complete.

        :param trailers: fields to send behind the body.  They go with an answer in chunks, that
            is one without a ``Content-Length``; any other has no place for them, and clients may
            ignore them (RFC 9110 section 6.5).
        :raises AnswerError: it has no head, or is shorter than its head announced.
        :raises HTTPOutputError: a trailer has a name that must stand in the head.
        """
        if self._answer is not HEAD_SENT:
            raise AnswerError("only an answer with a head can be finished, and only once")
        if self._left:
            self.abort()
            raise AnswerError(f"Tried to write {self._left} bytes less than Content-Length")
        if self._chunked and self.state is _OPEN:
            lines = b"" if trailers is None else trailer_lines(trailers)
            self._send(b"0\r\n%b\r\n" % lines)
        self._answered()

    # Inside.

    def _keep_little_unsent(self) -> None:
        """Let the system say soon that the client does not read."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.family != socket.AF_UNIX and _UNSENT_LIMIT is not None:
            with contextlib.suppress(OSError):  # the system knows it by name only
                sock.setsockopt(socket.IPPROTO_TCP, _UNSENT_LIMIT, UNSENT_ANSWERS)

    def _send_uncopied(self, head: bytes, chunk: bytes) -> None:
        if self.state is _OPEN:
            self._send_gathered()
            # Not writelines(): in some versions of Python 3.12 and 3.13 it knows no flow control.
            self.transport.write(b"%b%x\r\n" % (head, len(chunk)))
            self.transport.write(chunk)
            self.transport.write(b"\r\n")

    def _interim(self, start_line: ResponseStartLine, headers: HTTPHeaders) -> Awaitable[None]:
        if self._start_line.version == "HTTP/1.1" and self.state is _OPEN:
            self._send(head_text(start_line, headers, "").encode("latin-1"))
        return self.room()

    def _framed(self, chunk: bytes | None) -> bytes:
        if not chunk:
            return b""
        if self._left is not None:
            if len(chunk) > self._left:
                if self._start_line.method == "HEAD" or not self._left:
                    return self._surplus(chunk)
                self.abort()
                raise AnswerError(_TOO_MUCH)
            self._left -= len(chunk)
            return chunk
        return b"%x\r\n%b\r\n" % (len(chunk), chunk) if self._chunked else chunk

    def _surplus(self, chunk: bytes) -> bytes:
        if self._start_line.method == "HEAD":
            return b""
        self.abort()
        raise AnswerError(f"{len(chunk)} bytes too many: this answer has no more body")

    def room(self) -> Awaitable[None]:
        """Done when more may be written; whoever does not care need not await it."""
        if self.state is _OPEN and not self._writing_paused:
            return READY
        return Room(self.drain)

    def _check_connection_field(self, headers: HTTPHeaders) -> str:
        said = headers.get("Connection")
        if said is not None:
            if "close" in said.lower():
                self._persistence = CLOSES
            return ""
        return self._persistence
