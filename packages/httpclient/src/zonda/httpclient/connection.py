"""One HTTP/1.1 connection of the client, from a request's bytes to the answer's.

::

    IDLE ──send──▶ HEAD ──head with body──▶ BODY ──all of it──▶ IDLE
                    └────head without body───────────────────────▶ IDLE

* An `Exchange` has the connection from ``send`` until it is told ``finished`` or ``failed``: one
  of them, once.
* Before ``finished`` the connection is given back to its pool, or closed if it cannot be used
  again, so that whoever is told may take it at once.
* Bytes that nobody has asked for, behind an answer or while ``IDLE``, end the connection: they
  must never be taken for the next answer.
"""

from __future__ import annotations

import asyncio
import enum
import select
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from zonda.http import (
    BodyDecoder,
    HTTPInputError,
    HTTPProtocolError,
)
from zonda.iostream import CloseReason, Connection, State, Sweep

from .channel import Exchange, Owner
from .errors import HeadTooLargeError, HTTPStreamClosedError, ResponseError
from .limits import MAX_HEADER_SIZE, MAX_INTERIM
from .response_head import (
    NO_HEAD,
    ResponseHead,
    UntilCloseDecoder,
    body_decoder,
    check_beginning,
    parse_response_head,
)


class Phase(enum.Enum):
    """What the next bytes are taken for."""

    IDLE = "nothing: no request was sent"
    HEAD = "the head of the answer"
    BODY = "the body of the answer"


class Sending(enum.Enum):
    """What is left of a request, which would be in the way of the next one."""

    DONE = "nothing"
    WAITING = "what the transport has not sent yet"
    MORE = "what is still written"
    LAST = "nothing, but it said that none follows"


_IDLE: Final = Phase.IDLE
_HEAD: Final = Phase.HEAD
_BODY: Final = Phase.BODY
_DONE: Final = Sending.DONE
_OPEN: Final = State.OPEN
_NEVER: Final = float("inf")


