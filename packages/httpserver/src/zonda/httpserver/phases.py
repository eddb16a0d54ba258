"""The phases in which a connection reads, and what leads from one to another.

`ReadingConnection` and `HTTP1Connection` change the phase where something happens, and ask no
table on the way of each request; that they do nothing else, and all of it, is tested.
"""

from __future__ import annotations

import enum
from typing import Final


class Phase(enum.Enum):
    """What the next bytes are taken for."""

    HEAD = "a request"
    STARTED = "nothing yet: the delegate has the head, its body comes when it is ready"
    BODY = "the body of a request"
    HELD = "nothing yet: the delegate has a piece of the body and wants no more until it is ready"
    CALLED = "nothing yet: the delegate has the whole request and runs now"
    ANSWER = "later requests: the answer to the one that was read is not complete"
    LINGER = "nothing: the peer was refused"


# The members by plain names: reading one off its class goes through a descriptor before 3.12.
HEAD: Final = Phase.HEAD
STARTED: Final = Phase.STARTED
BODY: Final = Phase.BODY
HELD: Final = Phase.HELD
CALLED: Final = Phase.CALLED
ANSWER: Final = Phase.ANSWER
LINGER: Final = Phase.LINGER

TRANSITIONS: Final[dict[tuple[Phase, Phase], str]] = {
    (HEAD, CALLED): "a request without a body has come",
    (HEAD, STARTED): "the head of a request with a body has come",
    (STARTED, BODY): "the delegate is ready for the body",
    (BODY, HELD): "the delegate has a piece, and asks to wait",
    (HELD, BODY): "it is ready for more",
    (BODY, CALLED): "the body is complete",
    (BODY, ANSWER): "the delegate has all of a small body, and asks to wait",
    (CALLED, ANSWER): "the answer does not come at once",
    (ANSWER, CALLED): "the delegate had asked to wait, and is ready",
    (CALLED, HEAD): "the answer is complete",
    (ANSWER, HEAD): "the answer is complete",
    (HEAD, LINGER): "what came is no request",
    (STARTED, LINGER): "the answer came before the body, or the head is refused",
    (BODY, LINGER): "the answer came before the body's end, or the body is refused",
    (HELD, LINGER): "the answer came before the body's end",
    (CALLED, LINGER): "the delegate failed, or what follows the last answer is not read",
    (ANSWER, LINGER): "what follows the last answer is not read",
}
