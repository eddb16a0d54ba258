"""Conversations before the websocket: a handshake, or a proxy that is asked for a tunnel.

A conversation is a generator without I/O: it yields what is to be sent, gets what was received, and
returns its result.  `Exchange` holds it on a transport.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Generic, TypeAlias, TypeVar

from zonda.iostream import Connection, Sweep

from .errors import HandshakeError

T = TypeVar("T")
Conversation: TypeAlias = Generator[bytes, bytes, tuple[T, bytes]]
"""Yields bytes to send, is sent bytes of the peer, returns a result and what came behind it."""


class Exchange(Connection, Generic[T]):
    """Holds one conversation.

    :ivar result: done when the conversation is; it fails with `HandshakeError` if that did.
    """

    __slots__ = ("_conversation", "_left", "result")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sweep: Sweep, conversation: Conversation[T]
    ) -> None:
        super().__init__(loop, sweep)
        self._conversation = conversation
        self._left = b""
        self.result: asyncio.Future[T] = loop.create_future()

    def opened(self) -> None:
        """Say the first words."""
        self._converse(None)

    def data_received(self, data: bytes) -> None:
        """Listen, and answer."""
        if self.result.done():
            self._left += data
            self.pause_reading()
            return
        self._converse(data)

    def unread(self) -> bytes:
        """What came behind the end of the conversation."""
        left, self._left = self._left, b""
        return left

    def closed(self) -> None:
        """The peer hung up, or the transport failed."""
        if not self.result.done():
            detail = f": {self.error}" if self.error is not None else ""
            self.result.set_exception(
                HandshakeError(f"the connection ended during the handshake{detail}")
            )

    def _converse(self, heard: bytes | None) -> None:
        conversation = self._conversation
        try:
            words = next(conversation) if heard is None else conversation.send(heard)
        except StopIteration as end:
            result, self._left = end.value
            self.pause_reading()
            self.result.set_result(result)
        except Exception as error:
            self.result.set_exception(error)
            self.abort()
        else:
            if words:
                self.transport.write(words)
