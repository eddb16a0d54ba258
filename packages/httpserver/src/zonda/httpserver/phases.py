"""The phases in which a connection reads; see `zonda.httpserver.connection` for the transitions."""

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
