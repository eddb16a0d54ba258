"""The connection that a delegate writes its answer to when an ASGI server holds the real one.

What is written waits here as ASGI messages until the server takes it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import NoReturn

from zonda.http import HTTPHeaders
from zonda.httpserver import AnswerState, ForeignAnswer

from .errors import AnswerAbortedError, DetachError
from .peer import peer_of
from .protocol import Message, Scope, Send


class GatewayConnection(ForeignAnswer):
    """Where the answer to one request of an ASGI server is written."""

    def __init__(self, scope: Scope, max_body_size: int) -> None:
        super().__init__(scope["method"], peer_of(scope), max_body_size)
        self._hints = "http.response.early_hint" in (scope.get("extensions") or {})
        self._messages: deque[Message] = deque()
        self._written = asyncio.Event()

    def put_head(self, code: int, reason: str, headers: Iterable[tuple[str, str]]) -> None:
        """Pass the head on; ASGI has no place for the reason."""
        lines = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers
            if name != "Connection"
        ]
        self._put({"type": "http.response.start", "status": code, "headers": lines})

    def put_interim(self, code: int, headers: HTTPHeaders) -> None:
        """Pass early hints on where the server takes them."""
        if code == 103 and self._hints:
            links = [value.encode("latin-1") for value in headers.get_list("Link")]
            self._put({"type": "http.response.early_hint", "links": links})

    def put_body(self, chunk: bytes) -> None:
        self._put({"type": "http.response.body", "body": chunk, "more_body": True})

    def put_end(self) -> None:
        if self.answer is not AnswerState.COMPLETE:
            self._written.set()
        elif self._messages and self._messages[-1]["type"] == "http.response.body":
            self._messages[-1]["more_body"] = False
            self._written.set()
        else:
            self._put({"type": "http.response.body", "body": b"", "more_body": False})

    def detach(self) -> NoReturn:
        """Answer 501: an ASGI server keeps its connections, so no other protocol can have this one.

        :raises DetachError: always.
        """
        raise DetachError(self.keep_connection("an ASGI server"))

    def close(self) -> None:
        super().close()
        self._messages.clear()
        self._written.set()

    async def send_all(self, send: Send) -> None:
        """Hand the answer to the server, until it is complete or the client is gone.

        :raises AnswerAbortedError: it was given up.
        :raises OSError: the server says that the client is gone.
        """
        messages = self._messages
        while True:
            while messages:
                message = messages.popleft()
                await send(message)
                self.taken(len(message.get("body", b"")))
            if self.answer is AnswerState.ABORTED:
                raise AnswerAbortedError("the answer was given up")
            if not self.is_open:
                return
            self._written.clear()
            await self._written.wait()

    def _put(self, message: Message) -> None:
        self._messages.append(message)
        self._written.set()
