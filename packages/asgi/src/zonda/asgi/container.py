"""`ASGIContainer`: an ASGI application behind Zonda's server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Final

from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.ioloop import eager

from .answer_writer import COMPLETE, GONE, NOTHING, STARTED, AnswerWriter
from .body_queue import BodyQueue
from .errors import ClientDisconnectedError
from .http_scope import make_scope
from .lifespan import Lifespan
from .protocol import ASGICallable, Message
from .websocket_request import asks_for_websocket, begin_session
from .websocket_session import WebSocketSession

log = logging.getLogger("zonda.application")

# Seconds: an application may open database pools or load models before it says that it is ready.
LIFESPAN_TIMEOUT: Final = 60.0

# Seconds that work behind answered requests may go on after the server has ended.
BACKGROUND_GRACE: Final = 30.0


class ASGIContainer(HTTPServerConnectionDelegate):
    """Serves an ASGI 3 application: give it to an `~zonda.httpserver.HTTPServer`.

    Used as an asynchronous context manager it runs the application's lifespan around the block;
    without that, requests are served and no lifespan events are sent.

    :param app: the application.
    :param root_path: the path below which the application is mounted; it is in ``path`` too.
    :param lifespan_timeout: seconds that the application may take to start, and to end.
    :param background_grace: seconds that what applications do after their answers may go on when
        the block ends; then it is cancelled.
    :param max_message_size: bytes of a message of a websocket; None for the default of
        `zonda.websocket`.  Websockets need the extra ``websocket``.
    """

    separates_requests = True

    def __init__(
        self,
        app: ASGICallable,
        root_path: str = "",
        lifespan_timeout: float = LIFESPAN_TIMEOUT,
        background_grace: float = BACKGROUND_GRACE,
        max_message_size: int | None = None,
    ) -> None:
        if not callable(app):
            raise TypeError(f"an ASGI application is called with scope, receive, send; not {app!r}")
        self.app = app
        self.root_path = root_path.rstrip("/")
        self.max_message_size = max_message_size
        self.state: dict[str, object] = {}
        self._background_grace = background_grace
        self._lifespan = Lifespan(app, self.state, lifespan_timeout)
        self._running: set[asyncio.Task[None]] = set()

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Part of `~zonda.http.HTTPServerConnectionDelegate`."""
        return _Exchange(self, request_conn)

    async def __aenter__(self) -> ASGIContainer:
        await self._lifespan.startup()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=self._background_grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        await self._lifespan.shutdown()

    def watch(self, task: asyncio.Task[None]) -> None:
        """Remember that *task* runs, until it is done."""
        self._running.add(task)
        task.add_done_callback(self._running.discard)


class _Exchange(HTTPMessageDelegate):
    """One request and its answer."""

    __slots__ = (
        "_answer",
        "_body",
        "_connection",
        "_container",
        "_request",
        "_started",
        "_websocket",
    )

    def __init__(self, container: ASGIContainer, connection: HTTPConnection) -> None:
        self._container = container
        self._connection = connection
        self._body = BodyQueue()
        self._started = False
        self._websocket: WebSocketSession | None = None
        self._answer: AnswerWriter
        self._request: HTTPServerRequest

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, RequestStartLine)
        self._answer = AnswerWriter(self._connection, start_line.method)
        self._request = HTTPServerRequest(
            start_line=start_line, headers=headers, connection=self._connection
        )
        if headers.get("Content-Length", "0") == "0" and "Transfer-Encoding" not in headers:
            return None
        if "Expect" in headers:
            # The client sends its body when it is told to, which is when the application asks.
            # It may ask at once, so somebody waits for that before it begins.
            wanted = self._body.until_wanted()
            self._start()
            if self._answer.stage is not COMPLETE:
                return wanted
        else:
            # In the next round of the loop: a body that came with its head is complete by then,
            # and an application that answers without reading it does not end the connection.
            asyncio.get_running_loop().call_soon(self._start)
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._body.feed(chunk)

    def finish(self) -> None:
        self._body.end()
        if "Upgrade" in self._request.headers and asks_for_websocket(self._request.headers):
            self._open_websocket()
        else:
            self._start()

    def _open_websocket(self) -> None:
        container = self._container
        session = begin_session(
            container.app,
            self._request,
            container.root_path,
            container.state,
            container.max_message_size,
        )
        if session is not None:
            self._websocket = session
            running = eager.start(session.run())
            if isinstance(running, asyncio.Task):
                container.watch(running)

    def on_connection_close(self) -> None:
        if self._websocket is not None:
            self._websocket.lost()
        if self._answer.stage is not COMPLETE:
            self._answer.stage = GONE
        self._body.close()

    def _start(self) -> None:
        if self._started:
            return
        self._started = True
        running = eager.start(self._run())
        if isinstance(running, asyncio.Task):
            self._container.watch(running)

    async def _run(self) -> None:
        container = self._container
        answer = self._answer
        try:
            scope = make_scope(self._request, container.root_path, container.state)
            await container.app(scope, self._body.receive, self._send)
            if answer.stage not in (COMPLETE, GONE):
                log.error("The application returned before its answer was complete: %r", self)
        except ClientDisconnectedError:
            pass
        except Exception as error:
            log.error("Uncaught exception in the application: %r", self, exc_info=error)
        finally:
            self._end()

    async def _send(self, message: Message) -> None:
        answer = self._answer
        await answer.send(message)
        if answer.stage is COMPLETE:
            self._body.close()

    def _end(self) -> None:
        """Leave no request unanswered."""
        answer = self._answer
        if answer.stage in (NOTHING, STARTED):
            answer.fail()
        elif answer.stage is not COMPLETE and answer.stage is not GONE:
            answer.stage = GONE
            abort = getattr(self._connection, "abort", None)
            if abort is not None:
                abort()
        self._body.close()

    def __repr__(self) -> str:
        request = self._request
        return f"{request.method} {request.uri} ({request.remote_ip})"