class ClientConnection(Connection):
    """A connection to a server; knows how to send a request and find the answer's end.

    :ivar used: how many requests were sent.
    :ivar answered: whether a byte came since the last request was sent.
    """

    __slots__ = (
        "_buffer",
        "_decoder",
        "_exchange",
        "_fileno",
        "_head",
        "_interims",
        "_max_header_size",
        "_method",
        "_owner",
        "_phase",
        "_poll",
        "_scanned",
        "_sending",
        "answered",
        "used",
    )

    may_send_again = True
    #: Nothing that the fetch does not know itself.
    times: ClassVar[Mapping[str, float]] = MappingProxyType({})

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sweep: Sweep,
        owner: Owner,
        max_header_size: int = MAX_HEADER_SIZE,
    ) -> None:
        super().__init__(loop, sweep)
        self._max_header_size = max_header_size
        self._owner = owner
        self._phase = _IDLE
        self._exchange: Exchange | None = None
        self._method = ""
        self._buffer = bytearray()
        self._scanned = 0
        self._interims = 0
        self._head = NO_HEAD
        self._decoder: BodyDecoder | None = None
        self._sending = _DONE
        self._fileno = -1
        self._poll: select.poll | None = None
        self.answered = False
        self.used = 0

    def opened(self) -> None:
        """The transport is there; remember how to look at its socket."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:
            self._fileno = sock.fileno()
            self._poll = select.poll()
            self._poll.register(self._fileno, select.POLLIN)

    # What the exchange calls.

    def send(self, exchange: Exchange, method: str, data: bytes, more: bool = False) -> None:
        """Begin an exchange with the head of its request, or all of it.

        :param more: `write` is called for the rest, then `sent`.
        """
        self._exchange = exchange
        self._method = method
        self._phase = _HEAD
        self._interims = 0
        self._sending = Sending.MORE if more else _DONE
        self.deadline = _NEVER
        self.answered = False
        self.used += 1
        self.transport.write(data)

    def write(self, data: bytes) -> None:
        """Send more of the request."""
        if self.state is _OPEN:
            self.transport.write(data)

    def write_chunk(self, data: bytes) -> None:
        """Send more of a body in chunks; nothing is its end."""
        self.write(b"%x\r\n%b\r\n" % (len(data), data))

    def sent(self) -> None:
        """The request is complete, and under way unless the transport still has some of it."""
        if self._sending is Sending.MORE:
            self._sending = Sending.WAITING if self._is_on_its_way() else _DONE

    def retire(self) -> None:
        """The request says that it is the connection's last one (RFC 9112 section 9.6)."""
        self._sending = Sending.LAST

    def _is_spent(self) -> bool:
        """Whether no other request may follow, whatever the answer says."""
        if self._sending is Sending.WAITING:
            return self._is_on_its_way()
        return self._sending is not _DONE

    def _is_on_its_way(self) -> bool:
        return self.state is _OPEN and self.transport.get_write_buffer_size() > 0

    def give_up(self) -> None:
        """The exchange wants no answer any more, and is told nothing more; ends the connection."""
        self._exchange = None
        self._phase = _IDLE
        self.abort()
        self._owner.released(self)

    @property
    def is_fresh(self) -> bool:
        """Whether nothing has come since the connection became free: it can be used again.

        The look at the socket finds what the loop has not read yet: an end, or an answer to
        nothing, which is not to be taken for the next one.
        """
        if self.state is not _OPEN:
            return False
        return self._poll is None or not self._poll.poll(0)

    # What the transport calls.

    def data_received(self, data: bytes) -> None:
        """Bytes of the server."""
        if self._phase is _HEAD:
            self.answered = True
            head, exchange = self._head, self._exchange
            if (
                len(data) == head.whole
                and exchange is not None
                and head.whole <= exchange.takes_whole
                and not self._buffer
                and data.startswith(head.raw)
            ):
                self._finish_whole(exchange, head, data)
            else:
                self._read_head(data)
        elif self._phase is _BODY:
            self._read_body(data)
        else:
            self.abort()

    def eof_received(self) -> None:
        """The server sends no more: the end of a body that has no other end."""
        if self._phase is _BODY and isinstance(self._decoder, UntilCloseDecoder):
            self.close(CloseReason.PEER)
            self._finish(b"")

    def closed(self) -> None:
        """The connection has ended."""
        exchange = self._exchange
        if exchange is None:
            self._owner.lost(self)
            return
        if (
            self._phase is _BODY
            and isinstance(self._decoder, UntilCloseDecoder)
            and self.close_reason is CloseReason.PEER
        ):
            self._finish(b"")
            return
        what = "before it answered" if self._phase is _HEAD else "in the middle of the answer"
        error: Exception = HTTPStreamClosedError(f"the server closed the connection {what}")
        error.__cause__ = self.error
        self._fail(error)

    # Reading.

    def _read_head(self, data: bytes) -> None:
        """Take the final answer's head out of what came; interim answers are passed by."""
        if self._buffer:
            self._buffer += data
            if self._buffer.find(b"\r\n\r\n", self._scanned) < 0:
                self._scanned = len(self._buffer) - 3
                self._check_part()
                return
            data = bytes(self._buffer)
            self._buffer.clear()
            self._scanned = 0
        while True:
            end = data.find(b"\r\n\r\n")
            if (len(data) if end < 0 else end) > self._max_header_size:
                self._refuse_head()
                return
            if end < 0:
                self._buffer += data
                self._scanned = max(0, len(data) - 3)
                self._check_part()
                return
            try:
                head = parse_response_head(data[: end + 4], self._head)
            except HTTPInputError as error:
                self._fail_with(error)
                return
            code = head.start_line.code
            if code >= 200:
                self._begin_answer(head, data)
                return
            data = data[end + 4 :]
            if not self._pass_interim(code) or not data:
                return

    def _check_part(self) -> None:
        """Refuse the part of a head that has come, if no more can make it a valid one."""
        if len(self._buffer) > self._max_header_size:
            self._refuse_head()
            return
        try:
            check_beginning(self._buffer)
        except HTTPInputError as error:
            self._fail_with(error)

    def _refuse_head(self) -> None:
        limit = self._max_header_size
        self._fail_with(HeadTooLargeError(f"an answer's head has more than {limit} bytes"))

    def _pass_interim(self, code: int) -> bool:
        """Go on behind an interim answer; False if the exchange has ended with it."""
        self._interims += 1
        if code == 101 or self._interims > MAX_INTERIM:
            self._fail_with(
                ResponseError(
                    "the server switched to a protocol that was not asked for"
                    if code == 101
                    else f"Too many 1xx responses: more than {MAX_INTERIM}"
                )
            )
            return False
        assert self._exchange is not None
        self._exchange.interim_received(code)
        return self._phase is _HEAD

    def _begin_answer(self, head: ResponseHead, data: bytes) -> None:
        """Take the final answer's head, and what came behind it."""
        self._head = head
        exchange = self._exchange
        assert exchange is not None
        if len(data) == head.whole <= exchange.takes_whole:
            self._finish_whole(exchange, head, data)
            return
        decoder = self._decoder = body_decoder(self._method, head.start_line.code, head.block)
        self._phase = _BODY
        try:
            exchange.head_received(head.start_line, head.block)
        except Exception as error:
            self._fail_with(error)
            return
        rest = data[len(head.raw) :]
        if self._exchange is None:
            return
        if decoder is None:
            self._finish(rest)
        elif rest:
            self._read_body(rest)

    def _finish_whole(self, exchange: Exchange, head: ResponseHead, data: bytes) -> None:
        """Hand over an answer that came in one piece, as most do."""
        self._exchange = None
        self._phase = _IDLE
        if not head.keeps or (self._sending is not _DONE and self._is_spent()):
            self.close()
        self._owner.released(self)
        exchange.whole_received(head.start_line, head.block, data[len(head.raw) :])

    def _read_body(self, data: bytes) -> None:
        exchange, decoder = self._exchange, self._decoder
        assert exchange is not None and decoder is not None
        try:
            body = decoder.feed(data)
            if body:
                exchange.body_received(body)
        except Exception as error:
            self._fail_with(error)
            return
        if decoder.done and self._exchange is exchange:
            self._finish(decoder.unused)

    def _finish(self, unused: bytes) -> None:
        exchange, self._exchange = self._exchange, None
        self._phase = _IDLE
        self._decoder = None
        if self._reading_paused:
            self.resume_reading()
        if unused or not self._head.keeps or (self._sending is not _DONE and self._is_spent()):
            self.close()
        self._owner.released(self)
        if exchange is not None:
            exchange.finished()

    def _fail_with(self, error: Exception) -> None:
        """The answer is no good: so is the connection."""
        if isinstance(error, HTTPProtocolError):
            cause, error = error, ResponseError(str(error))
            error.__cause__ = cause
        self.abort(CloseReason.ERROR)
        self._fail(error)

    def _fail(self, error: Exception) -> None:
        exchange, self._exchange = self._exchange, None
        self._phase = _IDLE
        self._owner.released(self)
        if exchange is not None:
            exchange.failed(error)
