"""How much longer a larger input takes, for the tests of functions that must be linear.

The inputs differ so much that neither a busy machine nor a step of its caches can be taken for the
square: eight times the input takes a linear function eight times as long, a quadratic one 64 times.
"""

from __future__ import annotations

import functools
import gc
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

FACTOR = 8
#: What "linear" means: as far from 8 as from 64.
LINEAR = FACTOR**1.5

# The best of three; on a busy machine the best of more, which a quadratic function stays above.
_ROUNDS, _MOST_ROUNDS = 3, 25
# Long enough for the clock and for the start-up costs of a call not to matter.
_SECONDS = 0.005
_MOST = 1 << 18


def growth(run: Callable[[int], Callable[[], object]], size: int = 1000) -> float:
    """The ratio of the times for ``FACTOR * size`` and ``size``, each the best of several.

    :param run: makes an input of some size and returns what is to be timed.
    """
    while _time(run(size)) < _SECONDS:
        size *= 2
        if size > _MOST:  # nothing that is quadratic could be so fast
            return FACTOR
    small, large = run(size), run(FACTOR * size)
    # In turns, for a machine is not equally fast all the time.
    pairs: list[tuple[float, float]] = []
    while True:
        pairs.append((_time(small), _time(large)))
        ratio = min(pair[1] for pair in pairs) / min(pair[0] for pair in pairs)
        if len(pairs) >= (_ROUNDS if ratio < LINEAR else _MOST_ROUNDS):
            return ratio


def growth_of(function: Callable[[T], object], make: Callable[[int], T], size: int = 1000) -> float:
    """The same for *function* and the input that *make* returns for a size."""
    return growth(lambda size: functools.partial(function, make(size)), size)


def _time(call: Callable[[], object]) -> float:
    gc.disable()  # how often it runs depends on what else is in memory
    try:
        begin = time.thread_time()
        call()
        return time.thread_time() - begin
    finally:
        gc.enable()
