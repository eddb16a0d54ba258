"""One fetch, from the request to the future's result.

::

    NEW ──▶ QUEUED ──▶ CONNECTING ──▶ EXCHANGING ──▶ TAKING ──▶ DONE
     ├─────────┴─────────────────────────▲    │
     └◀──────── redirect, authentication, one retry

* Everything happens in callbacks of the connection and the pool; only a body that is produced,
  and what a callback asks to be awaited, needs a task.
* Who cancels the future is heard in the next turn of the loop, before the task that awaits it.
  Until then nothing may be sent that has not been sent yet.
* A request may be sent a second time only if it is idempotent, its connection had been used
  before, and not a byte of an answer has come: then the server has closed the connection just as
  the request was on its way (RFC 9110 section 9.2.2).
"""

from __future__ import annotations

import asyncio
from contextvars import Context, copy_context
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
from .limits import MAX_DISCARDED
from .next_request import NO_DETOURS, Detours
from .phases import NEVER, Phase, Phased
from .request import HTTPRequest, MergedOptions, merge_options
from .request_head import IDEMPOTENT, says_close
from .response import HTTPResponse, made_response
from .route import Route
from .target import Target

if TYPE_CHECKING:
    from .client import AsyncHTTPClient


_NEW: Final = Phase.NEW
_QUEUED: Final = Phase.QUEUED
_CONNECTING: Final = Phase.CONNECTING
_EXCHANGING: Final = Phase.EXCHANGING
_DONE: Final = Phase.DONE


