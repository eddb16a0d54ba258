"""Event loop, timers and file descriptor handlers over asyncio.

>>> from zonda.ioloop import IOLoop
>>> loop = IOLoop(make_current=False)
>>> timeout = loop.call_later(0.01, loop.stop)
>>> loop.add_callback(print, "running")
>>> loop.start()
running
>>> loop.close()
"""

from __future__ import annotations

from . import eager
from .descriptors import Selectable
from .errors import HandlerExistsError, IOLoopError, LoopStoppedError, MissingExtraError
from .event_loops import new_event_loop
from .loop import IOLoop
from .native import compiled
from .periodic import PeriodicCallback
from .running import run
from .selector_thread import SelectorThread
from .timers import Timeout

__all__ = [
    "HandlerExistsError",
    "IOLoop",
    "IOLoopError",
    "LoopStoppedError",
    "MissingExtraError",
    "PeriodicCallback",
    "Selectable",
    "SelectorThread",
    "Timeout",
    "compiled",
    "eager",
    "new_event_loop",
    "run",
]
