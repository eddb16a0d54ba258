"""Letting a task that waits go on at once, inside the callback that brought what it waits for.

A future that gets its result puts its task off to the next turn of the loop.  By then all other
connections have received something too, and a large block has left the processor's cache: reading
and sending it again costs half as much more.  So whoever has a large result hands it over at once.

That is done only where nobody can tell the difference, save for the order among tasks that wait for
different things, which is never promised:

* one task waits for the future, and nothing else does;
* no task runs: a transport that is fed by one must not run another in the middle of it;
* what ends the program (`SystemExit`, `KeyboardInterrupt`) reaches the loop, not the transport,
  which would take it for an error of its own.
"""

from __future__ import annotations

import asyncio
from asyncio import current_task
from collections.abc import Callable
from contextvars import Context
from typing import TypeVar

T = TypeVar("T")

# Bytes from which on it is worth it: a small result is in the cache all the same, and the same work
# for many connections one after the other is done faster than different work in turns.
AT_ONCE_SIZE = 16 * 1024


def set_result_now(future: asyncio.Future[T], result: T) -> None:
    """Give *future*, which is not done, its result, and run the task that waits for it."""
    wake_up = _only_task(future)
    if wake_up is None or current_task(future.get_loop()) is not None:
        future.set_result(result)
        return
    step, context = wake_up
    future.remove_done_callback(step)
    future.set_result(result)
    try:
        context.run(step, future)
    except (SystemExit, KeyboardInterrupt) as error:
        future.get_loop().call_soon(_end, error)
    except RuntimeError:
        if not _is_waited_for(future, step):
            raise
        # Whoever called us did so in the very context of the task, which cannot be entered twice.
        future.get_loop().call_soon(step, future, context=context)


Step = Callable[[asyncio.Future[T]], object]


def _only_task(future: asyncio.Future[T]) -> tuple[Step[T], Context] | None:
    """With what the one task that waits for *future* is run, if that is all that waits for it."""
    # Both attributes are asyncio's own: without them, the loop wakes the task up as ever.
    callbacks: list[tuple[Step[T], Context]] | None = getattr(future, "_callbacks", None)
    if not callbacks or len(callbacks) != 1:
        return None
    return callbacks[0] if _is_waited_for(future, callbacks[0][0]) else None


def _is_waited_for(future: asyncio.Future[T], callback: Step[T]) -> bool:
    """Whether *callback* is a task's own, which waits for *future*."""
    task = getattr(callback, "__self__", None)
    return isinstance(task, asyncio.Task) and getattr(task, "_fut_waiter", None) is future


def _end(error: BaseException) -> None:
    raise error
