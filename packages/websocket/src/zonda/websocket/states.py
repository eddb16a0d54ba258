"""The life of a websocket after its handshake, as a table: RFC 6455 section 7.

======================  ==============================================================
``OPEN``                both sides may send
``CLOSE_SENT``          our close frame is out; what still arrives is read until the peer's
``CLOSE_RECEIVED``      the peer's close frame is here, ours is due at once
``CLOSED``              both close frames have passed, only the transport is left
``FAILED``              a rule was broken or the transport ended first: nothing is read any more
======================  ==============================================================

A pair that is not in the table cannot happen unless this package has an error; sending in a state
that does not allow it is refused before the table is asked.
"""

from __future__ import annotations

import enum
from typing import Final


class State(enum.Enum):
    """Where a websocket is in its life."""

    OPEN = "open"
    CLOSE_SENT = "our close frame is sent"
    CLOSE_RECEIVED = "the peer's close frame is received"
    CLOSED = "closed by both sides"
    FAILED = "failed"


class Side(enum.Enum):
    """Which end of a websocket this is: a client masks what it sends, a server does not."""

    SERVER = "server"
    CLIENT = "client"


class Step(enum.Enum):
    """What moves a websocket from one state to another."""

    SEND_CLOSE = "a close frame is sent"
    RECEIVE_CLOSE = "a close frame is received"
    FAIL = "the connection cannot go on"


TRANSITIONS: Final[dict[tuple[State, Step], State]] = {
    (State.OPEN, Step.SEND_CLOSE): State.CLOSE_SENT,
    (State.OPEN, Step.RECEIVE_CLOSE): State.CLOSE_RECEIVED,
    (State.OPEN, Step.FAIL): State.FAILED,
    (State.CLOSE_SENT, Step.RECEIVE_CLOSE): State.CLOSED,
    (State.CLOSE_SENT, Step.FAIL): State.FAILED,
    (State.CLOSE_RECEIVED, Step.SEND_CLOSE): State.CLOSED,
    (State.CLOSE_RECEIVED, Step.FAIL): State.FAILED,
    (State.CLOSED, Step.FAIL): State.CLOSED,
    (State.FAILED, Step.FAIL): State.FAILED,
}
