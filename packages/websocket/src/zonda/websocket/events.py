"""What a peer did.  A message is an event by itself: a text is a `str`, a binary one is `bytes`."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Ping(NamedTuple):
    """The peer wants a pong with the same payload, up to 125 bytes."""

    payload: bytes


class Pong(NamedTuple):
    """The peer answered a ping, or says unasked that it is there."""

    payload: bytes


class Closed(NamedTuple):
    """The peer sent a close frame.

    :ivar code: the code, None if the frame was empty.
    :ivar reason: the reason, None if the frame was empty.
    :ivar reply: the close frame to write; empty if ours had been sent before.
    """

    code: int | None
    reason: str | None
    reply: bytes


class Failed(NamedTuple):
    """The peer broke a rule: write *reply*, then end the connection.

    :ivar code: the close code that was sent.
    :ivar reason: what was wrong.
    :ivar reply: the close frame to write; empty if ours had been sent before.
    """

    code: int
    reason: str
    reply: bytes


class Unfinished(NamedTuple):
    """Nothing yet, after much reading: ask again when others have had their turn."""


Event: TypeAlias = str | bytes | Ping | Pong | Closed | Failed | Unfinished
