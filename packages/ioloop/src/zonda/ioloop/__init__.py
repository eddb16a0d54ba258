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

from typing import TYPE_CHECKING

from . import eager
from .descriptors import Selectable
from .errors import HandlerExistsError, IOLoopError, LoopStoppedError, MissingExtraError
from .event_loops import new_event_loop
from .loop import IOLoop
from .native import compiled
from .running import run
from .timers import Timeout

if TYPE_CHECKING:
    from .periodic import PeriodicCallback
    from .selector_thread import SelectorThread
else:
    from .first_use import on_first_use

    __getattr__, __dir__ = on_first_use(
        globals(),
        {
            "periodic": ["PeriodicCallback"],
            "selector_thread": ["SelectorThread"],
        },
    )

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
