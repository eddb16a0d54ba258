"""How much longer twice the input takes, for the tests of functions that must be linear."""

from __future__ import annotations

import functools
import gc
import math
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: What "linear" means: two and a half times for twice the input.
LINEAR = 2.5

# The best of five; on a busy machine the best of more, which a quadratic function stays above.
_ROUNDS, _MOST_ROUNDS = 5, 25
# Long enough for the clock and for the start-up costs of a call not to matter.
_SECONDS = 0.005
_MOST = 1 << 18


def growth(run: Callable[[int], Callable[[], object]], size: int = 1000) -> float:
    """The ratio of the times for ``2 * size`` and ``size``, each the best of several.

    :param run: makes an input of some size and returns what is to be timed.
    """
    while _time(run(size)) < _SECONDS:
        size *= 2
        if size > _MOST:  # nothing that is quadratic could be so fast
            return 2.0
    ratio = _ratio(run(size), run(2 * size))
    if ratio < LINEAR:
        return ratio
    # The caches and the allocator make steps at some sizes: look at the mean of two doublings.
    return min(ratio, math.sqrt(_ratio(run(size), run(4 * size), LINEAR**2)))


def growth_of(function: Callable[[T], object], make: Callable[[int], T], size: int = 1000) -> float:
    """The same for *function* and the input that *make* returns for a size."""
    return growth(lambda size: functools.partial(function, make(size)), size)


def _ratio(small: Callable[[], object], large: Callable[[], object], good: float = LINEAR) -> float:
    # In turns, for a machine is not equally fast all the time.
    pairs: list[tuple[float, float]] = []
    while True:
        pairs.append((_time(small), _time(large)))
        ratio = min(pair[1] for pair in pairs) / min(pair[0] for pair in pairs)
        if len(pairs) >= (_ROUNDS if ratio < good else _MOST_ROUNDS):
            return ratio


def _time(call: Callable[[], object]) -> float:
    gc.disable()  # how often it runs depends on what else is in memory
    try:
        begin = time.thread_time()
        call()
        return time.thread_time() - begin
    finally:
        gc.enable()
