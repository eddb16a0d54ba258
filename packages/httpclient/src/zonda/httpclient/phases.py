"""What a fetch waits for, and how long it may.

* There is one deadline at a time: the end of the phase or of all of it, whichever is first.
* A deadline that is far away is looked at by the client's `Sweep`; one that is close has a timer.
"""

from __future__ import annotations

import asyncio
import enum
from typing import Final

from .limits import PRECISE_BELOW

NEVER: Final = float("inf")


class Phase(enum.Enum):
    """What a fetch waits for; its value is what a timeout says."""

    NEW = "Timeout before the request"
    QUEUED = "Timeout in request queue"
    CONNECTING = "Timeout while connecting"
    EXCHANGING = "Timeout during request"
    TAKING = "Timeout while the body is taken"
    DONE = "Timeout after the answer"


_QUEUED: Final = Phase.QUEUED
_CONNECTING: Final = Phase.CONNECTING


class Phased:
    """What goes through phases, and knows how long they took.

    :ivar phase: the one that it is in.
    :ivar deadline: when `timed_out` is called, in seconds of the loop's clock.
    :ivar heard: when something of the server was noticed last.
    :ivar times: seconds of parts, for ``time_info``.
    :param total: seconds that all of it may take.
    """

    # Slots, since an attribute of the class is what Python 3.12 reads most slowly.
    __slots__ = ("_timer", "began", "deadline", "ends", "heard", "loop", "phase", "start", "times")

    def __init__(self, loop: asyncio.AbstractEventLoop, total: float) -> None:
        self.loop = loop
        self.phase = Phase.NEW
        self.start = self.began = self.heard = now = loop.time()
        self.ends = now + total
        self.deadline = NEVER
        self.times = {"queue": 0.0}
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, phase: Phase, seconds: float, now: float) -> None:
        """Begin a phase that may take this long."""
        if self.phase is _QUEUED:
            self.times["queue"] = now - self.began
        elif self.phase is _CONNECTING:
            self.times["connect"] = now - self.began
        self.phase = phase
        self.began = self.heard = now
        ends = self.ends
        if now + seconds < ends:
            ends = now + seconds
        self.deadline = ends
        if self._timer is not None or ends - now < PRECISE_BELOW:
            self._set_timer(now)

    def goes_on(self, silence: float) -> bool:
        """Whether a deadline that has passed is put off: the server was silent for less long."""
        now = self.loop.time()
        ends = min(self.heard + silence, self.ends)
        if ends <= now:
            return False
        self.deadline = ends
        self._set_timer(now)
        return True

    def timed_out(self) -> None:
        """The deadline has passed."""
        raise NotImplementedError

    def stop_timer(self) -> None:
        """There is no deadline any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self, now: float) -> None:
        self.stop_timer()
        if self.deadline - now < PRECISE_BELOW:
            self._timer = self.loop.call_at(self.deadline, self.timed_out)
