"""Reading requests: from the bytes of the transport to the delegates.

The phases, and what leads from one to another, are in `phases`.

* In ``CALLED`` the delegate runs inside `data_received`: an answer completed then is followed by
  the next request in the same loop, not by a recursion.
* While the peer does not read the answers that it has, no further request is begun.
* Requests are answered one by one, in order; what is pipelined behind an unanswered request stays
  unread once a first piece of it has arrived.
* Answers to requests that came together are sent together, but not while the loop does anything
  else.
* After `REQUESTS_PER_TURN` that came at once other connections get their turn, and the system keeps
  few answers that it cannot send.
* In ``STARTED`` and ``HELD`` the delegate has asked to wait, by an awaitable; nothing is read.
* An error in the bytes after a good request is answered after that request.
* Context variables that a request has set are not those of the next one: delegates are called in a
  context of their own, be it theirs or one of `own_variables`, and what an answer sets off runs in
  the connection's.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable
from contextvars import copy_context
from typing import TYPE_CHECKING, Final

from zonda.http import (
    EMPTY_BLOCK,
    Framing,
    HeaderBlock,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    RequestStartLine,
    parse_request_block,
    parse_request_line,
    recall_request_line,
)
from zonda.iostream import State

from .answering import (
    CLOSES,
    CLOSES_UNSAID,
    NOTHING,
    STAYS,
    STAYS_AND_SAYS_SO,
    AnsweringConnection,
)
from .body_reader import BodyReader
from .context import PeerContext
from .head_finding import MAX_EMPTY_LINES, check_version, find_head, remove_empty_lines
from .phases import ANSWER, BODY, CALLED, HEAD, HELD, LINGER, STARTED

if TYPE_CHECKING:
    from zonda.http import TrustedProxies

    from .server import HTTPServer

# What a refused peer may still send before it is cut off.
LINGER_SIZE: Final = 1024 * 1024

# Pipelined requests that are answered before other connections get a turn.
REQUESTS_PER_TURN: Final = 100

_NEVER: Final = float("inf")
_OPEN: Final = State.OPEN
_NO_BODY: Final = Framing.NONE
_LENGTH: Final = Framing.LENGTH
_NO_TRAILERS: Final = HTTPHeaders()


class ReadingConnection(AnsweringConnection):
    """Finds requests in what comes in, and gives them to delegates of the server.

    The subclass says how a request, and the connection, ends.

    :ivar context: where the current request comes from.
    :ivar max_body_size: the limit for the body of the current request.
    """

    __slots__ = (
        "_address",
        "_awaited",
        "_block",
        "_body",
        "_body_timeout",
        "_buffer",
        "_delegate",
        "_discarded",
        "_phase",
        "_scanned",
        "_trailers",
        "_trailers_of",
        "_variables",
        "context",
        "max_body_size",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        server: HTTPServer,
        address: object = None,
    ) -> None:
        super().__init__(loop, server)
        self._address = address
        self._phase = HEAD
        self._buffer = bytearray()
        self._scanned = 0
        self._block: HeaderBlock = EMPTY_BLOCK
        self._delegate: HTTPMessageDelegate | None = None
        self._body: BodyReader | None = None
        self._body_timeout: float | None = None
        self._awaited: asyncio.Future[None] | None = None
        self._trailers_of: HeaderBlock | None = None
        self._trailers = _NO_TRAILERS
        self._discarded = 0
        self._variables = copy_context()
        self.max_body_size = server.limits.max_body_size
        self.context: PeerContext

    # What the subclass does.

    def _refuse(self, error: HTTPInputError, quiet: bool = False) -> None:
        """Say what is wrong with a request, and end."""
        raise NotImplementedError

    def _failed(self, error: BaseException) -> None:
        """A delegate, or the framing of a body, has failed."""
        raise NotImplementedError

    def _next_request(self) -> None:
        """Go on reading after an answer that did not come at once."""
        raise NotImplementedError

    # For delegates.

    def set_max_body_size(self, max_body_size: int) -> None:
        """Change the limit, in bytes, for the current request only, before its body is read."""
        self.max_body_size = max_body_size

    def set_body_timeout(self, timeout: float) -> None:
        """Change ``body_timeout``, in seconds, for the current request only, before its body."""
        self._body_timeout = timeout

    @property
    def trailers(self) -> HTTPHeaders:
        """The fields behind the body of the current request, from its end on (RFC 9110 6.5).

        They are never merged into the headers: nobody may smuggle a header in there.
        """
        return self._trailers if self._trailers_of is self._block else _NO_TRAILERS

    def apply_forwarding(self, proxies: TrustedProxies) -> None:
        """Let the headers of the current request say who its client is."""
        self.context.apply(proxies, self._block.headers())

    def resume_reading(self) -> None:
        """Ask for bytes again; the loop remembers the context variables of who does."""
        if self._reading_paused:
            self._variables.copy().run(super().resume_reading)

    # Heads.

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer.

        The ways that nearly all requests take are written out here: the segment is one whole
        request, mostly without a body and with the header lines of the last one.
        """
        if self._phase is HEAD and not self._buffer:
            line, _, rest = data.partition(b"\r\n")
            block = self._block
            if rest == block.raw and block.plain:
                start_line = recall_request_line(line)
                if start_line is not None:
                    self._begin(start_line, block)
                    return
            end = rest.find(b"\r\n\r\n")
            if (
                end > 0
                and line
                and rest[0] != 13  # no header lines: what follows is the next request
                and len(line) + 2 + end <= self._server.limits.max_header_size
            ):
                end += 4
                if end == len(rest):
                    self._read_head(line, rest)
                    return
                if line[:4] != b"GET ":  # of which many came at once, to be answered together
                    self._buffer += rest[end:]
                    self._read_head(line, rest[:end])
                    if self._phase is HEAD and self._buffer:
                        self._read_heads()
                    return
        self._read(data)

    def _read(self, data: bytes) -> None:
        if self._phase is HEAD:
            self._buffer += data
        elif self._phase is BODY:
            self._read_body(data)
        elif self._phase is LINGER:
            self._discarded += len(data)
            if self._discarded > LINGER_SIZE:
                self.abort()
        else:
            self._buffer += data
            self.pause_reading()
        if self._phase is HEAD and self._buffer:
            self._read_heads()

    def _read_heads(self) -> None:
        """Begin every request whose head is in the buffer, as long as each is answered at once."""
        self._begin_gathering()
        try:
            self._begin_requests()
        finally:
            self._end_gathering()

    def _begin_requests(self) -> None:
        buffer = self._buffer
        left = REQUESTS_PER_TURN
        while buffer and self._phase is HEAD and self.state is _OPEN and not self._writing_paused:
            if not left:
                self._keep_little_unsent()
                self.pause_reading()
                self.loop.call_soon(self._read_on)
                return
            left -= 1
            try:
                end = self._head_end()
            except HTTPInputError as error:
                self._refuse(error)
                return
            if end < 0:
                return
            head = bytes(buffer[:end])
            del buffer[:end]
            self._scanned = 0
            line, _, rest = head.partition(b"\r\n")
            self._read_head(line, rest)

    def _read_on(self) -> None:
        """Others have had their turn: go on with what is in the buffer."""
        if self._phase is HEAD and not self._writing_paused:
            self.resume_reading()
            self._read_heads()

    def _read_head(self, line: bytes, rest: bytes) -> None:
        """Begin the request with this first line and these header lines, or refuse it."""
        try:
            start_line = recall_request_line(line) or parse_request_line(line)
            block = self._block
            if rest != block.raw:
                block = parse_request_block(rest, self._server.limits.max_header_count)
                self._block = block
            if not block.plain or start_line.version != "HTTP/1.1":
                check_version(start_line, block)
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
            self._discarded += remove_empty_lines(buffer)
            if self._discarded > MAX_EMPTY_LINES:
                raise HTTPInputError("too many empty lines before a request")
            if not buffer or buffer[0] == 13:
                return -1
        end = find_head(buffer, self._scanned, self._server.limits.max_header_size)
        if end < 0:
            if not self._scanned:
                self.expire_after(self._server.limits.header_timeout)
            self._scanned = len(buffer)
        return end

    def _begin(self, start_line: RequestStartLine, block: HeaderBlock) -> None:
        """A request's head is here: give it to a delegate, and its body if it has none."""
        self._discarded = 0
        self._start_line = start_line
        self._answer = NOTHING
        server = self._server
        if block.framing is _NO_BODY:
            self._phase = CALLED
        else:
            self._phase = STARTED
            self.max_body_size = server.limits.max_body_size
            self._body_timeout = None
        self._persistence = (
            STAYS
            if block.plain and server.keeps_alive and start_line.version == "HTTP/1.1"
            else self._decide_persistence(start_line, block)
        )
        delegate = server.start_request(self, self)
        self._delegate = delegate
        try:
            waiting = delegate.headers_received(start_line, block.headers())
            if waiting is not None:
                self._wait_for(waiting)
            elif self._phase is CALLED:
                delegate.finish()
            elif self._phase is STARTED:
                self._begin_body()
        except Exception as error:
            self._failed(error)
        if self._phase is CALLED:
            self._phase = ANSWER
            self.deadline = _NEVER

    def _decide_persistence(self, start_line: RequestStartLine, block: HeaderBlock) -> str:
        if block.close or not self._server.keeps_alive or self._phase is STARTED:
            # An answer before the body is read is the last: what follows may be still the body.
            return CLOSES
        if start_line.version == "HTTP/1.1":
            return STAYS
        return STAYS_AND_SAYS_SO if block.keep_alive else CLOSES_UNSAID

    # Bodies.

    def _begin_body(self) -> None:
        """The delegate has seen the head; from now on it gets the body."""
        block = self._block
        limits = self._server.limits
        if (
            block.framing is _LENGTH
            and len(self._buffer) == block.length <= limits.chunk_size
            and block.length <= self.max_body_size
            and "Expect" not in block.early
        ):
            self._give_body()
            return
        timeout = self._body_timeout or limits.body_timeout
        now = self.sweep.now
        self._body = body = BodyReader(block, limits, self.max_body_size, timeout, now)
        self._trailers = _NO_TRAILERS
        expected = block.early.get("Expect")
        if expected is not None and self._start_line.version == "HTTP/1.1":
            if expected[0].lower() != "100-continue":
                raise HTTPInputError("the only expectation understood is 100-continue", 417)
            if self._answer is NOTHING and not self._buffer:
                self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._phase = BODY
        self.deadline = body.deadline(now) + self.sweep.interval
        self._read_kept()

    def _give_body(self) -> None:
        """The delegate gets a small body that has come with its head, and is all there is."""
        delegate = self._delegate
        assert delegate is not None
        chunk = bytes(self._buffer)
        self._buffer.clear()
        self._phase = BODY
        waiting = delegate.data_received(chunk)
        if waiting is not None:
            if self._phase is BODY:
                self._phase = ANSWER  # it has all, but for the end
            self._wait_for(waiting)
        elif self._phase is BODY:
            self._call_delegate()

    def _read_kept(self) -> None:
        if self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()
            self._read_body(data)

    def _read_chunks(self, data: bytes) -> None:
        """As `_read_body`, for a subclass whose delegates get no two chunks in one piece."""
        position, body = 0, self._body
        while position < len(data) and self._phase is BODY and body is not None:
            end = body.piece_end(data, position)
            ReadingConnection._read_body(self, data[position:end])
            position = end
        if position < len(data):
            self._read(data[position:])

    def _read_body(self, data: bytes) -> None:
        """Give the delegate what *data* has of the body, in pieces that are not too large."""
        body = self._body
        delegate = self._delegate
        assert body is not None and delegate is not None
        size = self._server.limits.chunk_size
        try:
            while self._phase is BODY and (data or body.done):
                piece, data = (data, b"") if len(data) <= size else (data[:size], data[size:])
                chunk = body.feed(piece)
                if chunk:
                    sweep = self.sweep
                    self.deadline = body.deadline(sweep.now) + sweep.interval
                    waiting = delegate.data_received(chunk)
                    if waiting is not None:
                        if self._phase is BODY:
                            self._phase = HELD
                        self._wait_for(waiting)
                if body.done:
                    self._buffer += body.unused
                    self._buffer += data
                    if self._phase is BODY:
                        self._end_body()
                    return
            self._buffer += data
        except Exception as error:
            self._failed(error)

    def _end_body(self) -> None:
        """The delegate has all of the body."""
        body, self._body = self._body, None
        assert body is not None
        self._trailers_of = self._block
        self._trailers = body.trailers or _NO_TRAILERS
        self._call_delegate()

    def _call_delegate(self) -> None:
        """The delegate has all of the request."""
        delegate = self._delegate
        assert delegate is not None
        self._phase = CALLED
        self._persistence = self._decide_persistence(self._start_line, self._block)
        delegate.finish()
        if self._phase is CALLED:
            self._phase = ANSWER
            self.deadline = _NEVER

    def _wait_for(self, waiting: Awaitable[None]) -> None:
        """Read on when the delegate is ready; one that has answered holds up nobody."""
        if self._delegate is not None:
            self.pause_reading()
            self.deadline = _NEVER
        self._awaited = task = asyncio.ensure_future(waiting, loop=self.loop)
        task.add_done_callback(functools.partial(self._delegate_ready, self._delegate))

    def _delegate_ready(
        self, delegate: HTTPMessageDelegate | None, task: asyncio.Future[None]
    ) -> None:
        if task.cancelled():
            if delegate is not None:
                self.abort()
            return
        error = task.exception()
        if (
            self.state is not _OPEN
            or self._awaited is not task
            or delegate is None
            or self._delegate is not delegate
        ):
            return
        self._awaited = None
        if error is not None:
            self._failed(error)
            return
        try:
            self._go_on()
        except Exception as failure:
            self._failed(failure)
        if self._phase is HEAD:
            self._next_request()

    def _go_on(self) -> None:
        """The delegate is ready for what comes next."""
        body = self._body
        if self._phase is STARTED:
            self._begin_body()
        elif self._phase is ANSWER:
            self._call_delegate()
        elif self._phase is HELD and body is not None:
            self._phase = BODY
            if body.done:
                self._end_body()
            else:
                self.deadline = body.deadline(self.sweep.now) + self.sweep.interval
                self._read_kept()
        if self._phase is BODY or (self._phase is ANSWER and not self._buffer):
            self.resume_reading()  # also to hear of a client that leaves before its answer
