"""Futures that fail without anybody being obliged to ask."""

from __future__ import annotations

import asyncio
from typing import TypeVar

T = TypeVar("T")


def fail(future: asyncio.Future[T], error: BaseException) -> None:
    """Let *future* fail, if it is not done; that nobody asks it is no fault."""
    if not future.done():
        future.set_exception(error)
        future.exception()
