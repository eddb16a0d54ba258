"""Awaiting with a deadline that says where the time went."""

from __future__ import annotations

import asyncio
import linecache
from collections.abc import Awaitable
from types import CodeType, FrameType
from typing import TypeVar

T = TypeVar("T")

# Seconds that a test which took too long has for its ``finally`` blocks.
TIDYING_TIME = 1.0


async def finish_in_time(awaitable: Awaitable[T], seconds: float, what: str) -> T:
    """The result of *awaitable*.

    :param what: is awaited, for the message.
    :raises TimeoutError: it took more than *seconds*; the message shows the lines that wait.
    """
    task: asyncio.Future[T] = asyncio.ensure_future(awaitable)
    try:
        await asyncio.wait([task], timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if task.done():
        return task.result()
    waiting = waiting_lines(awaitable)
    task.cancel()
    await asyncio.wait([task], timeout=TIDYING_TIME)
    raise TimeoutError(f"{what} took more than {seconds:g} seconds" + waiting)


def waiting_lines(awaitable: object) -> str:
    """Where a coroutine and those that it awaits stand, outermost first."""
    lines = []
    while awaitable is not None:
        code: CodeType | None = getattr(awaitable, "cr_code", None)
        frame: FrameType | None = getattr(awaitable, "cr_frame", None)
        if code is not None and frame is not None:
            text = linecache.getline(code.co_filename, frame.f_lineno).strip()
            lines.append(f"\n  {code.co_filename}:{frame.f_lineno} in {code.co_name}: {text}")
        awaitable = getattr(awaitable, "cr_await", None)
    return ", waiting in" + "".join(lines) if lines else ""
