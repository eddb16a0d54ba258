"""`JSONWebSocketHandler`: messages that are objects of a type."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Generic, TypeVar

from .close_codes import CloseCode
from .handler import WebSocketHandler
from .type_argument import argument_of, has_parameters
from .typed_json import InvalidMessage, JSONType, write_json

T = TypeVar("T")


class JSONWebSocketHandler(WebSocketHandler, Generic[T]):
    """Talks to one client in JSON, checked against a type.

    >>> import dataclasses
    >>> @dataclasses.dataclass
    ... class Move:
    ...     x: int
    ...     y: int
    >>> class Game(JSONWebSocketHandler[Move]):
    ...     def on_json(self, message: Move) -> None:
    ...         self.write_json(Move(-message.x, -message.y))

    The type in brackets is that of the client's messages; see `JSONType`.  Where it cannot stand
    there, as one that is chosen when the program runs, it is given by name:
    ``class Game(JSONWebSocketHandler, message_type=chosen)``.  A class without one takes any JSON.

    :raises TypeError: for a class whose type has a part that is not understood.
    """

    _json_type: JSONType[Any] = JSONType(object)

    def __init_subclass__(cls, *, message_type: Any = None, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if message_type is None:
            message_type = argument_of(cls, JSONWebSocketHandler)
        if message_type is not None and not has_parameters(message_type):
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
