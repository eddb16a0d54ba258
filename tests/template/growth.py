"""How the time of a function grows with its input."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# What "linear" means: at most so many times as long for twice the input.
LINEAR = 2.5

# Long enough for the clock and for the start-up costs of a call not to matter.
_LONG_ENOUGH = 0.005
# The best of five; on a busy machine the best of more, above which a quadratic function stays.
_ROUNDS, _MOST_ROUNDS = 5, 60
# What is not long enough at this size is faster than any quadratic function could be.  Beyond it
# the caches and the pages of the machine are measured.
_LARGE = 1 << 17


def growth(function: Callable[[T], object], make: Callable[[int], T], size: int = 4096) -> float:
    """How many times longer twice the input takes: about 2 when it is linear, 4 when quadratic."""
    while _seconds(function, make(size)) < _LONG_ENOUGH:
        size *= 2
        if size > _LARGE:
            return 2.0
    once, twice = make(size), make(2 * size)
    # In turns, for a machine is not equally fast all the time.
    times: list[tuple[float, float]] = []
    while True:
        times.append((_seconds(function, once), _seconds(function, twice)))
        ratio = min(long for _, long in times) / min(short for short, _ in times)
        if len(times) >= (_ROUNDS if ratio < LINEAR else _MOST_ROUNDS):
            return ratio


def _seconds(function: Callable[[T], object], value: T) -> float:
    gc.disable()  # how long it takes depends on all that is in memory
    try:
        start = time.thread_time()
        function(value)
        return time.thread_time() - start
    finally:
        gc.enable()
