"""The event loop for what is made outside of a coroutine too."""

from __future__ import annotations

import asyncio

from zonda.ioloop import IOLoop


def event_loop() -> asyncio.AbstractEventLoop:
    """The running loop, else the one that this thread's `IOLoop` will run."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return IOLoop.current().asyncio_loop
