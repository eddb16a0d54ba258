"""Whom a connection serves: the one who gets its messages, and the one who keeps an eye on it."""

from __future__ import annotations

from collections.abc import Awaitable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .connection import WebSocketConnection


class Owner(Protocol):
    """Whose websocket it is.  Delivery waits for the methods that return an awaitable."""

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """A message has arrived."""

    def on_ping(self, data: bytes) -> Awaitable[None] | None:
        """A ping has arrived, and was answered."""

    def on_pong(self, data: bytes) -> Awaitable[None] | None:
        """A pong has arrived."""

    def on_end(self) -> None:
        """The websocket has ended; called once, after the last message."""

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """One of the methods above raised; the websocket is closed with 1011."""


class Registry(Protocol):
    """Who keeps an eye on connections, so as to end them: an HTTP server.

    It ends one in an orderly way with `WebSocketConnection.end_soon`, and cuts it with ``abort``.
    """

    def adopt(self, connection: WebSocketConnection) -> None:
        """A connection has begun."""

    def release(self, connection: WebSocketConnection) -> None:
        """A connection has ended."""
