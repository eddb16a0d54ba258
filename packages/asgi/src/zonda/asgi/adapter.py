"""`ASGIAdapter`: what answers requests on Zonda's server, as an application of ASGI servers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from zonda.http import (
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
)
from zonda.httpserver import AnswerState, Limits
from zonda.ioloop import eager
from zonda.iostream import StreamClosedError

from .errors import MessageError
from .gateway_connection import GatewayConnection
from .protocol import Message, Receive, Scope, Send
from .request_head import read_head
from .websocket_adapter import WebSocketAdapter

log = logging.getLogger("zonda.general")

LifespanCallback = Callable[[], Awaitable[None] | None]


class ASGIAdapter:
    """An ASGI 3 application that is answered by an `~zonda.http.HTTPServerConnectionDelegate`.

    A `zonda.web` ``Application`` is such a delegate.  Bodies are streamed both ways, and websockets
    reach their handlers if the extra ``websocket`` is installed.  What needs the connection itself
    (``detach``) is answered with 501.

    :param delegate: what answers the requests.
    :param on_startup: called, and awaited, before the first request, where the server has lifespan
        events; if it raises, the server does not start.
    :param on_shutdown: called, and awaited, after the last request.
    :param max_body_size: bytes that the body of a request may have (413); a handler that streams
        may raise it.
    """

    def __init__(
        self,
        delegate: HTTPServerConnectionDelegate,
        on_startup: LifespanCallback | None = None,
        on_shutdown: LifespanCallback | None = None,
        max_body_size: int = Limits.max_body_size,
    ) -> None:
        if not isinstance(delegate, HTTPServerConnectionDelegate):
            raise TypeError(
                "ASGIAdapter needs an HTTPServerConnectionDelegate, such as an Application; "
                f"not {delegate!r}"
            )
        self._delegate = delegate
        self._on_startup = on_startup
        self._on_shutdown = on_shutdown
        self._max_body_size = max_body_size
        self._websockets = WebSocketAdapter(delegate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what *scope* describes.

        :raises MessageError: it is none of HTTP, websocket and lifespan.
        :raises AnswerAbortedError: a handler failed in the middle of its answer.
        """
        kind = scope["type"]
        if kind == "http":
            await self._serve(scope, receive, send)
        elif kind == "lifespan":
            await self._live(receive, send)
        elif kind == "websocket":
            await self._websockets.serve(scope, receive, send)
        else:
            raise MessageError(f"connections of type {kind!r} are not known")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = GatewayConnection(scope, self._max_body_size)
        try:
            start_line, headers = read_head(scope)
        except HTTPInputError as error:
            connection.refuse_request(error)
            await connection.send_all(send)
            return
        delegate = self._delegate.start_request(connection, connection)
        reading = eager.start(_read(start_line, headers, receive, delegate, connection))
        try:
            await connection.send_all(send)
        except OSError:
            # From version 2.4 a server says so that the client is gone.
            log.debug("The client went away during its answer")
        finally:
            if isinstance(reading, asyncio.Task):
                reading.cancel()
                await asyncio.wait((reading,))
            if connection.answer is not AnswerState.COMPLETE:
                connection.close()
                delegate.on_connection_close()
            self._delegate.on_close(connection)

    async def _live(self, receive: Receive, send: Send) -> None:
        callbacks = {"startup": self._on_startup, "shutdown": self._on_shutdown}
        for what, callback in callbacks.items():
            message = await receive()
            if message["type"] != f"lifespan.{what}":
                raise MessageError(f"expected lifespan.{what}, not {message['type']!r}")
            try:
                waiting = callback() if callback is not None else None
                if waiting is not None:
                    await waiting
            except Exception as error:
                log.exception("Uncaught exception in on_%s", what)
                await send({"type": f"lifespan.{what}.failed", "message": repr(error)})
                return
            await send({"type": f"lifespan.{what}.complete"})


async def _read(
    start_line: RequestStartLine,
    headers: HTTPHeaders,
    receive: Receive,
    delegate: HTTPMessageDelegate,
    connection: GatewayConnection,
) -> None:
    """Give the request to *delegate*; then watch whether the client stays for its answer."""
    try:
        waiting = delegate.headers_received(start_line, headers)
        if waiting is not None:
            await waiting
        more = True
        size = 0
        while more and connection.is_open:
            message = await receive()
            more = _more(message, connection)
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > connection.max_body_size:
                limit = connection.max_body_size
                raise HTTPInputError(f"a body of more than {limit} bytes", 413)
            if chunk and connection.is_open:
                waiting = delegate.data_received(chunk)
                if waiting is not None:
                    await waiting
        if connection.is_open:
            delegate.finish()
        while connection.is_open:
            _more(await receive(), connection)
    except HTTPInputError as error:
        connection.refuse_request(error)
    except StreamClosedError:
        connection.close()
    except Exception:
        log.exception("Uncaught exception while serving %s %s", *start_line[:2])
        connection.fail()


def _more(message: Message, connection: GatewayConnection) -> bool:
    """Whether there is more of a body behind *message*."""
    if message["type"] == "http.disconnect":
        connection.close()
        return False
    return bool(message.get("more_body", False))
