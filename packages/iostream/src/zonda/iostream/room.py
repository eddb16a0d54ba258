"""What writing returns: an awaitable that is done when there is room for more to be written.

Whoever does not care need not await it, for it is neither a coroutine nor a task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any, Final, Self, cast

# Awaiting asks an iterator what to wait for; one that has ended is the cheapest.
_AT_ITS_END: Final = cast("Generator[Any, None, None]", iter(()))


class _NoLoop:
    """What a future asks its loop for when it is made."""

    def get_debug(self) -> bool:
        return False


class Ready(asyncio.Future[None]):
    """There is room already: a future that is done, in whatever event loop it is looked at.

    It may be awaited any number of times.
    """

    def __init__(self) -> None:
        super().__init__(loop=cast(asyncio.AbstractEventLoop, _NoLoop()))
        self.set_result(None)

    def __await__(self) -> Generator[Any, None, None]:
        return _AT_ITS_END

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop that runs; without one, the current one."""
        return asyncio.get_event_loop()

    def add_done_callback(
        self, fn: Callable[[Self], object], /, *, context: Context | None = None
    ) -> None:
        """Call *fn* in the next turn of the loop."""
        self.get_loop().call_soon(fn, self, context=context)

    def __repr__(self) -> str:
        return "<Ready>"


READY: Final = Ready()
"""The one `Ready`: all of them are equal."""


class Room:
    """There will be room when the peer has read enough.

    :param wait: what waits for that, called when the room is awaited.
    """

    __slots__ = ("_wait",)

    def __init__(self, wait: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._wait = wait

    def __await__(self) -> Generator[Any, None, None]:
        return self._wait().__await__()
