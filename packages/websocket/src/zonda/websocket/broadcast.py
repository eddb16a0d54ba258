"""One message to many websockets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from .connection import WebSocketConnection
from .errors import WebSocketClosedError
from .outgoing import Message, as_text_or_bytes
from .prepared import PreparedMessage


class Member(Protocol):
    """Who can receive a broadcast: every `WebSocketHandler`."""

    @property
    def ws_connection(self) -> WebSocketConnection | None:
        """The connection, or None when it has ended."""


def broadcast(
    members: Iterable[Member],
    message: Message | PreparedMessage,
    binary: bool = False,
) -> int:
    """Send a message to all *members*, encoded and compressed once.

    Nobody waits for anybody: a member that does not read has the message in its queue, once for all
    such members, and if that is full its policy decides (`SlowConsumer`).  Members that are closed,
    or are closed for being slow, are passed over.

    :param message: as of `WebSocketHandler.write_message`.
    :return: how many got it.
    :raises ValueError: bytes that are sent as text are not UTF-8.
    :raises TypeError: *message* is something else.
    """
    prepared = prepare(message, binary)
    sent = 0
    for member in tuple(members):
        connection = member.ws_connection
        if connection is not None:
            try:
                connection.write_prepared(prepared)
            except WebSocketClosedError:
                continue
            sent += 1
    return sent


def prepare(message: Message | PreparedMessage, binary: bool = False) -> PreparedMessage:
    """A message for `broadcast`, where it is sent more than once.

    :raises ValueError: bytes that are sent as text are not UTF-8.
    :raises TypeError: *message* is something else.
    """
    if isinstance(message, PreparedMessage):
        return message
    return PreparedMessage(as_text_or_bytes(message), binary)
