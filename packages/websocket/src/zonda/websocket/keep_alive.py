"""Is the peer still there?  Pings at an interval, and an end when nothing comes back.

Anything that the peer sends proves that it is there; a pong is only what it sends when it has
nothing else to say.
"""

from __future__ import annotations

import enum


class Duty(enum.Enum):
    """What is to be done now."""

    PING = "send a ping"
    GIVE_UP = "the peer is gone"


class KeepAlive:
    """Decides when to ping and when to give up.

    :param interval: seconds between pings.
    :param timeout: seconds to wait for a sign of life after a ping, at most *interval*; 0 waits
        for ever.
    :ivar next_in: seconds until `due` is to be called again.
    """

    __slots__ = ("_awaiting", "_interval", "_timeout", "next_in")

    def __init__(self, interval: float, timeout: float) -> None:
        for name, value in (("interval", interval), ("timeout", timeout)):
            if not isinstance(value, (int, float)):
                raise TypeError(f"a ping {name} is a number of seconds, not {value!r}")
        if interval <= 0 or timeout < 0:
            raise ValueError(
                f"a ping interval must be above 0 seconds and its timeout not below,"
                f" not {interval!r} and {timeout!r}"
            )
        self._interval = interval
        self._timeout = min(timeout, interval)
        self._awaiting = False
        self.next_in = interval

    def due(self, heard: bool) -> Duty | None:
        """What to do now that `next_in` has passed.

        :param heard: whether the peer has sent anything since the last call.
        """
        if self._awaiting:
            if not heard:
                return Duty.GIVE_UP
            self._awaiting = False
            if self._timeout < self._interval:
                self.next_in = self._interval - self._timeout
                return None
        self._awaiting = self._timeout > 0
        self.next_in = self._timeout or self._interval
        return Duty.PING
