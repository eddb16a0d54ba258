"""What drives a generator that yields futures.

A `Runner` takes one step after the other: it sends the result of the last future into the
generator, gets the next, and goes on at once if that is done.  Every step runs in the context that
was copied when the coroutine was called.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Generator
from typing import Any

Waitable = Callable[[Any], "asyncio.Future[Any] | None"]


class Return(Exception):
    """Raised by a coroutine to return *value*."""

    def __init__(self, value: Any = None) -> None:
        super().__init__()
        self.value = value
        self.args = (value,)


def run_generator(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], waitable: Waitable
) -> asyncio.Future[Any]:
    """Call *func*; if it gave a generator, run that to its end.

    :param waitable: makes a future of what the generator yields, or None for one round of the
        loop.
    """
    future: asyncio.Future[Any] = asyncio.Future()
    created = getattr(future, "_source_traceback", None)
    if created:  # in debug mode: the place that called the coroutine, not these two functions
        del created[-2:]
    context = contextvars.copy_context()
    try:
        result = context.run(func, *args, **kwargs)
    except (Return, StopIteration) as stop:
        future.set_result(stop.value)
    except asyncio.CancelledError:
        future.cancel()
    except Exception as error:
        future.set_exception(error)
    else:
        if isinstance(result, Generator):
            context.run(Runner(context, result, future, waitable).step)
        else:
            future.set_result(result)
    try:
        return future
    finally:
        del future  # the frames of what was raised know this one: a cycle otherwise


class Runner:
    """Runs one generator.

    :ivar future: what the caller of the coroutine waits for; keeps its runner alive.
    """

    __slots__ = ("_context", "_generator", "_waitable", "_waiting", "future")

    def __init__(
        self,
        context: contextvars.Context,
        generator: Generator[Any, Any, Any],
        future: asyncio.Future[Any],
        waitable: Waitable,
    ) -> None:
        self._context = context
        self._generator = generator
        self._waitable = waitable
        self._waiting: asyncio.Future[Any] | None = None
        self.future = future
        # Whoever has the future of a coroutine keeps that running: a future that the generator
        # waits for may be known to nobody else.
        future.runner = self  # type: ignore[attr-defined]  # futures have room for it

    def step(self, _: object = None) -> None:
        """Go on as long as there is nothing to wait for."""
        generator = self._generator
        while True:
            try:
                goes_on = self._wait_for(self._resume(generator))
            except (Return, StopIteration) as stop:
                self._succeed(stop.value)
                return
            except asyncio.CancelledError:
                self._end().cancel()
                return
            except Exception as error:
                self._fail(_without_us(error))
                return
            if not goes_on:
                return

    def _resume(self, generator: Generator[Any, Any, Any]) -> Any:
        waited, self._waiting = self._waiting, None
        if waited is None:
            return generator.send(None)
        if waited.cancelled():
            return generator.throw(asyncio.CancelledError())
        error = waited.exception()
        if error is None:
            return generator.send(waited.result())
        del waited  # it knows the error, and that will know this frame
        try:
            return generator.throw(error)
        finally:
            del error  # a cycle through this frame otherwise

    def _wait_for(self, yielded: Any) -> bool:
        """Whether the generator may go on at once."""
        try:
            waiting = self._waitable(yielded)
        except Exception as error:  # thrown into the generator, at its ``yield``
            waiting = asyncio.Future()
            waiting.set_exception(error)
        if waiting is None:
            self.future.get_loop().call_soon(self.step, context=self._context)
            return False
        self._waiting = waiting
        if waiting.done():
            return True
        waiting.add_done_callback(self.step, context=self._context)
        return False

    def _succeed(self, value: Any) -> None:
        future = self._end()
        if not future.done():
            future.set_result(value)

    def _fail(self, error: Exception) -> None:
        future = self._end()
        if not future.done():
            future.set_exception(error)

    def _end(self) -> asyncio.Future[Any]:
        """The future, which the runner does not know any more: they would be a cycle."""
        future = self.future
        del self.future
        del future.runner  # type: ignore[attr-defined]  # set in __init__
        return future


def _without_us(error: Exception) -> Exception:
    """*error* without the two frames of its runner.

    They would say nothing, and make a cycle: the frame knows the runner, that its future, and that
    the exception.
    """
    traceback = error.__traceback__
    for _ in range(2):
        if traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
    return error.with_traceback(traceback)
