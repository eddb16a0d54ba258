"""`WSGIAdapter`: what answers requests on Zonda's server, as an application of WSGI servers."""

from __future__ import annotations

import logging
import queue
from collections.abc import Coroutine, Iterator
from typing import Final
from wsgiref.types import StartResponse, WSGIEnvironment

from zonda.http import (
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
)
from zonda.httpserver import AnswerState, Limits
from zonda.iostream import StreamClosedError

from .errors import AnswerAbortedError
from .gateway_connection import End, GatewayConnection, Head, Part
from .loop_thread import Callback, LoopThread
from .peer import peer_of
from .request_body import body_length, read_body
from .request_head import read_head

log = logging.getLogger("zonda.general")

_Step = Coroutine[object, object, None]

# Seconds that a thread of the server waits for the next part of an answer.  Load balancers give up
# after a minute or two; a thread that waits for ever is lost to the server.
ANSWER_TIMEOUT: Final = 300.0


class WSGIAdapter:
    """A WSGI application that is answered by an `~zonda.http.HTTPServerConnectionDelegate`.

    A `zonda.web` ``Application`` is such a delegate.  It runs in an event loop of its own, in a
    thread beside those of the server; each thread of the server waits for the answer to its
    request, and gets it as it is written.  What needs the connection itself (``detach``,
    websockets) is answered with 501; a client that goes away is noticed only when the server
    stops taking the answer.

    :param application: what answers the requests.
    :param max_body_size: bytes that the body of a request may have (413); a handler that streams
        may raise it.
    :param answer_timeout: seconds to wait for the next part of an answer (503).
    :param on_startup: a coroutine function, run in the event loop before the first request; if it
        raises, so does the call for that request, and the next one tries again.
    :param on_shutdown: a coroutine function, run when the loop ends: by `close`, or with the
        process.
    """

    def __init__(
        self,
        application: HTTPServerConnectionDelegate,
        max_body_size: int = Limits.max_body_size,
        answer_timeout: float = ANSWER_TIMEOUT,
        on_startup: Callback | None = None,
        on_shutdown: Callback | None = None,
    ) -> None:
        if not isinstance(application, HTTPServerConnectionDelegate):
            raise TypeError(
                "WSGIAdapter needs an HTTPServerConnectionDelegate, such as an Application; "
                f"not {application!r}"
            )
        self.application = application
        self.max_body_size = max_body_size
        self.answer_timeout = answer_timeout
        self.loop_thread = LoopThread(on_startup, on_shutdown)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        """Answer one request, as PEP 3333 has it.

        :raises AnswerAbortedError: a handler gave its answer up.
        """
        self.loop_thread.start()
        exchange = _Exchange(self, environ)
        try:
            exchange.give(environ)
            head = exchange.next_part()
            if not isinstance(head, Head):
                raise AnswerAbortedError("the answer was given up before it began")
        except TimeoutError as error:
            log.error("503 %s %s: %s", environ["REQUEST_METHOD"], environ["PATH_INFO"], error)
            exchange.close()
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return iter([b"503: the answer took too long\n"])
        except BaseException:
            exchange.close()
            raise
        start_response(head.status, head.headers)
        return exchange

    def close(self) -> None:
        """End the thread of the event loop; the next request would start another."""
        self.loop_thread.close()


class _Exchange(Iterator[bytes]):
    """One request and its answer, seen from a thread of the server: an iterator over the body."""

    def __init__(self, adapter: WSGIAdapter, environ: WSGIEnvironment) -> None:
        self._adapter = adapter
        self._closed = False
        self._delegate: HTTPMessageDelegate | None = None
        self._size = 0
        self._connection = GatewayConnection(
            environ["REQUEST_METHOD"], peer_of(environ), adapter.max_body_size
        )

    def give(self, environ: WSGIEnvironment) -> None:
        """Give the request to the delegate, as far as it wants it."""
        connection = self._connection
        try:
            start_line, headers = read_head(environ)
            length = body_length(environ)
            self._run(self._begin(start_line, headers, length))
            if length != 0:
                chunks = read_body(environ, length)
                while connection.is_open and (chunk := next(chunks, b"")):
                    self._run(self._advance(chunk))
                self._run(self._end())
        except HTTPInputError as error:
            self._run(self._refuse(error))

    def next_part(self) -> Part:
        """Wait for the next part of the answer.

        :raises TimeoutError: it takes too long.
        """
        timeout = self._adapter.answer_timeout
        try:
            return self._connection.parts.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"no part of the answer within {timeout:g} seconds") from None

    def __next__(self) -> bytes:
        part = self.next_part()
        if part is End.COMPLETE:
            self.close()
            raise StopIteration
        if not isinstance(part, bytes):
            raise AnswerAbortedError("the answer was given up")
        self._adapter.loop_thread.call_soon(self._connection.taken, len(part))
        return part

    def close(self) -> None:
        """The server wants no more: it has all, or its client is gone."""
        if not self._closed:
            self._closed = True
            self._adapter.loop_thread.call_soon(self._close)

    def _run(self, step: _Step) -> None:
        self._adapter.loop_thread.run(self._guarded(step), self._adapter.answer_timeout)

    async def _begin(
        self, start_line: RequestStartLine, headers: HTTPHeaders, length: int | None
    ) -> None:
        connection = self._connection
        self._delegate = self._adapter.application.start_request(connection, connection)
        waiting = self._delegate.headers_received(start_line, headers)
        if waiting is not None:
            await waiting
        self._check_size(length or 0)
        if length == 0:
            await self._end()

    async def _advance(self, chunk: bytes) -> None:
        delegate = self._delegate
        assert delegate is not None
        self._size += len(chunk)
        self._check_size(self._size)
        waiting = delegate.data_received(chunk)
        if waiting is not None:
            await waiting

    async def _end(self) -> None:
        if self._connection.is_open and self._delegate is not None:
            self._delegate.finish()

    async def _refuse(self, error: HTTPInputError) -> None:
        raise error

    async def _guarded(self, step: _Step) -> None:
        """Run what the delegate does; its errors are answered."""
        connection = self._connection
        try:
            await step
        except HTTPInputError as error:
            connection.refuse_request(error)
        except StreamClosedError:
            connection.abort()
        except Exception:
            log.exception("Uncaught exception while serving a request")
            connection.fail()

    def _check_size(self, size: int) -> None:
        limit = self._connection.max_body_size
        if size > limit and self._connection.is_open:
            raise HTTPInputError(f"a body of more than {limit} bytes", 413)

    def _close(self) -> None:
        connection = self._connection
        if connection.answer is not AnswerState.COMPLETE:
            connection.close()
            if self._delegate is not None:
                self._delegate.on_connection_close()
        self._adapter.application.on_close(connection)
