"""`JSONWebSocketHandler`: messages that are objects of a type."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Generic, TypeVar

from .close_codes import CloseCode
from .handler import WebSocketHandler
from .typed_json import InvalidMessage, JSONType, write_json

T = TypeVar("T")


class JSONWebSocketHandler(WebSocketHandler, Generic[T]):
    """Talks to one client in JSON, checked against a type.

    >>> import dataclasses
    >>> @dataclasses.dataclass
    ... class Move:
    ...     x: int
    ...     y: int
    >>> class Game(JSONWebSocketHandler[Move], message_type=Move):
    ...     def on_json(self, message: Move) -> None:
    ...         self.write_json(Move(-message.x, -message.y))

    :param message_type: of what the client sends; see `JSONType`.
    """

    _json_type: JSONType[Any] = JSONType(object)

    def __init_subclass__(cls, *, message_type: Any = None, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if message_type is not None:
            cls._json_type = JSONType(message_type)

    def on_json(self, message: T) -> Awaitable[None] | None:
        """A message has arrived."""
        return None

    def on_invalid(self, error: InvalidMessage) -> Awaitable[None] | None:
        """A message was no JSON or of another type; by default that closes with code 1007."""
        self.close(CloseCode.INVALID_DATA, str(error).encode()[:120].decode(errors="ignore"))
        return None

    def write_json(self, message: object) -> Awaitable[None]:
        """Send a message; dataclasses become objects.

        :raises WebSocketClosedError: the websocket is closed or closing.
        :raises TypeError: *message* has a part that JSON cannot express.
        """
        return self.write_message(write_json(message))

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Read the message and give it to `on_json`."""
        try:
            value: T = self._json_type.read(message)
        except InvalidMessage as error:
            return self.on_invalid(error)
        return self.on_json(value)
