"""One HTTP/1.1 connection of a server: how it begins, goes on after an answer, and ends.

Requests are read by `ReadingConnection` and answered by `AnsweringConnection`.  What is added here
is the way from any phase to ``LINGER``: a peer that is refused, or answered before its body was
read, may send for a while what nobody takes, and then the connection is closed.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from zonda.http import HTTPInputError
from zonda.iostream import CloseReason, State, StreamClosedError

from .answering import CLOSES, COMPLETE, HEAD_SENT, NOTHING, STAYS, STAYS_AND_SAYS_SO
from .context import PeerContext
from .heads import status_line
from .phases import ANSWER, BODY, HEAD, HELD, LINGER, STARTED
from .reading import ReadingConnection

log = logging.getLogger("zonda.general")
app_log = logging.getLogger("zonda.application")

_NEVER: Final = float("inf")
_OPEN: Final = State.OPEN


class HTTP1Connection(ReadingConnection):
    """The server's end of one connection; also the `HTTPConnection` of each of its requests."""

    __slots__ = ()

    def opened(self) -> None:
        """A peer has connected."""
        server = self._server
        self.context = PeerContext(self.transport, server.protocol, self._address)
        limits = server.limits
        self.expire_after(min(limits.header_timeout, limits.idle_connection_timeout))
        server.adopt(self)

    # Peers that do not read.

    def pause_writing(self) -> None:
        """The peer does not read as fast as we write; it must not take for ever."""
        super().pause_writing()
        self.expire_after(self._server.limits.write_timeout)

    def resume_writing(self) -> None:
        """The peer reads again."""
        super().resume_writing()
        if self.state is not _OPEN:
            return
        if self._phase is HEAD:
            self.deadline = self.sweep.now + self._server.idle_deadline
            self._next_request()
        elif self._phase is BODY and self._body is not None:
            self.deadline = self._body.deadline(self.sweep.now) + self.sweep.interval
        elif self._phase is not LINGER:
            self.deadline = _NEVER

    # The end of a request, and of the connection.

    def _answered(self) -> None:
        """The answer is complete: go on with the next request, or end."""
        self._answer = COMPLETE
        self._delegate = None
        phase = self._phase
        persistence = self._persistence
        if self.state is not _OPEN:
            return
        if phase is BODY or phase is STARTED or phase is HELD:
            self._linger()
        elif persistence is STAYS or persistence is STAYS_AND_SAYS_SO:
            self._phase = HEAD
            if self._writing_paused:
                # Who does not read answers gets no more of them.
                self.pause_reading()
                self.expire_after(self._server.limits.write_timeout)
                return
            self.deadline = self.sweep.now + self._server.idle_deadline
            if phase is ANSWER:
                self._next_request()
        elif self._buffer:
            self._linger()
        else:
            self.close()

    def _next_request(self) -> None:
        """Go on reading after an answer that did not come at once."""
        self.resume_reading()
        if self._buffer:
            self.loop.call_soon(self._read_heads, context=self._variables)

    def _failed(self, error: BaseException) -> None:
        """The delegate or the request's framing failed."""
        if isinstance(error, HTTPInputError):
            self._refuse(error)
            return
        if isinstance(error, StreamClosedError):
            return
        app_log.error("Uncaught exception while serving %s", self._describe(), exc_info=error)
        if self._answer is NOTHING:
            self._refuse(HTTPInputError("the server failed", 500), quiet=True)
        else:
            self.abort()

    def _refuse(self, error: HTTPInputError, quiet: bool = False) -> None:
        """Say what is wrong, if the answer has not begun, and end."""
        if not quiet and error.status == 408:
            log.info("%s, from %s", error, self.context.remote_ip)
        elif not quiet:
            log.info("Malformed HTTP message from %s: %s", self.context.remote_ip, error)
        delegate, self._delegate = self._delegate, None
        if self.state is _OPEN and self._answer in (NOTHING, COMPLETE):
            self._answer = COMPLETE
            self._persistence = CLOSES
            self._send(self._refusal(error))
            self._linger()
        else:
            self.abort()
        if delegate is not None:
            delegate.on_connection_close()

    def _refusal(self, error: HTTPInputError) -> bytes:
        """The answer to a request that is refused, or that nobody could answer."""
        body = f"{error.status}: {error}\n".encode("ascii", "replace")
        head = (
            f"{status_line(error.status)}Content-Type: text/plain\r\n{self._server.date_field}"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode("latin-1") + body

    def _linger(self) -> None:
        """Stop sending, and read on for a while: closing with unread bytes would reset the
        connection, and the peer might never see the answer (RFC 9112 section 9.6)."""
        self._phase = LINGER
        self._body = None
        self._buffer.clear()
        self._discarded = 0
        self.close_reason = CloseReason.LOCAL
        self.expire_after(self._server.limits.linger_timeout)
        self._send_gathered()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.resume_reading()

    def eof_received(self) -> bool | None:
        """The peer has closed: what was written is still sent, nothing more is."""
        return None

    def timed_out(self) -> None:
        """A deadline has passed."""
        if self._phase is BODY and not self._writing_paused:
            self._refuse(HTTPInputError("Timeout reading body: it came too slowly", 408))
        elif self._phase is HEAD and self._buffer and not self._writing_paused:
            self._refuse(HTTPInputError("Timeout reading a request: it came too slowly", 408))
        elif self._phase is HEAD and self.state is _OPEN and not self._writing_paused:
            self.close(CloseReason.TIMEOUT)
        else:
            self.abort(CloseReason.TIMEOUT)

    def closed(self) -> None:
        """The connection has ended."""
        self._server.closed(self)
        delegate, self._delegate = self._delegate, None
        self._body = None
        if delegate is not None:
            try:
                delegate.on_connection_close()
            except Exception:
                app_log.exception("Uncaught exception in on_connection_close")

    def end_soon(self) -> None:
        """End with the next answer whose head is not written yet, or soon if none is asked for."""
        if self._phase is HEAD and self._writing_paused:
            self.close()  # once the peer has read what it was sent
        elif self._phase is HEAD and not self._buffer:
            self.deadline = self.sweep.now + self._server.idle_deadline
        elif self._answer is not HEAD_SENT:
            self._persistence = CLOSES

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
