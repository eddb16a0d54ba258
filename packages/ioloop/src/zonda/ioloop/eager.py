"""Starting a coroutine at once, with a task only for what is left of it.

``asyncio.create_task`` puts a coroutine off to the next round of the loop, even one that will not
wait for anything.  :func:`start` runs its first step, up to the first ``await`` that has to wait,
inside the caller's own callback.  Most coroutines that answer a request have ended then.

In its first step already a coroutine has all that it has in a task: ``asyncio.current_task()`` is
the task that will run the rest, so ``asyncio.timeout``, ``TaskGroup`` and cancelling work, and its
context variables are a copy of the caller's.

>>> import asyncio
>>> from zonda.ioloop import eager
>>> async def add(a, b):
...     return a + b
>>> async def wait(future):
...     return await future
>>> async def main():
...     ended = eager.start(add(1, 2))
...     print(ended.done(), ended.result())
...     future = asyncio.get_running_loop().create_future()
...     waiting = eager.start(wait(future))
...     print(waiting.done())
...     future.set_result("the rest")
...     print(await waiting)
>>> asyncio.run(main())
True 3
False
the rest
"""

from __future__ import annotations

import asyncio
import sys
from asyncio import get_running_loop
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, TypeVar

from .finished import Finished, Started
from .unfinished import keep

__all__ = ["Finished", "Started", "context_of", "start"]

T = TypeVar("T")

if sys.version_info >= (3, 12):

    def start(coroutine: Coroutine[Any, Any, T], *, context: Context | None = None) -> Started[T]:
        """Run the first step of *coroutine* now, and what is left of it in a task.

        :param context: its context variables; by default a copy of the caller's.
        :returns: if the coroutine waits: the ``asyncio.Task`` that runs the rest (it need not be
            kept).  If it has ended: something that is done, with the result or the exception.  An
            exception that nobody asks for is logged, as for any future.
        :raises RuntimeError: no event loop runs in this thread.
        :raises TypeError: *coroutine* is something else, such as a coroutine function.
        """
        loop = get_running_loop()
        task = asyncio.Task(coroutine, loop=loop, context=context, eager_start=True)
        return task if task.done() else keep(task)

    def context_of(started: Started[Any]) -> Context | None:
        """The context variables of a coroutine that `start` has begun.

        :returns: the context itself, not a copy; None if *started* is no task.
        """
        return started.get_context() if isinstance(started, asyncio.Task) else None

else:
    from .first_step import context_of, start
