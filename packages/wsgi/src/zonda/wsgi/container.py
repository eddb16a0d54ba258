"""`WSGIContainer`: a WSGI application behind Zonda's server."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Awaitable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from typing import Final
from wsgiref.types import WSGIApplication, WSGIEnvironment

from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)

from .body_spool import BodySpool
from .environ import make_environ
from .errors import ClientDisconnectedError
from .responder import Responder
from .sender import Sender

log = logging.getLogger("zonda.application")

# Requests that an application works on at once.  Most of them wait for a database; more threads
# than this mostly wait for each other.
MAX_THREADS: Final = 32


class WSGIContainer(HTTPServerConnectionDelegate):
    """Serves a WSGI application: give it to an `~zonda.httpserver.HTTPServer`.

    Each request is answered in a thread, so an application may block there.  The body of a request
    is complete when the application is called; that of an answer is streamed.

    :param wsgi_application: the application.
    :param executor: runs the requests; by default a pool of threads of this container.
    :param max_threads: how many requests the default pool runs at once; others wait their turn.
    """

    separates_requests = True

    def __init__(
        self,
        wsgi_application: WSGIApplication,
        executor: Executor | None = None,
        max_threads: int = MAX_THREADS,
    ) -> None:
        if not callable(wsgi_application):
            raise TypeError(
                "a WSGI application is called with environ and start_response; "
                f"not {wsgi_application!r}"
            )
        self.wsgi_application = wsgi_application
        self._pool: ThreadPoolExecutor | None = None
        if executor is None:
            executor = self._pool = ThreadPoolExecutor(max_threads, "zonda-wsgi")
        self._executor = executor

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Part of `~zonda.http.HTTPServerConnectionDelegate`."""
        return _Exchange(self, request_conn)

    def __call__(self, request: HTTPServerRequest) -> None:
        """Answer one request that is complete already, as the fallback of another application."""
        spool = BodySpool(len(request.body))
        spool.write(request.body)
        assert request.connection is not None
        self.run(request, spool, Sender(asyncio.get_running_loop(), request.connection))

    def environ(self, request: HTTPServerRequest) -> WSGIEnvironment:
        """The environ that the application gets for a complete *request*."""
        return make_environ(request, io.BytesIO(request.body), len(request.body))

    def close(self) -> None:
        """End the threads of the default pool when its requests are answered, and do not wait."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)

    def run(self, request: HTTPServerRequest, body: BodySpool, sender: Sender) -> None:
        """Have *request* answered in a thread, with the context variables that it has here."""
        self._executor.submit(copy_context().run, self._answer, request, body, sender)

    def _answer(self, request: HTTPServerRequest, body: BodySpool, sender: Sender) -> None:
        responder = Responder(sender, request.method or "")
        try:
            environ = make_environ(request, body.read_from(), body.size)
            result = self.wsgi_application(environ, responder.start_response)
            try:
                responder.send_result(result)
            finally:
                close = getattr(result, "close", None)
                if close is not None:
                    close()
        except ClientDisconnectedError:
            pass
        except BaseException as error:  # SystemExit, too: no request stays without an answer.
            log.error(
                "Uncaught exception in the application: %s %s (%s)",
                *(request.method, request.uri, request.remote_ip),
                exc_info=error,
            )
            _fail(responder)
        finally:
            body.close()


def _fail(responder: Responder) -> None:
    try:
        responder.fail()
    except ClientDisconnectedError:
        log.debug("The client went away before it was told of an error")


class _Exchange(HTTPMessageDelegate):
    """Collects one request for the application."""

    __slots__ = ("_body", "_connection", "_container", "_request", "_sender")

    def __init__(self, container: WSGIContainer, connection: HTTPConnection) -> None:
        self._container = container
        self._connection = connection
        self._body = BodySpool()
        self._sender: Sender | None = None
        self._request: HTTPServerRequest

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        assert isinstance(start_line, RequestStartLine)
        self._request = HTTPServerRequest(
            start_line=start_line, headers=headers, connection=self._connection
        )

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._body.write(chunk)

    def finish(self) -> None:
        self._sender = Sender(asyncio.get_running_loop(), self._connection)
        self._container.run(self._request, self._body, self._sender)

    def on_connection_close(self) -> None:
        if self._sender is not None:
            self._sender.disconnect()
        else:
            self._body.close()
