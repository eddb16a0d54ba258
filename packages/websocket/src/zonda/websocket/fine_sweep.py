"""A sweep that is fine enough for a connection's timeouts."""

from __future__ import annotations

import asyncio
import weakref
from typing import Final

from zonda.iostream import Sweep

# A timeout is late by up to two looks of its sweep; four looks fit into the shortest one.
_LOOKS_PER_TIMEOUT: Final = 4
# Seconds; below this the sweep itself would be the load.
_SHORTEST_INTERVAL: Final = 0.005

_sweeps: Final[weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[float, Sweep]]] = (
    weakref.WeakKeyDictionary()
)


def sweep_for(
    loop: asyncio.AbstractEventLoop, shortest: float | None, usual: Sweep | None = None
) -> Sweep:
    """A sweep for timeouts of *shortest* seconds: the *usual* one if that is fine enough.

    Sweeps are shared by all who ask for the same fineness, halves of a second being halved.
    """
    interval = 1.0 if usual is None else usual.interval
    if shortest is not None:
        while interval > _SHORTEST_INTERVAL and interval * _LOOKS_PER_TIMEOUT > shortest:
            interval /= 2
    if usual is not None and interval == usual.interval:
        return usual
    mine = _sweeps.setdefault(loop, {})
    sweep = mine.get(interval)
    if sweep is None:
        sweep = mine[interval] = Sweep(loop, interval)
    return sweep
