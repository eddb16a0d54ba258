"""One HTTP/1.1 connection of a server, from the transport's bytes to the delegate and back.

Reading goes through these phases::

    HEAD ──head without body──▶ CALLED ──not answered at once──▶ ANSWER
      └───head with body──▶ STARTED ──▶ BODY ──all of it──▶ CALLED
    CALLED, ANSWER ──answer complete──▶ HEAD
    any ──refused, or answered before the body was read──▶ LINGER ──▶ (closed)

* In ``CALLED`` the delegate runs inside `data_received`: an answer completed then is followed by
  the next request in the same loop, not by a recursion.
* Requests are answered one by one, in order; what is pipelined behind an unanswered request stays
  unread once a first piece of it has arrived.
* An error in the bytes after a good request is answered after that request.
* The answer has phases too, `Answer`: a second head, or a body without a head, is an error.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Awaitable, Generator
from typing import TYPE_CHECKING, Final

from zonda.http import (
    EMPTY_BLOCK,
    BodyDecoder,
    Framing,
    HeaderBlock,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPOutputError,
    RequestStartLine,
    ResponseStartLine,
    decoder_for,
    parse_request_block,
    parse_request_line,
    recall_request_line,
)
from zonda.iostream import CloseReason, Connection, State, StreamClosedError

from .context import PeerContext
from .errors import AnswerError
from .heads import STATUS_LINES, has_body, head_text, status_line

if TYPE_CHECKING:
    from .server import HTTPServer

log = logging.getLogger("zonda.general")

# Empty lines that may stand before a request (RFC 9112 section 2.2 asks for one at least).
MAX_EMPTY_LINES: Final = 8

# What a refused peer may still send before it is cut off.
LINGER_SIZE: Final = 1024 * 1024

_NEVER: Final = float("inf")
_NO_REQUEST: Final = RequestStartLine("", "", "HTTP/1.1")


class Phase(enum.Enum):
    """What the next bytes are taken for."""

    HEAD = "a request"
    STARTED = "nothing yet: the delegate has the head, its body comes when it is ready"
    BODY = "the body of a request"
    CALLED = "nothing yet: the delegate has the whole request and runs now"
    ANSWER = "later requests: the answer to the one that was read is not complete"
    LINGER = "nothing: the peer was refused"


class Answer(enum.Enum):
    """How much of the answer to the current request was written."""

    NONE = "nothing"
    BODY = "the head"
    DONE = "all"


# The members that the hot path compares with, by plain names: reading one off its class goes
# through a descriptor before Python 3.12.
_HEAD: Final = Phase.HEAD
_STARTED: Final = Phase.STARTED
_BODY: Final = Phase.BODY
_CALLED: Final = Phase.CALLED
_ANSWER: Final = Phase.ANSWER
_LINGER: Final = Phase.LINGER
_ANSWER_NONE: Final = Answer.NONE
_ANSWER_BODY: Final = Answer.BODY
_ANSWER_DONE: Final = Answer.DONE
_OPEN: Final = State.OPEN
_NO_BODY: Final = Framing.NONE

# What the answer says about the connection, RFC 9112 section 9.3: nothing where both sides know.
_STAYS: Final = ""
_STAYS_AND_SAYS_SO: Final = "Connection: keep-alive\r\n"
_CLOSES: Final = "Connection: close\r\n"


class Ready:
    """An awaitable that is done: there is room for more to be written."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


READY: Final = Ready()
"""The one `Ready`: all of them are equal."""


