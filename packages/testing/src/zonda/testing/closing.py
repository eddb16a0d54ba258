"""The end of a test's loop."""

from __future__ import annotations

import asyncio
import warnings

from zonda.ioloop import IOLoop


def close_loop(loop: IOLoop) -> None:
    """Cancel what still runs, and close *loop*, its descriptors and its threads."""
    if loop.asyncio_loop.is_closed():
        IOLoop.clear_current()
        return
    loop.run_sync(_end_tasks)
    loop.run_sync(loop.asyncio_loop.shutdown_asyncgens)
    loop.run_sync(loop.asyncio_loop.shutdown_default_executor)
    IOLoop.clear_current()
    _close(loop)


def _close(loop: IOLoop) -> None:
    """Close *loop*; where warnings are errors, they are raised when that is done.

    uvloop warns of each resource that is open and then closes it; an error in place of the warning
    leaves it open, and uvloop waits for ever.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loop.close(all_fds=True)
    for told in caught:
        warnings.warn_explicit(told.message, told.category, told.filename, told.lineno)


async def _end_tasks() -> None:
    """Cancel all other tasks, and wait for them."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
