"""One handle of curl as a `Channel`: a request's bytes go in, an answer's head and body come out.

Curl connects, keeps connections and frames bodies; it is told nothing of redirects, credentials,
cookies or codings, which are the fetch's, so they are what they are without curl.

The head of an answer is parsed as strictly as without curl; what follows a head that is refused is
dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Final

from zonda.http import HTTPProtocolError
from zonda.iostream import State, StreamClosedError, Sweep

from .channel import Exchange, Owner
from .curl_driver import CurlDriver
from .curl_errors import REWIND, translate
from .curl_settings import Head, apply_request, apply_route, apply_times
from .errors import HeadTooLargeError, HTTPStreamClosedError, RequestError, ResponseError
from .limits import MAX_INTERIM
from .request import Options
from .response_head import parse_response_head
from .route import Route

#: Bytes of a request's body that wait for curl before its producer is made to wait.
HIGH_WATER: Final = 64 * 1024

_NEVER: Final = float("inf")
_OPEN: Final = State.OPEN
_CLOSED: Final = State.CLOSED

#: Parts of ``time_info``, and what curl calls them.
_TIMES: Final = {
    "namelookup": "NAMELOOKUP_TIME",
    "connect": "CONNECT_TIME",
    "appconnect": "APPCONNECT_TIME",
    "pretransfer": "PRETRANSFER_TIME",
}


class CurlChannel:
    """A handle for one route.

    :param authorities: where the system's certificates are, as of `system_authorities`.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sweep: Sweep,
        owner: Owner,
        route: Route,
        max_header_size: int,
        idle_timeout: float,
        authorities: dict[str, str],
    ) -> None:
        self._loop = loop
        self._driver = CurlDriver(loop, self)
        self._sweep = sweep
        self._owner = owner
        self._route = route
        self._max_header_size = max_header_size
        self._idle_timeout = idle_timeout
        self._authorities = authorities
        self._exchange: Exchange | None = None
        self.times: Mapping[str, float] = {}
        self.state = _OPEN
        self.used = 0
        self.may_send_again = False
        self.answered = False
        self.deadline = _NEVER
        self._reset()
        sweep.add(self)

    def _reset(self) -> None:
        self._out: deque[bytes] = deque()
        self._out_size = 0
        self._out_left: int | None = 0
        self._out_ended = False
        self._out_paused = False
        self._out_waiters: list[asyncio.Future[None]] = []
        self._in_paused = False
        self._head = bytearray()
        self._has_head = False
        self._interims = 0
        self._refusal: Exception | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can be used."""
        return self.state is _OPEN

    @property
    def is_fresh(self) -> bool:
        """Whether nothing has come since it became free."""
        return self.state is _OPEN and self._driver.is_quiet

    # What the exchange calls.

    def send(self, exchange: Exchange, method: str, data: bytes, more: bool = False) -> None:
        """Begin an exchange."""
        self._exchange = exchange
        self.used += 1
        self.answered = False
        self.deadline = _NEVER
        self._reset()
        end = data.index(b"\r\n\r\n") + 4
        head = Head(data[:end])
        self._out_left = None if head.is_chunked else head.length or 0
        if len(data) > end:
            self.write(data[end:])
        try:
            self._apply(exchange.options, method, head)
            self._driver.start()
        except self._driver.pycurl.error as error:
            self._loop.call_soon(self._fail, RequestError(f"curl refuses the request: {error}"))
        except Exception as error:  # the callback's
            self._loop.call_soon(self._fail, error)

    def _apply(self, options: Options, method: str, head: Head) -> None:
        """Tell curl all of the request."""
        pycurl, handle = self._driver.pycurl, self._driver.handle
        handle.reset()
        apply_route(handle, pycurl, self._route, self._authorities)
        apply_request(handle, pycurl, self._route, method, head)
        apply_times(handle, pycurl, options, self._idle_timeout)
        handle.setopt(pycurl.HEADERFUNCTION, self._on_header)
        handle.setopt(pycurl.WRITEFUNCTION, self._on_body)
        if head.has_body:
            handle.setopt(pycurl.READFUNCTION, self._on_read)
        if options.prepare_curl_callback is not None:
            options.prepare_curl_callback(handle)

    def write(self, data: bytes) -> None:
        """Send more of the body."""
        if self._exchange is not None and data:
            self._out.append(data)
            self._out_size += len(data)
            self._go_on_sending()

    def write_chunk(self, data: bytes) -> None:
        """Send more of a body that curl puts into chunks; nothing is its end."""
        if data:
            self.write(data)
        else:
            self._out_ended = True
            self._go_on_sending()

    def sent(self) -> None:
        """The request is complete."""

    def retire(self) -> None:
        """The request says that it is the last one of its connection, which curl does not read."""
        if self._exchange is not None:
            self._driver.handle.setopt(self._driver.pycurl.FORBID_REUSE, 1)

    async def drain(self) -> None:
        """Wait until curl has taken enough.

        :raises StreamClosedError: the exchange has ended.
        """
        if self._out_size > HIGH_WATER:
            waiter = self._loop.create_future()
            self._out_waiters.append(waiter)
            await waiter
        if self._exchange is None:
            raise StreamClosedError(None)

    def pause_reading(self) -> None:
        """Let curl keep what comes, and read no more."""
        self._in_paused = True

    def resume_reading(self) -> None:
        """Let curl read on."""
        if self._in_paused:
            self._in_paused = False
            self._loop.call_soon(self._unpause)

    def give_up(self) -> None:
        """End the exchange, and the handle with it."""
        self._exchange = None
        self.abort()
        self._owner.released(self)

    # What the pool calls.

    def expire_after(self, seconds: float) -> None:
        """End the handle unless it is used within *seconds*."""
        self.deadline = self._sweep.after(seconds)

    def timed_out(self) -> None:
        """Nobody has used it."""
        self.abort()

    def close(self) -> None:
        """End the handle."""
        self.abort()

    def abort(self) -> None:
        """End the handle, and what it does."""
        if self.state is _OPEN:
            self._end()
            if self._exchange is None:
                self._owner.lost(self)

    def _end(self) -> None:
        self.state = _CLOSED
        self.deadline = _NEVER
        self._sweep.discard(self)
        self._driver.close()
        self._wake_producer()

    # What curl calls; nothing of curl may be called here.

    def _on_header(self, line: bytes) -> int:
        """A line of a head, or of trailers behind the body."""
        self.answered = True
        self._head += line
        if len(self._head) > self._max_header_size:
            limit = self._max_header_size
            self._refusal = HeadTooLargeError(f"an answer's head has more than {limit} bytes")
            return -1
        if line.strip(b"\r\n") or self._has_head:
            return len(line)
        head, self._head = bytes(self._head), bytearray()
        if head[9:10] == b"1":
            self._interims += 1
            if self._interims > MAX_INTERIM:
                self._refusal = ResponseError(f"Too many 1xx responses: more than {MAX_INTERIM}")
                return -1
        else:
            self._has_head = True
        self._driver.note(partial(self._take_head, head))
        return len(line)

    def _on_body(self, data: bytes) -> int:
        if self._in_paused:
            paused: int = self._driver.pycurl.WRITEFUNC_PAUSE
            return paused
        self._driver.note(partial(self._take_body, data))
        return len(data)

    def _on_read(self, size: int) -> bytes | int:
        if not self._out:
            if self._out_ended:
                self._out_left = 0
                return b""
            self._out_paused = True
            paused: int = self._driver.pycurl.READFUNC_PAUSE
            return paused
        data = self._out.popleft()
        if len(data) > size:
            self._out.appendleft(data[size:])
            data = data[:size]
        self._out_size -= len(data)
        if self._out_left is not None:
            self._out_left -= len(data)
        if self._out_waiters and self._out_size <= HIGH_WATER:
            self._driver.note(self._wake_producer)
        return data

    # When curl has returned.

    def _take_head(self, head: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            return
        try:
            parsed = parse_response_head(head)
            code = parsed.start_line.code
            if code == 101:
                raise ResponseError("the server switched to a protocol that was not asked for")
            if code < 200:
                exchange.interim_received(code)
            else:
                exchange.head_received(parsed.start_line, parsed.block)
        except Exception as error:
            self._fail(error)

    def _take_body(self, data: bytes) -> None:
        if self._exchange is None:
            return
        try:
            self._exchange.body_received(data)
        except Exception as error:
            self._fail(error)

    def done(self) -> None:
        """The answer is complete."""
        if self._exchange is not None and not self._has_head:
            self._fail(HTTPStreamClosedError("the server closed the connection before it answered"))
            return
        exchange, self._exchange = self._exchange, None
        pycurl, handle = self._driver.pycurl, self._driver.handle
        if exchange is None:
            return
        self.times = {
            name: handle.getinfo(getattr(pycurl, label)) for name, label in _TIMES.items()
        }
        self._wake_producer()
        if not self._driver.has_kept or self._out_left != 0:
            self._end()  # the connection is at its end, or half of a request is on it
        self._owner.released(self)
        exchange.finished()

    def failed(self, number: int, text: str) -> None:
        """There will be no complete answer."""
        # Curl sends again what was lost with a kept connection, but a body it cannot.
        self.may_send_again = number == REWIND
        self._fail(self._refusal or translate(number, text, self._driver, self._route))

    def disturbed(self) -> None:
        """Something came, or the connection ended, while nobody had asked."""
        self.abort()

    def _fail(self, error: Exception) -> None:
        exchange, self._exchange = self._exchange, None
        if isinstance(error, HTTPProtocolError):
            cause, error = error, ResponseError(str(error))
            error.__cause__ = cause
        if self.state is _OPEN:
            self._end()
        self._owner.released(self)
        if exchange is not None:
            exchange.failed(error)

    def _go_on_sending(self) -> None:
        if self._out_paused:
            self._out_paused = False
            self._loop.call_soon(self._unpause)

    def _unpause(self) -> None:
        if self._exchange is not None:
            self._driver.unpause(not self._in_paused)

    def _wake_producer(self) -> None:
        waiters, self._out_waiters = self._out_waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