class Fetch(Phased):
    """Gets one answer to one request, along redirects.

    :param request: what the user wants.
    :param options: the request's, with the client's defaults.
    :param raise_error: an answer other than 2xx is an exception.
    :param reader: takes the body, if not the response; the future then has its result when the
        answer's head has come.
    """

    __slots__ = (
        "_answer",
        "_channel",
        "_client",
        "_context",
        "_current",
        "_detours",
        "_head",
        "_next",
        "_original",
        "_raise_error",
        "_reader",
        "_sender",
        "_streams",
        "_target",
        "_task",
        "future",
        "options",
        "route",
        "takes_whole",
    )
    _head: bytes
    _target: Target
    route: Route

    def __init__(
        self,
        client: AsyncHTTPClient,
        request: HTTPRequest,
        options: MergedOptions,
        raise_error: bool,
        reader: Reader | None = None,
    ) -> None:
        loop = client.loop
        super().__init__(loop, options.total)
        self._client = client
        self._original = self._current = request
        self.options = options
        self._raise_error = raise_error
        self._reader = reader
        self._streams = reader is not None
        self._context: Context | None = None
        self._task: asyncio.Task[None] | None = None
        self._channel: Channel | None = None
        self._sender: BodySender | None = None
        self._answer: Answer | None = None
        self._next: HTTPRequest | None = None
        self._detours = NO_DETOURS
        self.takes_whole = 0
        # Not by the loop's own method, which is one call more.
        self.future: asyncio.Future[HTTPResponse] = asyncio.Future(loop=loop)
        self.future.add_done_callback(self._cancelled)

    # Getting a channel.

    def begin(self) -> None:
        """Prepare the current request and get it a channel."""
        request, options, client = self._current, self.options, self._client
        if options.is_watched:
            self._call_back(options)
        self.takes_whole = (
            options.takes_whole if self._reader is None and request.method != "HEAD" else 0
        )
        try:
            self._target, self.route, self._head = client.preparation.prepare(
                request, options, self._detours.added
            )
        except Exception as error:
            self._fail(error)
            return
        client.pool.acquire(self, self._detours.is_retry)
        if self.phase is _NEW:
            self._wait_in_queue(options)

    def _wait_in_queue(self, options: MergedOptions) -> None:
        """There is no connection yet, and none is being made."""
        wait = options.queue_timeout
        if wait is None:
            limits = (options.connect_timeout, options.request_timeout)
            wait = min(filter(None, limits), default=0)
        self.enter(_QUEUED, wait or NEVER, self.began)

    def _call_back(self, options: MergedOptions) -> None:
        """Have the user's functions called, with the context variables of who fetches."""
        if self._context is not None:
            return
        self._context = copy_context()
        if options.streaming_callback is not None and self._reader is None:
            self._reader = CallbackReader(
                options.streaming_callback, self._context, self.loop, self
            )

    @property
    def is_waiting(self) -> bool:
        """Whether a connection is still wanted."""
        return (self.phase is _QUEUED or self.phase is _CONNECTING) and not self._is_cancelled

    def connecting(self, task: asyncio.Task[None]) -> None:
        """A connection is being made."""
        self._task = task
        self.enter(_CONNECTING, self.options.connect_timeout or NEVER, self.loop.time())

    def connected(self, channel: Channel) -> None:
        """Here is a connection: send the request."""
        has_waited = self.phase is not _NEW
        request, options = self._current, self.options
        self.enter(
            _EXCHANGING,
            options.silence,
            self.loop.time() if has_waited else self.began,
        )
        if has_waited:
            self._task = None
            if self._is_cancelled:
                self.loop.call_soon(self._client.pool.released, channel)
                return
        self._channel = channel
        if request.body is None and not options.has_producer:
            channel.send(self, request.method, self._head)
        else:
            self._sender = send_with_body(
                self, channel, request, self._head, self._fail, self._context
            )
        if request.has_headers and says_close(request.headers):
            channel.retire()

    # The exchange.

    def interim_received(self, code: int) -> None:
        """An answer with a status below 200."""
        self.heard = self.loop.time()
        if code == 100 and self._sender is not None:
            self._sender.go_ahead()

    def head_received(self, start_line: ResponseStartLine, block: HeaderBlock) -> None:
        """The final answer's head: decide whether it is what the user gets."""
        self.heard = self.loop.time()
        self.times["starttransfer"] = self.heard - self.start
        options = self.options
        fields = block.fields
        if "Set-Cookie" in fields:
            self._client.preparation.keep_cookies(fields["Set-Cookie"], self._target)
        code = start_line.code
        if code >= 300:
            self._take_detours()
            self._next = self._detours.next_request(
                self._current, options, self._target, self.route, start_line, block
            )
            if self._next is not None:
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
            self._settle(code, answer.reason, answer.headers, b"")

    def whole_received(
        self, start_line: ResponseStartLine, block: HeaderBlock, body: bytes
    ) -> None:
        """The final answer came in one piece; the connection is not ours any more."""
        self._channel = None
        self._leave()
        self._settle(start_line.code, start_line.reason, shared_headers(block.fields), body)

    def body_received(self, data: bytes) -> None:
        """A piece of the body."""
        if self._answer is not None:
            self._answer.feed(data)
            if self.options.read_timeout:
                self.heard = self.loop.time()
            return
        self._detours.discarded += len(data)
        if self._detours.discarded > MAX_DISCARDED and self._channel is not None:
            channel, self._channel = self._channel, None
            channel.give_up()
            self._go_on()

    def finished(self) -> None:
        """The answer is complete; the connection is not ours any more."""
        channel, self._channel = self._channel, None
        if channel is not None and channel.times:
            self.times.update(channel.times)
        answer = self._answer
        if answer is None:
            self._go_on()
            return
        try:
            taken = answer.end()
        except HTTPProtocolError as error:
            self.cut_off(error)
            return
        if taken:
            self._end(answer)
        else:
            self.enter(Phase.TAKING, NEVER, self.loop.time())

    def failed(self, error: Exception) -> None:
        """There will be no complete answer on this channel."""
        channel, self._channel = self._channel, None
        if (
            channel is not None
            and isinstance(error, HTTPStreamClosedError)
            and channel.may_send_again
            and channel.used > 1
            and not channel.answered
            and not self._detours.is_retry
            and self._current.method in IDEMPOTENT
            and self.options.body_producer is None
        ):
            self._take_detours()
            self._detours.is_retry = True
            self._next = self._current
            self._go_on()
        else:
            self._fail(error)

    def _take_detours(self) -> None:
        if self._detours is NO_DETOURS:
            self._detours = Detours()

    def _go_on(self) -> None:
        """Send the next request."""
        request, self._next = self._next, None
        assert request is not None
        self._stop_sender()
        if request is not self._current:
            self._current = request
            self.options = merge_options({}, request.given())
        self.phase = _NEW
        self.began = self.loop.time()
        if not self._is_cancelled:
            self.begin()

    # The reader of the body.

    def pause(self) -> None:
        """Read no more for now."""
        if self._answer is not None:
            self._answer.hold()
        if self._channel is not None:
            self._channel.pause_reading()

    def resume(self) -> None:
        """Read on; what came has been taken."""
        answer = self._answer
        if answer is None:
            return
        self.heard = self.loop.time()
        try:
            is_taken = answer.go_on()
        except Exception as error:
            self.cut_off(error)
            return
        if is_taken:
            self._end(answer)
        elif self._channel is not None and not answer.is_held:
            self._channel.resume_reading()

    def timed_out(self) -> None:
        """The deadline has passed."""
        if self.phase is not _EXCHANGING or not self.goes_on(self.options.silence):
            self._fail(HTTPTimeoutError(self.phase.value))

    # The end.

    @property
    def _is_cancelled(self) -> bool:
        """Whether the future was cancelled, which `_cancelled` is told in the loop's next turn."""
        return self.future.cancelled()

    def _cancelled(self, future: asyncio.Future[HTTPResponse]) -> None:
        """The future was cancelled, or somebody else has given it a result."""
        self.give_up(asyncio.CancelledError())

    def give_up(self, error: BaseException) -> None:
        """Stop at whatever is going on, and say nothing to the future."""
        phase, self.phase = self.phase, _DONE
        if phase is _DONE:
            return
        self.stop_timer()
        self._client.fetches.discard(self)
        if phase is _QUEUED:
            self._client.pool.left(self)
        if self._task is not None:
            self._task.cancel()
        if self._channel is not None:
            channel, self._channel = self._channel, None
            channel.give_up()
        self._stop_sender()
        if self._answer is not None:
            self._answer.hold()
        if self._reader is not None:
            self._reader.fail(error)
        self._forget()

    def cut_off(self, error: Exception) -> None:
        """End the fetch with *error*, be it one of what the answer is."""
        self._fail(_bad_answer(error) if isinstance(error, HTTPProtocolError) else error)

    def _stop_sender(self) -> None:
        if self._sender is not None:
            self._sender.stop()
            self._sender = None

    def _fail(self, error: Exception) -> None:
        if self.phase is _DONE:
            return
        self.give_up(error)
        if not self.future.done():
            self.future.set_exception(error)

    def _end(self, answer: Answer) -> None:
        """All of the answer has come, in parts."""
        if not self._streams:
            self._settle(answer.code, answer.reason, answer.headers, answer.body())
        self._leave()
        self._forget()

    def _forget(self) -> None:
        """Let go of those who know the fetch: they would be a cycle."""
        self.future.remove_done_callback(self._cancelled)
        self._reader = None
        self._answer = None

    def _leave(self) -> None:
        """Nothing is waited for any more."""
        self.phase = _DONE
        if self._sender is not None:
            self._stop_sender()
        self.stop_timer()
        self._client.fetches.discard(self)

    def _settle(self, code: int, reason: str, headers: HTTPHeaders, body: bytes) -> None:
        """Give the future its result."""
        future, request, times = self.future, self._original, self.times
        future.remove_done_callback(self._cancelled)
        if future.done():
            return
        total = times["total"] = self.loop.time() - self.start
        if "starttransfer" not in times:
            times["starttransfer"] = total
        response = made_response(request, code, reason, headers, body, self._current.url, times)
        if response.error is not None and self._raise_error:
            future.set_exception(response.error)
        else:
            future.set_result(response)


def _bad_answer(error: HTTPProtocolError) -> ResponseError:
    found = ResponseError(str(error))
    found.__cause__ = error
    return found
