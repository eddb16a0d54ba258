"""Futures, and functions that run in threads."""

from __future__ import annotations

import asyncio
import functools
import types
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import thread  # noqa: F401  # programs expect it to be loaded
from typing import Any, TypeVar, overload

from zonda.options import app_log

T = TypeVar("T")

Future = asyncio.Future

FUTURES = (futures.Future, Future)

AnyFuture = futures.Future[T] | asyncio.Future[T]


class ReturnValueIgnoredError(Exception):
    """Nobody looked at what a function returned; nothing raises it any more."""


def is_future(x: Any) -> bool:
    """Whether *x* is a future of `asyncio` or `concurrent.futures`."""
    return isinstance(x, FUTURES)


class DummyExecutor(futures.Executor):
    """Calls what is submitted at once, in the caller's thread."""

    def submit(  # type: ignore[override]  # positional-only parameters say the same
        self, fn: Callable[..., T], *args: Any, **kwargs: Any
    ) -> futures.Future[T]:
        """Call *fn*; the future has its result already."""
        future: futures.Future[T] = futures.Future()
        try:
            future_set_result_unless_cancelled(future, fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, cancel_futures: bool = False) -> None:
        """Do nothing: nothing is ever running."""


dummy_executor = DummyExecutor()


@overload
def run_on_executor(fn: Callable[..., T], /) -> Callable[..., asyncio.Future[T]]: ...


@overload
def run_on_executor(
    *, executor: str = "executor"
) -> Callable[[Callable[..., T]], Callable[..., asyncio.Future[T]]]: ...


def run_on_executor(fn: Callable[..., Any] | None = None, /, *, executor: str = "executor") -> Any:
    """Make a method run in a thread of its object's executor; calling it gives a future.

    :param executor: the name of the attribute that has the executor.
    """

    def decorate(fn: Callable[..., T]) -> Callable[..., asyncio.Future[T]]:
        @functools.wraps(fn)
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> asyncio.Future[T]:
            result: asyncio.Future[T] = asyncio.Future()
            started = getattr(self, executor).submit(fn, self, *args, **kwargs)
            chain_future(started, result)
            return result

        return wrapper

    return decorate if fn is None else decorate(fn)


def chain_future(a: AnyFuture[T], b: AnyFuture[T]) -> None:
    """Give *b* the result or the exception of *a*, once that has one.

    Nothing happens where *b* is done, or cancelled, before.
    """

    def copy(done: AnyFuture[T]) -> None:
        if b.done():
            return
        if done.cancelled():
            b.cancel()
            return
        error = done.exception()
        if error is not None:
            future_set_exc_info(b, (type(error), error, error.__traceback__))
        else:
            b.set_result(done.result())

    if isinstance(a, asyncio.Future) and a.done():
        copy(a)
    elif isinstance(a, asyncio.Future):
        a.add_done_callback(copy)
    elif isinstance(b, asyncio.Future):
        _call_in_loop(b.get_loop(), a, copy)
    else:
        a.add_done_callback(copy)


def _call_in_loop(
    loop: asyncio.AbstractEventLoop,
    future: futures.Future[T],
    callback: Callable[[futures.Future[T]], None],
) -> None:
    def forward(done: futures.Future[T]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(callback, done)

    future.add_done_callback(forward)


def future_set_result_unless_cancelled(future: AnyFuture[T], value: T) -> None:
    """Set the result, unless somebody cancelled the future."""
    if not future.cancelled():
        future.set_result(value)


def future_set_exception_unless_cancelled(future: AnyFuture[T], exc: BaseException) -> None:
    """Set the exception; of a cancelled future it is logged instead."""
    if not future.cancelled():
        future.set_exception(exc)
    else:
        app_log.error("Exception after the future was cancelled", exc_info=exc)


def future_set_exc_info(
    future: AnyFuture[T],
    exc_info: tuple[type[BaseException] | None, BaseException | None, types.TracebackType | None],
) -> None:
    """Set the exception of an ``exc_info`` tuple.

    :raises ValueError: there is none in it.
    """
    if exc_info[1] is None:
        raise ValueError("future_set_exc_info needs an exception")
    future_set_exception_unless_cancelled(future, exc_info[1])


def future_add_done_callback(future: AnyFuture[T], callback: Callable[[Any], Any]) -> None:
    """Call *callback* with *future* once that is done; at once if it is already."""
    if future.done():
        callback(future)
    else:
        future.add_done_callback(callback)
