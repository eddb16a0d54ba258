"""The event loop: `IOLoop`, `PeriodicCallback`.

Where this module was imported, ``IOLoop()`` and ``IOLoop.current()`` make the classes of
`tornado.platform.asyncio`: they know all that a generator coroutine may yield.
"""

from __future__ import annotations

import asyncio
from typing import Any

from zonda.ioloop import IOLoop, PeriodicCallback

from .platform.asyncio import AsyncIOLoop, AsyncIOMainLoop
from .util import TimeoutError

__all__ = ["IOLoop", "PeriodicCallback", "TimeoutError"]


def _new(
    cls: type[IOLoop],
    make_current: bool = True,
    *,
    asyncio_loop: asyncio.AbstractEventLoop | None = None,
) -> IOLoop:
    if cls is IOLoop:
        cls = AsyncIOLoop if asyncio_loop is None else AsyncIOMainLoop
    return object.__new__(cls)


def _configure(cls: type[IOLoop], /, impl: str | type[IOLoop] | None, **kwargs: Any) -> None:
    """Do nothing: there is one implementation, over `asyncio`."""


def _configured_class(cls: type[IOLoop], /) -> type[IOLoop]:
    """The class that ``IOLoop()`` makes."""
    return AsyncIOLoop


def _initialized() -> bool:
    """Whether this thread has an IOLoop."""
    return IOLoop.current(instance=False) is not None


for _name, _value in {
    "__new__": staticmethod(_new),
    "configure": classmethod(_configure),
    "configured_class": classmethod(_configured_class),
    "initialized": staticmethod(_initialized),
    "_ioloop_for_asyncio": IOLoop._by_asyncio_loop,
}.items():
    setattr(IOLoop, _name, _value)
