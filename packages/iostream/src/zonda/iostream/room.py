"""What writing returns: an awaitable that is done when there is room for more to be written.

Whoever does not care need not await it, for it is neither a coroutine nor a task.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, cast

# Awaiting asks an iterator what to wait for; one that has ended is cheaper than a new generator.
_AT_ITS_END: Final = cast("Generator[None, None, None]", iter(()))


class Ready:
    """There is room already.  It may be awaited any number of times."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        return _AT_ITS_END


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
