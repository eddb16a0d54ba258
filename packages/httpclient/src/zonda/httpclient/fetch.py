"""One fetch, from the request to the future's result.

::

    NEW ──▶ QUEUED ──▶ CONNECTING ──▶ EXCHANGING ──▶ TAKING ──▶ DONE
     ├─────────┴─────────────────────────▲    │
     └◀──────── redirect, authentication, one retry

* Everything happens in callbacks of the connection and the pool; only a body that is produced,
  and what a callback asks to be awaited, needs a task.
* A fetch has one deadline at a time: the end of its phase or of all of it, whichever is first.
* A request may be sent a second time only if it is idempotent, its connection had been used
  before, and not a byte of an answer has come: then the server has closed the connection just as
  the request was on its way (RFC 9110 section 9.2.2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import Context, copy_context
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from zonda.http import (
    HeaderBlock,
    HTTPHeaders,
    HTTPProtocolError,
    ResponseStartLine,
    shared_headers,
)

from .answer import Answer, Reader, report_head
from .body_sender import BodySender, send_with_body
from .callback_reader import CallbackReader
from .channel import Channel
from .errors import HTTPStreamClosedError, HTTPTimeoutError, ResponseError
from .limits import MAX_DISCARDED, PRECISE_BELOW
from .next_request import Detours
from .pending_response import PendingResponse
from .phases import Phase
from .request import HTTPRequest, Options, merge_options
from .request_head import IDEMPOTENT
from .response import HTTPResponse
from .route import Route
from .target import Target

if TYPE_CHECKING:
    from .client import AsyncHTTPClient

_NEVER: Final = float("inf")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


_QUEUED: Final = Phase.QUEUED
_CONNECTING: Final = Phase.CONNECTING
_EXCHANGING: Final = Phase.EXCHANGING
_DONE: Final = Phase.DONE


class Fetch:
    """Gets one answer to one request, along redirects.

    :param request: what the user wants.
    :param options: the request's, with the client's defaults.
    :param raise_error: an answer other than 2xx is an exception.
    :param reader: takes the body, if not the response; the future then has its result when the
        answer's head has come.
    """

    deadline = _NEVER
    _timer: asyncio.TimerHandle | None = None
    _phase = Phase.NEW
    _context: Context | None = None
    _channel: Channel | None = None
    _task: asyncio.Task[None] | None = None
    _sender: BodySender | None = None
    _answer: Answer | None = None
    _again: tuple[HTTPRequest, Target] | None = None
    _discarded = 0
    _detours: Detours | None = None
    _retried = False
    _head: bytes
    _target: Target
    route: Route

    def __init__(
        self,
        client: AsyncHTTPClient,
        loop: asyncio.AbstractEventLoop,
        request: HTTPRequest,
        options: Options,
        raise_error: bool,
        reader: Reader | None = None,
    ) -> None:
        self._client = client
        self._loop = loop
        self._original = self._current = request
        self.options = options
        self._raise_error = raise_error
        self._reader = reader
        self._streams = reader is not None
        self.future = PendingResponse(loop=loop)
        self.future.fetch = self
        now = self._start = self._phase_began = self._heard = loop.time()
        self._ends = now + options.request_timeout if options.request_timeout else _NEVER
        self._times: dict[str, float] = {"queue": 0.0}

    # Getting a channel.

    def start(self) -> None:
        """Send the request, or wait until that is possible."""
        options = self.options
        if options.streaming_callback is not None or options.header_callback is not None:
            self._context = copy_context()
        if options.streaming_callback is not None and self._reader is None:
            assert self._context is not None
            self._reader = CallbackReader(
                options.streaming_callback, self._context, self._loop, self
            )
        self._begin()

    def _begin(self) -> None:
        """Prepare the current request and get it a channel."""
        try:
            self._target, self.route, self._head = self._client.preparation.prepare(
                self._current,
                self.options,
                _NOTHING if self._detours is None else self._detours.added,
            )
        except Exception as error:
            self._fail(error)
            return
        pool = self._client.pool
        pool.acquire(self, self._retried)
        if self._phase is Phase.NEW:
            limits = (self.options.connect_timeout, self.options.request_timeout)
            wait = self.options.queue_timeout
            self._enter(_QUEUED, min(filter(None, limits), default=0) if wait is None else wait)

    @property
    def is_waiting(self) -> bool:
        """Whether a connection is still wanted."""
        return self._phase is _QUEUED or self._phase is _CONNECTING

    def connecting(self, task: asyncio.Task[None]) -> None:
        """A connection is being made."""
        self._task = task
        self._enter(_CONNECTING, self.options.connect_timeout)

    def connected(self, channel: Channel) -> None:
        """Here is a connection: send the request."""
        self._task = None
        self._channel = channel
        self._enter(_EXCHANGING, self.options.read_timeout or 0)
        request, options = self._current, self.options
        if request.body is None and options.body_producer is None:
            channel.send(self, request.method, self._head)
        else:
            self._sender = send_with_body(self, channel, request, self._head, self._fail)

    # The exchange.

    def interim_received(self, code: int) -> None:
        """An answer with a status below 200."""
        self._heard = self._loop.time()
        if code == 100 and self._sender is not None:
            self._sender.go_ahead()

    def head_received(self, start_line: ResponseStartLine, block: HeaderBlock) -> None:
        """The final answer's head: decide whether it is what the user gets."""
        self._heard = self._loop.time()
        self._times["starttransfer"] = self._heard - self._start
        options = self.options
        fields = block.fields
        if "Set-Cookie" in fields:
            self._client.preparation.keep_cookies(fields["Set-Cookie"], self._target)
        code = start_line.code
        if code >= 300:
            if self._detours is None:
                self._detours = Detours()
            self._again = self._detours.next_request(
                self._current, options, self._target, self.route, start_line, block
            )
            self._discarded = 0
            if self._again is not None:
                return
        answer = self._answer = Answer(start_line, block, options.max_body_size, self._reader)
        if (
            "Content-Encoding" in fields
            and options.decompress_response
            and self._current.method != "HEAD"
            and code != 304
        ):
            answer.decompress()
        if options.header_callback is not None:
            assert self._context is not None
            self._context.run(report_head, options.header_callback, start_line, answer.headers)
        if self._streams:
            self._settle(self._response_of(answer, b""))

    def takes_whole(self, block: HeaderBlock) -> bool:
        """Whether nobody looks at the answer's parts, and nothing is to be done with its body."""
        options = self.options
        return (
            self._reader is None
            and options.header_callback is None
            and block.length <= options.max_body_size
            and "Content-Encoding" not in block.fields
        )

    def whole_received(
        self, start_line: ResponseStartLine, block: HeaderBlock, body: bytes
    ) -> None:
        """The final answer came in one piece; the connection is not ours any more."""
        self._channel = None
        fields = block.fields
        if "Set-Cookie" in fields:
            self._client.preparation.keep_cookies(fields["Set-Cookie"], self._target)
        now = self._loop.time()
        self._times["starttransfer"] = now - self._start
        self._done()
        self._settle(
            self._response(start_line.code, start_line.reason, shared_headers(fields), body, now)
        )
        self.future.fetch = None

    def body_received(self, data: bytes) -> None:
        """A piece of the body."""
        if self._answer is not None:
            self._answer.feed(data)
            if self.options.read_timeout:
                self._heard = self._loop.time()
            return
        self._discarded += len(data)
        if self._discarded > MAX_DISCARDED and self._channel is not None:
            channel, self._channel = self._channel, None
            channel.give_up()
            self._go_on()

    def finished(self) -> None:
        """The answer is complete; the connection is not ours any more."""
        channel, self._channel = self._channel, None
        if channel is not None and channel.times:
            self._times.update(channel.times)
        answer = self._answer
        if answer is None:
            self._go_on()
            return
        try:
            taken = answer.end()
        except HTTPProtocolError as error:
            self._fail(_bad_answer(error))
            return
        if taken:
            self._succeed()
        else:
            self._enter(Phase.TAKING, 0)

    def failed(self, error: Exception) -> None:
        """There will be no complete answer on this channel."""
        channel, self._channel = self._channel, None
        if (
            channel is not None
            and isinstance(error, HTTPStreamClosedError)
            and channel.may_send_again
            and channel.used > 1
            and not channel.answered
            and not self._retried
            and self._current.method in IDEMPOTENT
            and self.options.body_producer is None
        ):
            self._retried = True
            self._again = self._current, self._target
            self._go_on()
        else:
            self._fail(error)

    def _go_on(self) -> None:
        """Send the next request."""
        assert self._again is not None
        self._stop_sender()
        request, _ = self._again
        if request is not self._current:
            self._current = request
            self.options = merge_options({}, request.given())
        self._again = None
        self._phase = Phase.NEW
        self._begin()

    # The reader of the body.

    def pause(self) -> None:
        """Read no more for now."""
        if self._channel is not None:
            self._channel.pause_reading()

    def resume(self) -> None:
        """Read on; all that came has been taken."""
        if self._channel is not None:
            self._heard = self._loop.time()
            self._channel.resume_reading()
        elif self._phase is Phase.TAKING:
            self._succeed()

    # Time.

    def _enter(self, phase: Phase, seconds: float) -> None:
        """Begin a phase that may take this long; 0 is no limit of its own."""
        now = self._loop.time()
        if self._phase is _QUEUED:
            self._times["queue"] = now - self._phase_began
        elif self._phase is _CONNECTING:
            self._times["connect"] = now - self._phase_began
        self._phase = phase
        self._phase_began = self._heard = now
        self._arm(min(now + seconds, self._ends) if seconds else self._ends, now)

    def _arm(self, ends: float, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.deadline = ends
        if ends - now < PRECISE_BELOW:
            self._client.sweep.discard(self)
            self._timer = self._loop.call_at(ends, self.timed_out)
        elif ends != _NEVER:
            self._client.sweep.add(self)

    def timed_out(self) -> None:
        """The deadline has passed."""
        now = self._loop.time()
        silence = self.options.read_timeout
        if self._phase is _EXCHANGING and silence and now < self._ends:
            ends = min(self._heard + silence, self._ends)
            if ends > now:
                self._arm(ends, now)
                return
        self._fail(HTTPTimeoutError(self._phase.value))

    # The end.

    def give_up(self, error: BaseException) -> None:
        """Stop at whatever is going on, and say nothing to the future."""
        phase, self._phase = self._phase, _DONE
        if phase is _DONE:
            return
        self.deadline = _NEVER
        if self._timer is not None:
            self._timer.cancel()
        self._client.ended(self)
        if phase is _QUEUED:
            self._client.pool.left(self)
        if self._task is not None:
            self._task.cancel()
        if self._channel is not None:
            channel, self._channel = self._channel, None
            channel.give_up()
        self._stop_sender()
        if self._reader is not None:
            self._reader.fail(error)
        self._forget()

    def cut_off(self, error: Exception) -> None:
        """End the fetch with *error*."""
        self._fail(error)

    def _stop_sender(self) -> None:
        if self._sender is not None:
            self._sender.stop()
            self._sender = None

    def _fail(self, error: Exception) -> None:
        if self._phase is _DONE:
            return
        future = self.future
        self.give_up(error)
        if not future.done():
            future.set_exception(error)

    def _succeed(self) -> None:
        answer = self._answer
        assert answer is not None
        self._done()
        if not self._streams:
            self._settle(self._response_of(answer, answer.body()))
        self._forget()

    def _forget(self) -> None:
        """Let go of those who know the fetch: they would be a cycle."""
        self.future.fetch = None
        self._reader = None
        self._answer = None

    def _done(self) -> None:
        self._phase = _DONE
        if self._sender is not None:
            self._stop_sender()
        if self._timer is not None:
            self._timer.cancel()
        self._client.ended(self)

    def _response_of(self, answer: Answer, body: bytes) -> HTTPResponse:
        return self._response(answer.code, answer.reason, answer.headers, body, self._loop.time())

    def _response(
        self, code: int, reason: str, headers: HTTPHeaders, body: bytes, now: float
    ) -> HTTPResponse:
        times = self._times
        total = times["total"] = now - self._start
        return HTTPResponse(
            self._original,
            code,
            headers,
            None,
            self._current.url,
            None,
            total - times["queue"],
            times,
            reason,
            self._original.start_time,
            body=body,
        )

    def _settle(self, response: HTTPResponse) -> None:
        if self.future.done():
            return
        if response.error is not None and self._raise_error:
            self.future.set_exception(response.error)
        else:
            self.future.set_result(response)


def _bad_answer(error: HTTPProtocolError) -> ResponseError:
    found = ResponseError(str(error))
    found.__cause__ = error
    return found
