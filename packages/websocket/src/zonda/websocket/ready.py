"""Awaitables of what is sent."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final


class Ready:
    """Done: the peer has room for more.  It may be awaited any number of times, or not at all."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


READY: Final = Ready()
