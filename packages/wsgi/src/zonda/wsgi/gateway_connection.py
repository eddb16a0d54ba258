"""The connection that a delegate writes its answer to when a WSGI server holds the real one.

The delegate writes in the thread of the private loop; a thread of the server takes the parts of the
answer out of a queue.
"""

from __future__ import annotations

import enum
import queue
from collections.abc import Iterable
from typing import NamedTuple, NoReturn
from wsgiref.util import is_hop_by_hop

from zonda.http import REASONS
from zonda.httpserver import AnswerState, ForeignAnswer, ForeignPeer

from .errors import DetachError


class Head(NamedTuple):
    """Status line and headers as WSGI has them."""

    status: str
    headers: list[tuple[str, str]]


class End(enum.Enum):
    """What comes behind the last piece of an answer."""

    COMPLETE = "the answer is complete"
    ABORTED = "the answer was given up"


Part = Head | bytes | End


class GatewayConnection(ForeignAnswer):
    """Where the answer to one request of a WSGI server is written.

    :ivar parts: the answer: a `Head`, pieces of the body, and an `End`.
    """

    def __init__(self, method: str, context: ForeignPeer, max_body_size: int) -> None:
        super().__init__(method, context, max_body_size)
        self.parts: queue.SimpleQueue[Part] = queue.SimpleQueue()

    def put_head(self, code: int, reason: str, headers: Iterable[tuple[str, str]]) -> None:
        end_to_end = [pair for pair in headers if not is_hop_by_hop(pair[0])]
        self.parts.put(Head(f"{code} {reason or REASONS.get(code, 'Unknown')}", end_to_end))

    def put_body(self, chunk: bytes) -> None:
        self.parts.put(chunk)

    def put_end(self) -> None:
        complete = self.answer is AnswerState.COMPLETE
        self.parts.put(End.COMPLETE if complete else End.ABORTED)

    def detach(self) -> NoReturn:
        """Answer 501: a WSGI server keeps its connections, so no other protocol can have this one.

        :raises DetachError: always.
        """
        raise DetachError(self.keep_connection("a WSGI server"))
