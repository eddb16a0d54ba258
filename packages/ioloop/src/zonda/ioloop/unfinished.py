"""Futures that have to be kept until they are done: a loop refers to its tasks only weakly."""

from __future__ import annotations

import asyncio
from typing import Any, Final, TypeVar

T = TypeVar("T")

_kept: Final[set[asyncio.Future[Any]]] = set()


def keep(future: asyncio.Future[T]) -> asyncio.Future[T]:
    """Let *future* live until it is done, whoever else forgets it."""
    _kept.add(future)
    future.add_done_callback(_kept.discard)
    return future
