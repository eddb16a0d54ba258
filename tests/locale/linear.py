"""Measuring that work grows in proportion to its input."""

from __future__ import annotations

import time
from collections.abc import Callable

ALLOWED = 2.5
"""How much longer twice the input may take."""

LONG_ENOUGH = 0.005
ROUNDS = 5


def _seconds(work: Callable[[str], object], text: str) -> float:
    """Processor time of this thread, which other programs on the machine do not add to."""
    start = time.thread_time()
    work(text)
    return time.thread_time() - start


def growth(work: Callable[[str], object], piece: str) -> float:
    """How much longer ``work`` takes on twice as many pieces; at best, of several rounds."""
    text = piece * 1000
    while _seconds(work, text) < LONG_ENOUGH:
        text += text
    once, twice = [], []
    for _ in range(ROUNDS):
        once.append(_seconds(work, text))
        twice.append(_seconds(work, text + text))
    return min(twice) / min(once)
