"""The compiled functions, where there are any.

A compiled wheel has a module `_native`, in C, that schedules callbacks and calls them.  Its
functions replace methods of `IOLoop`, `Mailbox` and `Timers`, so all there is to know stands in the
Python code.  With the environment variable ``ZONDA_PURE`` set they are not used.
"""

from __future__ import annotations

import asyncio
import heapq
import os

from .callbacks import follow, report
from .loop import IOLoop
from .mailbox import Mailbox
from .timers import NOTHING, Timeout, Timers


def replace_methods() -> bool:
    """Use the compiled functions; false if there are none, or they are not wanted."""
    if os.environ.get("ZONDA_PURE"):
        return False
    try:
        from ._native import replace
    except ImportError:
        return False
    replace(
        {
            "CancelledError": asyncio.CancelledError,
            "IOLoop": IOLoop,
            "Mailbox": Mailbox,
            "NOTHING": NOTHING,
            "Timeout": Timeout,
            "Timers": Timers,
            "follow": follow,
            "heappush": heapq.heappush,
            "report": report,
            "running_loop": asyncio._get_running_loop,
        }
    )
    return True


compiled = replace_methods()
"""Whether the compiled functions are used."""
