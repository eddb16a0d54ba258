"""The end of a test's loop."""

from __future__ import annotations

import asyncio

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
    loop.close(all_fds=True)


async def _end_tasks() -> None:
    """Cancel all other tasks, and wait for them."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