class Room:
    """An awaitable that is done when the peer has read enough for more to be written."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __await__(self) -> Generator[object, None, None]:
        return self._connection.drain().__await__()


class HTTP1Connection(Connection):
    """The server's end of one connection; also the `HTTPConnection` of each of its requests.

    :ivar context: where the current request comes from.
    """

    __slots__ = (
        "_answer",
        "_block",
        "_body_begun",
        "_body_size",
        "_buffer",
        "_chunked",
        "_decoder",
        "_delegate",
        "_discarded",
        "_left",
        "_persistence",
        "_phase",
        "_scanned",
        "_server",
        "_start_line",
        "context",
        "max_body_size",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, server: HTTPServer) -> None:
        super().__init__(loop, server.sweep)
        self._server = server
        self._phase = _HEAD
        self._answer = _ANSWER_DONE
        self._buffer = bytearray()
        self._scanned = 0
        self._block: HeaderBlock = EMPTY_BLOCK
        self._start_line = _NO_REQUEST
        self._delegate: HTTPMessageDelegate | None = None
        self._decoder: BodyDecoder | None = None
        self._body_begun = 0.0
        self._body_size = 0
        self._persistence = _STAYS
        self._chunked = False
        self._left: int | None = None
        self._discarded = 0
        self.max_body_size = server.limits.max_body_size
        self.context: PeerContext

    # Reading.

    def opened(self) -> None:
        """A peer has connected."""
        self.context = PeerContext(self.transport, self._server.protocol)
        self._server.opened(self)
        self.expire_after(self._server.limits.header_timeout)

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer.

        The way that nearly all requests take is written out here: the segment is one whole
        request, its first line was seen before, its header lines are those of the last request.
        """
        if self._phase is _HEAD and not self._buffer:
            line, _, rest = data.partition(b"\r\n")
            block = self._block
            if rest == block.raw and block.plain:
                start_line = recall_request_line(line)
                if start_line is not None:
                    self._begin(start_line, block)
                    return
        self._read(data)

    def _read(self, data: bytes) -> None:
        if self._phase is _HEAD:
            self._buffer += data
        elif self._phase is _BODY:
            self._read_body(data)
        elif self._phase is _LINGER:
            self._discarded += len(data)
            if self._discarded > LINGER_SIZE:
                self.abort()
        else:
            self._buffer += data
            self.pause_reading()
        if self._phase is _HEAD and self._buffer:
            self._read_heads()

    def _read_heads(self) -> None:
        """Begin every request whose head is in the buffer, as long as each is answered at once."""
        buffer = self._buffer
        while buffer and self._phase is _HEAD and self.state is _OPEN:
            try:
                end = self._head_end()
                if end < 0:
                    return
                head = bytes(buffer[:end])
                del buffer[:end]
                self._scanned = self._discarded = 0
                line, _, rest = head.partition(b"\r\n")
                start_line = recall_request_line(line) or parse_request_line(line)
                block = self._block
                if rest != block.raw:
                    block = parse_request_block(rest, self._server.limits.max_header_count)
                    self._block = block
                self._check_version(start_line, block)
            except HTTPInputError as error:
                self._refuse(error)
                return
            self._begin(start_line, block)

    def _head_end(self) -> int:
        """The length of the head that the buffer starts with, or -1 if its end is not there yet.

        :raises HTTPInputError: it can be no head any more, or is longer than the limit.
        """
        buffer = self._buffer
        if buffer[0] in b"\r\n":
            self._skip_empty_lines()
            if not buffer or buffer[0] == 13:
                return -1
        end = buffer.find(b"\r\n\r\n", self._scanned)
        limit = self._server.limits.max_header_size
        if end < 0 and len(buffer) <= limit:
            if not self._scanned:
                self.expire_after(self._server.limits.header_timeout)
                if not (buffer[0] > 32 and buffer[0] < 127):
                    raise HTTPInputError("the request does not start with a method")
            self._scanned = max(0, len(buffer) - 3)
            if b"\n" in buffer and b"\r\n" not in buffer:
                raise HTTPInputError("a line ends with a bare line feed")
            return -1
        if end < 0 or end > limit:
            raise self._too_long(limit)
        return end + 4

    def _skip_empty_lines(self) -> None:
        buffer = self._buffer
        lines = 0
        while buffer[lines * 2 : lines * 2 + 2] == b"\r\n":
            lines += 1
        if lines > MAX_EMPTY_LINES or (lines == 0 and bytes(buffer[:2]) != b"\r"):
            raise HTTPInputError("a request must start with a method, not with empty lines")
        self._discarded += lines
        if self._discarded > MAX_EMPTY_LINES:
            raise HTTPInputError("too many empty lines before a request")
        del buffer[: lines * 2]

    def _too_long(self, limit: int) -> HTTPInputError:
        line_end = self._buffer.find(b"\r\n")
        if 0 <= line_end < limit:
            return HTTPInputError(f"request line and headers of more than {limit} bytes", 431)
        if b" " not in self._buffer[:64]:
            return HTTPInputError("the request does not start with a method")
        return HTTPInputError(f"a request line of more than {limit} bytes", 414)

    def _check_version(self, start_line: RequestStartLine, block: HeaderBlock) -> None:
        """What RFC 9112 demands of each version (sections 3.2 and 6.1)."""
        if start_line.version == "HTTP/1.1":
            if block.host is None:
                raise HTTPInputError("a request of HTTP/1.1 needs a Host header")
        elif block.framing is Framing.CHUNKED:
            raise HTTPInputError("HTTP/1.0 has no Transfer-Encoding")

    def _begin(self, start_line: RequestStartLine, block: HeaderBlock) -> None:
        """A request's head is here: give it to a delegate, and its body if it has none."""
        self._start_line = start_line
        self._answer = _ANSWER_NONE
        self._phase = _CALLED if block.framing is _NO_BODY else _STARTED
        server = self._server
        self._persistence = (
            _STAYS
            if block.plain and server.keeps_alive and start_line.version == "HTTP/1.1"
            else self._decide_persistence(start_line, block)
        )
        delegate = server.start_request(self, self)
        self._delegate = delegate
        try:
            waiting = delegate.headers_received(start_line, HTTPHeaders.sharing(block.fields))
            if waiting is not None:
                self._wait_for(waiting)
            elif self._phase is _CALLED:
                delegate.finish()
            elif self._phase is _STARTED:
                self._begin_body()
        except Exception as error:
            self._failed(error)
        if self._phase is _CALLED:
            self._phase = _ANSWER
            self.deadline = _NEVER

    def _decide_persistence(self, start_line: RequestStartLine, block: HeaderBlock) -> str:
        if block.close or not self._server.keeps_alive or self._phase is _STARTED:
            # An answer before the body is read is the last: what follows may be still the body.
            return _CLOSES
        if start_line.version == "HTTP/1.1":
            return _STAYS
        return _STAYS_AND_SAYS_SO if block.keep_alive else _CLOSES

    def _begin_body(self) -> None:
        """The delegate has seen the head; from now on it gets the body."""
        block = self._block
        if block.length > self.max_body_size:
            raise HTTPInputError(f"a body of more than {self.max_body_size} bytes", 413)
        expected = block.fields.get("Expect")
        if expected is not None and self._start_line.version == "HTTP/1.1":
            if expected[0].lower() != "100-continue":
                raise HTTPInputError("the only expectation understood is 100-continue", 417)
            if self._answer is _ANSWER_NONE and not self._buffer:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._phase = _BODY
        self._decoder = decoder_for(block)
        self._body_size = 0
        self._body_begun = self.sweep.now
        self._set_body_deadline()
        if self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()
            self._read_body(data)

    def _read_body(self, data: bytes) -> None:
        decoder = self._decoder
        delegate = self._delegate
        assert decoder is not None and delegate is not None
        try:
            chunk = decoder.feed(data)
            waiting = None
            if chunk:
                self._body_size += len(chunk)
                if self._body_size > self.max_body_size:
                    raise HTTPInputError(f"a body of more than {self.max_body_size} bytes", 413)
                self._set_body_deadline()
                waiting = delegate.data_received(chunk)
            if waiting is not None:
                self._wait_for(waiting)
            elif decoder.done:
                self._end_body()
        except Exception as error:
            self._failed(error)

    def _end_body(self) -> None:
        decoder, self._decoder = self._decoder, None
        assert decoder is not None
        self._buffer += decoder.unused
        self._call_delegate()

    def _call_delegate(self) -> None:
        """The delegate has all of the request."""
        delegate = self._delegate
        assert delegate is not None
        self._phase = _CALLED
        self._persistence = self._decide_persistence(self._start_line, self._block)
        delegate.finish()
        if self._phase is _CALLED:
            self._phase = _ANSWER
            self.deadline = _NEVER

    def _set_body_deadline(self) -> None:
        """The average since the beginning counts, but no speed earns a longer silence."""
        limits = self._server.limits
        earned = self._body_size / limits.min_body_rate
        sweep = self.sweep
        since = min(self._body_begun + earned, sweep.now)
        self.deadline = since + limits.body_timeout + sweep.interval

    def _wait_for(self, waiting: Awaitable[None]) -> None:
        """Read on when the delegate is ready."""
        self.pause_reading()
        self.deadline = _NEVER
        task = asyncio.ensure_future(waiting, loop=self.loop)
        task.add_done_callback(self._delegate_ready)

    def _delegate_ready(self, task: asyncio.Future[None]) -> None:
        if task.cancelled():
            self.abort()
            return
        error = task.exception()
        if self.state is not _OPEN or self._delegate is None:
            return
        if error is not None:
            self._failed(error)
            return
        try:
            if self._phase is _STARTED:
                self._begin_body()
            elif self._phase is _ANSWER:
                self._call_delegate()
            elif self._phase is _BODY and self._decoder is not None and self._decoder.done:
                self._end_body()
            if self._phase is _BODY:
                self._set_body_deadline()
                self.resume_reading()
        except Exception as failure:
            self._failed(failure)
        if self._phase is _HEAD:
            self._next_request()

    # Writing.

    @property
    def start_line(self) -> RequestStartLine:
        """The first line of the current request."""
        return self._start_line

    def set_max_body_size(self, max_body_size: int) -> None:
        """Change the limit, in bytes, for the current request and those after it."""
        self.max_body_size = max_body_size

    def respond(self, code: int, fields: str, body: bytes) -> None:
        """Write a whole answer at once.

        :param code: a status whose answer has a body.
        :param fields: complete header lines; ``Date``, ``Content-Length`` and ``Connection`` are
            added.
        :param body: the body, which is left out for HEAD.
        :raises AnswerError: there is an answer already.
        """
        if self._answer is not _ANSWER_NONE:
            raise AnswerError("the answer to this request has begun already")
        server = self._server
        status = STATUS_LINES.get(code) or status_line(code)
        head = (
            f"{status}{fields}{server.date_field}{self._persistence}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._answer = _ANSWER_BODY
        if self._start_line.method == "HEAD":
            body = b""
        self.transport.write(head.encode("latin-1") + body)
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
        if self._answer is not _ANSWER_NONE:
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
            self._left = int(length) if body else 0
        elif not body:
            self._left = 0
        elif self._start_line.version == "HTTP/1.1":
            self._chunked = True
            more += "Transfer-Encoding: chunked\r\n"
        else:
            self._persistence = _CLOSES
        more += self._check_connection_field(headers)
        head = head_text(start_line, headers, more).encode("latin-1")
        self._answer = _ANSWER_BODY
        if self.state is not _OPEN:
            return self.room()
        self.transport.write(head + self._framed(chunk) if chunk else head)
        return self.room()

    def write(self, chunk: bytes) -> Awaitable[None]:
        """Write a piece of the body; the result is done when more may be written.

        :raises AnswerError: there is no head yet, or more than it announced.
        :raises StreamClosedError: by awaiting the result, if the connection has ended.
        """
        if self._answer is not _ANSWER_BODY:
            raise AnswerError("a body can only be written between its head and its end")
        data = self._framed(chunk)
        if data and self.state is _OPEN:
            self.transport.write(data)
        return self.room()

    def finish(self) -> None:
        """The answer is complete.

        :raises AnswerError: it has no head, or is shorter than its head announced.
        """
        if self._answer is not _ANSWER_BODY:
            raise AnswerError("only an answer with a head can be finished, and only once")
        if self._left:
            self.abort()
            raise AnswerError(f"{self._left} bytes of the announced Content-Length are missing")
        if self._chunked and self.state is _OPEN:
            self.transport.write(b"0\r\n\r\n")
        self._answered()

    def pause_writing(self) -> None:
        """The peer does not read as fast as we write; it must not take for ever."""
        super().pause_writing()
        self.expire_after(self._server.limits.write_timeout)

    def resume_writing(self) -> None:
        """The peer reads again."""
        super().resume_writing()
        if self.state is _OPEN:
            if self._phase is _HEAD:
                self.expire_after(self._server.limits.idle_connection_timeout)
            elif self._phase is not _LINGER:
                self.deadline = _NEVER

    def _interim(self, start_line: ResponseStartLine, headers: HTTPHeaders) -> Awaitable[None]:
        if self._start_line.version == "HTTP/1.1" and self.state is _OPEN:
            self.transport.write(head_text(start_line, headers, "").encode("latin-1"))
        return self.room()

    def _framed(self, chunk: bytes | None) -> bytes:
        if not chunk:
            return b""
        if self._left is not None:
            if len(chunk) > self._left:
                if self._start_line.method == "HEAD" or not self._left:
                    return self._surplus(chunk)
                self.abort()
                raise AnswerError("more was written than the announced Content-Length")
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
        return Room(self)

    def _check_connection_field(self, headers: HTTPHeaders) -> str:
        said = headers.get("Connection")
        if said is not None:
            if "close" in said.lower():
                self._persistence = _CLOSES
            return ""
        return self._persistence

    # The end of a request, and of the connection.

    def _answered(self) -> None:
        """The answer is complete: go on with the next request, or end."""
        self._answer = _ANSWER_DONE
        self._delegate = None
        phase = self._phase
        if self.state is not _OPEN:
            return
        if phase is _BODY or phase is _STARTED:
            self._linger()
        elif self._persistence is _CLOSES:
            if self._buffer:
                self._linger()
            else:
                self.close()
        else:
            self._phase = _HEAD
            self.deadline = self.sweep.now + self._server.idle_deadline
            if phase is _ANSWER:
                self._next_request()

    def _next_request(self) -> None:
        """Go on reading after an answer that did not come at once."""
        self.resume_reading()
        if self._buffer:
            self.loop.call_soon(self._read_heads)

    def _failed(self, error: BaseException) -> None:
        """The delegate or the request's framing failed."""
        if isinstance(error, HTTPInputError):
            self._refuse(error)
            return
        if isinstance(error, StreamClosedError):
            return
        log.error("Uncaught exception while serving %s", self._describe(), exc_info=error)
        if self._answer is _ANSWER_NONE:
            self._refuse(HTTPInputError("the server failed", 500), quiet=True)
        else:
            self.abort()

    def _refuse(self, error: HTTPInputError, quiet: bool = False) -> None:
        """Say what is wrong, if the answer has not begun, and end."""
        if not quiet:
            log.info("Refused request from %s: %s", self.context.remote_ip, error)
        delegate, self._delegate = self._delegate, None
        if self.state is _OPEN and self._answer in (_ANSWER_NONE, _ANSWER_DONE):
            self._answer = _ANSWER_DONE
            self._persistence = _CLOSES
            body = f"{error.status}: {error}\n".encode("ascii", "replace")
            head = (
                f"{status_line(error.status)}Content-Type: text/plain\r\n{self._server.date_field}"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            self.transport.write(head.encode("latin-1") + body)
            self._linger()
        else:
            self.abort()
        if delegate is not None:
            delegate.on_connection_close()

    def _linger(self) -> None:
        """Stop sending, and read on for a while: closing with unread bytes would reset the
        connection, and the peer might never see the answer (RFC 9112 section 9.6)."""
        self._phase = _LINGER
        self._decoder = None
        self._buffer.clear()
        self._discarded = 0
        self.close_reason = CloseReason.LOCAL
        self.expire_after(self._server.limits.linger_timeout)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.resume_reading()

    def eof_received(self) -> bool | None:
        """The peer has closed: what was written is still sent, nothing more is."""
        return None

    def timed_out(self) -> None:
        """A deadline has passed."""
        if self._phase is _BODY and not self._writing_paused:
            self._refuse(HTTPInputError("the body came too slowly", 408))
        elif self._phase is _HEAD and self._buffer and not self._writing_paused:
            self._refuse(HTTPInputError("the request came too slowly", 408))
        elif self._phase is _HEAD and self.state is _OPEN and not self._writing_paused:
            self.close(CloseReason.TIMEOUT)
        else:
            self.abort(CloseReason.TIMEOUT)

    def closed(self) -> None:
        """The connection has ended."""
        self._server.closed(self)
        delegate, self._delegate = self._delegate, None
        self._decoder = None
        if delegate is not None:
            try:
                delegate.on_connection_close()
            except Exception:
                log.exception("Uncaught exception in on_connection_close")

    def end_soon(self) -> None:
        """End with the next answer whose head is not written yet, or soon if none is asked for."""
        if self._phase is _HEAD and not self._buffer:
            self.deadline = self.sweep.now + self._server.idle_deadline
        elif self._answer is not _ANSWER_BODY:
            self._persistence = _CLOSES

    def unread(self) -> bytes:
        """Take the bytes behind the current request; part of `detach`."""
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    def detach(self) -> tuple[asyncio.Transport, bytes]:
        """Give the transport away in the middle of a request, for another protocol.

        :raises StreamClosedError: there is no open transport to give.
        """
        given = super().detach()
        self._delegate = None
        self._server.closed(self)
        return given

    def _describe(self) -> str:
        return f"{self._start_line.method} {self._start_line.path} ({self.context.remote_ip})"
