"""One timer for many connections.

A timer per connection, set anew for each request, costs more than the request.  A `Sweep` instead
looks at all its connections once per interval and tells those whose ``deadline`` has passed.  A
connection sets a deadline by one assignment; it is told between zero and two intervals late, never
early.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

# How often late connections are looked for, in seconds: timeouts are tens of seconds, and a look
# at ten thousand connections takes about a millisecond.
SWEEP_INTERVAL = 1.0

NEVER = float("inf")


class Swept(Protocol):
    """What a `Sweep` asks of a connection."""

    deadline: float

    def timed_out(self) -> None:
        """Called once the deadline has passed; must close or set a later deadline."""


class Sweep:
    """Tells its members when their deadline, in seconds of the loop's clock, has passed.

    The timer runs only while there are members, so an unused sweep costs nothing and keeps no
    loop alive.  ``now`` is the time of the last look: reading it is cheaper than asking the clock.

    :param loop: the event loop whose clock and timers are used.
    :param interval: seconds between two looks.
    :param on_tick: called after each look, and once when the first member joins.
    """

    __slots__ = ("__weakref__", "_loop", "_on_tick", "_timer", "interval", "members", "now")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        interval: float = SWEEP_INTERVAL,
        on_tick: Callable[[], None] | None = None,
    ) -> None:
        if not interval > 0:
            raise ValueError(f"the interval of a sweep must be above 0 seconds, not {interval!r}")
        self._loop = loop
        self._on_tick = on_tick
        self._timer: asyncio.TimerHandle | None = None
        self.interval = interval
        self.members: set[Swept] = set()
        self.now = loop.time()

    def add(self, member: Swept) -> None:
        """Watch *member*."""
        self.members.add(member)
        if self._timer is None:
            self._look()

    def discard(self, member: Swept) -> None:
        """Forget *member*; one that is not there is ignored."""
        self.members.discard(member)

    def after(self, seconds: float) -> float:
        """The deadline that lies at least *seconds* ahead."""
        return self.now + seconds + self.interval

    def set_interval(self, interval: float) -> None:
        """Look every *interval* seconds from now on."""
        self.interval = interval
        if self._timer is not None:
            self._timer.cancel()
            self._look()

    def _look(self) -> None:
        now = self.now = self._loop.time()
        if self._on_tick is not None:
            self._on_tick()
        late = [member for member in self.members if member.deadline < now]
        self._timer = self._loop.call_later(self.interval, self._look) if self.members else None
        for member in late:
            member.timed_out()
