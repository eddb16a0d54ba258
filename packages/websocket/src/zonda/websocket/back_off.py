"""Waiting between attempts, longer each time and never all at once."""

from __future__ import annotations

import random
from collections.abc import Callable


class BackOff:
    """How long to wait before each attempt: twice as long each time, and a random part of that.

    >>> waits = BackOff(1.0, 60.0, choose=lambda least, most: most)
    >>> [waits.next() for _ in range(8)]
    [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]

    :param first: seconds before the second attempt.
    :param longest: seconds at most.
    :param choose: picks a number between two; for tests.
    """

    def __init__(
        self,
        first: float,
        longest: float,
        choose: Callable[[float, float], float] = random.uniform,
    ) -> None:
        if not 0 < first <= longest:
            raise ValueError(
                f"delays must be above 0 seconds and grow, not from {first!r} to {longest!r}"
            )
        self._first = first
        self._longest = longest
        self._choose = choose
        self._current = first

    def next(self) -> float:
        """Seconds to wait now."""
        current = self._current
        self._current = min(2 * current, self._longest)
        return self._choose(0, current)

    def reset(self) -> None:
        """An attempt succeeded."""
        self._current = self._first
