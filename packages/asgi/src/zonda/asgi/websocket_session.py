"""A websocket of an ASGI application on Zonda's server.

A session goes through these stages; a message that has no place in its stage is an error of the
application::

    ASKED ──websocket.accept──▶ OPEN ──websocket.close, or the client ends──▶ OVER
      ├───websocket.close──▶ OVER (403)
      └───websocket.http.response.start──▶ DENYING ──last body──▶ OVER
"""

from __future__ import annotations

import asyncio
import enum
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final

from zonda.http import HTTPConnection, HTTPHeaders, ResponseStartLine
from zonda.iostream import Connection, StreamClosedError

from .answer_writer import COMPLETE, AnswerWriter, read_fields
from .close_codes import CUT_OFF, INTERNAL_ERROR, NO_CODE, NORMAL
from .errors import ClientDisconnectedError, MessageError
from .protocol import ASGICallable, Message, Scope
from .websocket_extra import websocket_package

if TYPE_CHECKING:
    from zonda.websocket import UpgradeRequest, WebSocketConnection

log = logging.getLogger("zonda.application")

# Messages that may wait for the application before the client is read no further.
MAX_WAITING: Final = 16


class Stage(enum.Enum):
    """How far a session is."""

    ASKED = "is still to be accepted"
    DENYING = "is being refused"
    OPEN = "is open"
    OVER = "is over"


class WebSocketSession:
    """Lets an application talk with one client; also the owner of the websocket.

    :ivar stage: how far it is.
    """

    def __init__(
        self,
        app: ASGICallable,
        scope: Scope,
        http: HTTPConnection,
        request: UpgradeRequest,
        max_message_size: int | None,
    ) -> None:
        self.stage = Stage.ASKED
        self._app = app
        self._scope = scope
        self._http = http
        self._request = request
        self._max_message_size = max_message_size
        self._connection: WebSocketConnection | None = None
        self._denial = AnswerWriter(http, "GET")
        self._events: deque[Message] = deque([{"type": "websocket.connect"}])
        self._arrived = asyncio.Event()
        self._room: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Call the application; leave no client without an answer or an end."""
        failed = True
        try:
            await self._app(self._scope, self._receive, self._send)
            failed = False
        except ClientDisconnectedError:
            pass
        except Exception as error:
            path = self._scope["path"]
            log.error("Uncaught exception in the application: websocket %s", path, exc_info=error)
        finally:
            self._finish(failed)

    def _finish(self, failed: bool) -> None:
        if self.stage is Stage.ASKED:
            if not failed:
                log.error("The application left a websocket without an answer")
            self._denial.fail()
        elif self.stage is Stage.DENYING and self._denial.stage is not COMPLETE:
            getattr(self._http, "abort", lambda: None)()
        elif self._connection is not None:
            self._connection.begin_close(INTERNAL_ERROR if failed else NORMAL, "")
            self._make_room()
        self.stage = Stage.OVER

    # What the application calls.

    async def _receive(self) -> Message:
        while not self._events:
            self._arrived.clear()
            await self._arrived.wait()
        event = self._events[0]
        if event["type"] != "websocket.disconnect":  # that one is told again and again
            self._events.popleft()
            if len(self._events) < MAX_WAITING:
                self._make_room()
        return event

    async def _send(self, message: Message) -> None:
        kind = message.get("type")
        step = _STEPS.get((self.stage, kind))
        if step is None:
            if self.stage is Stage.OVER:
                raise ClientDisconnectedError("the websocket is over")
            raise MessageError(
                f"message {kind!r} may not come while a websocket {self.stage.value}"
            )
        await step(self, message)

    async def _accept(self, message: Message) -> None:
        if not isinstance(self._http, Connection):
            raise MessageError("websockets need a connection of zonda.httpserver")
        limit = {"max_message_size": self._max_message_size} if self._max_message_size else {}
        try:
            self._connection = connection = websocket_package().accept_upgrade(
                self._http,
                self._request,
                self,
                read_fields(message.get("headers") or ()),
                subprotocol=message.get("subprotocol"),
                **limit,
            )
        except ValueError as error:
            raise MessageError(str(error)) from None
        except StreamClosedError:
            self.lost()
            raise ClientDisconnectedError("the client did not wait") from None
        self.stage = Stage.OPEN
        connection.start()

    async def _deny(self, message: Message) -> None:
        self.stage = Stage.OVER
        body = b"403: the application refused this websocket\n"
        headers = HTTPHeaders({"Content-Type": "text/plain", "Content-Length": str(len(body))})
        self._http.write_headers(ResponseStartLine("HTTP/1.1", 403, ""), headers, body)
        self._http.finish()

    async def _deny_with(self, message: Message) -> None:
        self.stage = Stage.DENYING
        kind = message["type"].removeprefix("websocket.")
        await self._denial.send({**message, "type": kind})
        if self._denial.stage is COMPLETE:
            self.stage = Stage.OVER

    async def _send_message(self, message: Message) -> None:
        assert self._connection is not None
        text, data = message.get("text"), message.get("bytes")
        content = data if text is None else text
        if not isinstance(content, str | bytes | bytearray | memoryview):
            raise MessageError("a websocket.send has its content in 'text' or in 'bytes'")
        if not isinstance(content, str):
            content = bytes(content)
        try:
            await self._connection.write_message(content, isinstance(content, bytes))
        except websocket_package().WebSocketClosedError as error:
            raise ClientDisconnectedError("the websocket is over") from error

    async def _close(self, message: Message) -> None:
        assert self._connection is not None
        self.stage = Stage.OVER
        code, reason = message.get("code", NORMAL), message.get("reason") or ""
        try:
            self._connection.begin_close(code, reason)
        except ValueError as error:
            raise MessageError(str(error)) from None

    # What the connection calls: it is `zonda.websocket.Owner`.

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """A message has arrived."""
        kind = "text" if isinstance(message, str) else "bytes"
        self._put({"type": "websocket.receive", kind: message})
        if len(self._events) < MAX_WAITING or self.stage is Stage.OVER:
            return None
        self._room = asyncio.get_running_loop().create_future()
        return self._room

    def on_ping(self, data: bytes) -> None:
        """A ping has been answered; ASGI has no word for it."""

    def on_pong(self, data: bytes) -> None:
        """A pong has arrived; ASGI has no word for it."""

    def on_end(self) -> None:
        """The websocket has ended."""
        connection = self._connection
        code, reason = CUT_OFF, ""
        if connection is not None and connection.has_closed:
            code = connection.close_code or NO_CODE
            reason = connection.close_reason_text or ""
        self.stage = Stage.OVER
        self._put({"type": "websocket.disconnect", "code": code, "reason": reason})

    def lost(self) -> None:
        """The client went away before its websocket was accepted."""
        self.on_end()

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """One of the methods above raised."""
        log.error("Uncaught exception in a websocket", exc_info=value)

    def _put(self, event: Message) -> None:
        self._events.append(event)
        self._arrived.set()

    def _make_room(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)


_Step = Callable[[WebSocketSession, Message], Awaitable[None]]

_STEPS: Final[dict[tuple[Stage, object], _Step]] = {
    (Stage.ASKED, "websocket.accept"): WebSocketSession._accept,
    (Stage.ASKED, "websocket.close"): WebSocketSession._deny,
    (Stage.ASKED, "websocket.http.response.start"): WebSocketSession._deny_with,
    (Stage.DENYING, "websocket.http.response.body"): WebSocketSession._deny_with,
    (Stage.OPEN, "websocket.send"): WebSocketSession._send_message,
    (Stage.OPEN, "websocket.close"): WebSocketSession._close,
}
