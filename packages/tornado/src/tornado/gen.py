"""Coroutines made of generators, as they were written before ``async def``.

>>> from tornado import gen, ioloop
>>> @gen.coroutine
... def double(x):
...     yield gen.moment
...     raise gen.Return(2 * x)
>>> @gen.coroutine
... def main():
...     results = yield [double(1), double(2)]
...     return results
>>> ioloop.IOLoop(make_current=False).run_sync(main)
[2, 4]

A coroutine begins when it is called, and runs to its first ``yield`` at once.  What it yields may
be a future, an awaitable, ``None`` (which lets the loop go on for one round), or a list or dict of
these.  It runs in a copy of its caller's context variables.
"""

from __future__ import annotations

import asyncio
import builtins
import collections
import contextvars
import datetime
import functools
import inspect
import types
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from concurrent import futures
from inspect import isawaitable
from typing import Any, TypeVar

from zonda.ioloop import IOLoop
from zonda.options import app_log

from .concurrent import (
    Future,
    chain_future,
    future_set_exc_info,
    future_set_result_unless_cancelled,
    is_future,
)
from .generator_runner import Return, Runner, run_generator
from .util import TimeoutError

__all__ = [
    "BadYieldError",
    "Future",
    "KeyReuseError",
    "LeakedCallbackError",
    "Multi",
    "Return",
    "ReturnValueIgnoredError",
    "Runner",
    "TimeoutError",
    "UnknownKeyError",
    "WaitIterator",
    "chain_future",
    "convert_yielded",
    "coroutine",
    "engine",
    "future_set_exc_info",
    "future_set_result_unless_cancelled",
    "is_coroutine_function",
    "is_future",
    "isawaitable",
    "maybe_future",
    "moment",
    "multi",
    "multi_future",
    "sleep",
    "with_timeout",
]

T = TypeVar("T")
Quiet = type[BaseException] | tuple[type[BaseException], ...]


class KeyReuseError(Exception):
    """A key of the 2011 interface was used twice."""


class UnknownKeyError(Exception):
    """A key of the 2011 interface is waited for that was never given out."""


class LeakedCallbackError(Exception):
    """A callback of the 2011 interface was never waited for."""


class BadYieldError(TypeError):
    """A coroutine yielded something that cannot be waited for."""


class ReturnValueIgnoredError(Exception):
    """A callback-style coroutine returned a value that nobody can receive."""


class _Moment:
    """What `moment` is: waiting for it lets the loop go on for one round."""

    def done(self) -> bool:
        """Whether there is a result: always."""
        return True

    def result(self) -> None:
        """None."""

    def __await__(self) -> Generator[None, None, None]:
        yield

    def __repr__(self) -> str:
        return "tornado.gen.moment"


#: Yielded by a coroutine that works for long, to let the loop go on for one round.
moment = _Moment()


def coroutine(func: Callable[..., Any]) -> Callable[..., Future[Any]]:
    """Make a coroutine of a generator function; calling it gives a future."""
    if inspect.isgeneratorfunction(func):
        func = types.coroutine(func)  # so that it may ``yield from`` native coroutines

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Future[Any]:
        return run_generator(func, args, kwargs, _waitable)

    wrapper.__wrapped__ = func
    wrapper.__tornado_coroutine__ = True  # type: ignore[attr-defined]  # our own mark
    return wrapper


def is_coroutine_function(func: Any) -> bool:
    """Whether *func* was made by `coroutine`."""
    return bool(getattr(func, "__tornado_coroutine__", False))


def engine(func: Callable[..., Any]) -> Callable[..., None]:
    """Make a callback-style coroutine of a generator function, as in 2011.

    Calling it returns None; what it raises goes to the loop's exception handler.
    """
    started = coroutine(func)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        future = started(*args, **kwargs)

        def ended(done: Future[Any]) -> None:
            if done.result() is not None:
                raise ReturnValueIgnoredError(
                    f"{func!r} is a gen.engine: nobody can receive {done.result()!r}"
                )

        IOLoop.current().add_future(future, ended)

    return wrapper


def Task(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
    """Call *func* with a ``callback`` argument; the future is done when that is called."""
    future: Future[Any] = Future()
    kwargs["callback"] = _resolver(future)
    func(*args, **kwargs)
    return future


class Arguments(collections.namedtuple("Arguments", ["args", "kwargs"])):
    """What a callback was called with, where that is more than one positional argument."""


def _resolver(future: Future[Any]) -> Callable[..., None]:
    def callback(*args: Any, **kwargs: Any) -> None:
        value: Any = args[0] if args else None
        if kwargs or len(args) > 1:
            value = Arguments(args, kwargs)
        future_set_result_unless_cancelled(future, value)

    return callback


_keys: contextvars.ContextVar[dict[Any, Future[Any]]] = contextvars.ContextVar("_keys")


class Callback:
    """Yielded in 2011's style: gives a function whose call ends the `Wait` for *key*."""

    def __init__(self, key: Any) -> None:
        self.key = key


class Wait:
    """Yielded in 2011's style: gives what the function of `Callback` was called with."""

    def __init__(self, key: Any) -> None:
        self.key = key


class WaitAll:
    """Yielded in 2011's style: several `Wait` at once, with a list of their results."""

    def __init__(self, keys: Iterable[Any]) -> None:
        self.keys = list(keys)


@functools.singledispatch
def convert_yielded(yielded: Any) -> Future[Any] | futures.Future[Any] | _Moment:
    """A future for what a coroutine yielded.

    ``convert_yielded.register`` adds types of your own.

    :raises BadYieldError: it cannot be waited for.
    """
    if yielded is None or yielded is moment:
        return moment
    if is_future(yielded):
        return yielded  # type: ignore[no-any-return]  # is_future says so
    if isinstance(yielded, list | dict):
        return multi(yielded)
    if isawaitable(yielded):
        return asyncio.ensure_future(yielded)
    raise BadYieldError(
        f"a coroutine can yield futures, awaitables, None, lists and dicts, not {yielded!r}"
    )


@convert_yielded.register
def _(yielded: Callback) -> Future[Any]:
    keys = _keys.get(None)
    if keys is None:
        keys = {}
        _keys.set(keys)
    if yielded.key in keys:
        raise KeyReuseError(f"key {yielded.key!r} is pending already")
    pending: Future[Any] = Future()
    keys[yielded.key] = pending
    answer: Future[Any] = Future()
    answer.set_result(_resolver(pending))
    return answer


@convert_yielded.register
def _(yielded: Wait) -> Future[Any]:
    keys = _keys.get({})
    if yielded.key not in keys:
        raise UnknownKeyError(f"key {yielded.key!r} is not pending")
    return keys.pop(yielded.key)


@convert_yielded.register
def _(yielded: WaitAll) -> Future[Any]:
    return multi([Wait(key) for key in yielded.keys])


def _waitable(yielded: Any) -> Future[Any] | None:
    """As `convert_yielded`, with None for a round of the loop: what the runner asks."""
    found = convert_yielded(yielded)
    if isinstance(found, futures.Future):
        return _from_thread(found)
    return None if isinstance(found, _Moment) else found


def _from_thread(future: futures.Future[T]) -> Future[T]:
    """A future of this loop; unlike `asyncio.wrap_future` it never cancels *future*."""
    result: Future[T] = Future()
    chain_future(future, result)
    return result


def _next_round() -> Future[Any]:
    future: Future[Any] = Future()
    future.get_loop().call_soon(future_set_result_unless_cancelled, future, None)
    return future


def multi(children: Sequence[Any] | Mapping[Any, Any], quiet_exceptions: Quiet = ()) -> Future[Any]:
    """Wait for several at once; the result is a list, or a dict, of theirs.

    If several fail, the first exception is raised and the others are logged.

    :param quiet_exceptions: types of exceptions that are not logged.
    """
    return multi_future(children, quiet_exceptions)


Multi = multi


def multi_future(
    children: Sequence[Any] | Mapping[Any, Any], quiet_exceptions: Quiet = ()
) -> Future[Any]:
    """The same as `multi`."""
    keys = list(children) if isinstance(children, Mapping) else None
    values = children.values() if isinstance(children, Mapping) else children
    waited = [_waitable(child) or _next_round() for child in values]
    result: Future[Any] = Future()
    left = set(waited)

    def ended(child: Future[Any]) -> None:
        left.discard(child)
        if left:
            return
        collected = []
        for future in waited:
            try:
                collected.append(future.result())
            except (Exception, asyncio.CancelledError) as error:
                _fail(result, error, quiet_exceptions)
        if not result.done():
            result.set_result(
                collected if keys is None else dict(zip(keys, collected, strict=True))
            )

    if not waited:
        result.set_result([] if keys is None else {})
    for future in set(waited):
        if future.done():
            left.discard(future)
    if waited and not left:
        ended(waited[0])
    for future in tuple(left):
        future.add_done_callback(ended)
    return result


def _fail(result: Future[Any], error: BaseException, quiet: Quiet) -> None:
    if not result.done():
        result.set_exception(error)
    elif not isinstance(error, quiet) and not result.cancelled():
        app_log.error("Multiple exceptions in yield list", exc_info=error)


def maybe_future(x: Any) -> Future[Any]:
    """*x* if it is a future, else a future that has *x* as its result."""
    if is_future(x):
        return x  # type: ignore[no-any-return]  # is_future says so
    future: Future[Any] = Future()
    future.set_result(x)
    return future


def with_timeout(
    timeout: float | datetime.timedelta, future: Any, quiet_exceptions: Quiet = ()
) -> Future[Any]:
    """Wait for *future*, but no longer than *timeout*.

    What is waited for goes on after the timeout; an exception of it is then logged.

    :param timeout: a deadline in seconds as in `IOLoop.time`, or a ``timedelta`` from now.
    :param future: whatever a coroutine may yield.
    :param quiet_exceptions: types of exceptions that are not logged.
    :raises TimeoutError: by awaiting.
    """
    waited = _waitable(future) or _next_round()
    result: Future[Any] = Future()
    if waited.done():
        chain_future(waited, result)
        return result
    io_loop = IOLoop.current()

    def log_late(late: Future[Any]) -> None:
        try:
            late.result()
        except asyncio.CancelledError:
            pass
        except Exception as error:
            if not isinstance(error, quiet_exceptions):
                app_log.error("Exception in %r after its timeout", late, exc_info=True)

    def timed_out() -> None:
        if not result.done():
            result.set_exception(builtins.TimeoutError("Timeout"))
        waited.add_done_callback(log_late)

    handle = io_loop.add_timeout(timeout, timed_out)
    chain_future(waited, result)
    waited.add_done_callback(lambda _: io_loop.remove_timeout(handle))
    return result


def sleep(duration: float) -> Future[None]:
    """Done in *duration* seconds."""
    future: Future[None] = Future()
    IOLoop.current().call_later(duration, future_set_result_unless_cancelled, future, None)
    return future


class WaitIterator:
    """Gives the results of several futures in the order in which they are done.

    :ivar current_index: the position, or the name, of the future whose result came last.
    :ivar current_future: that future.
    :raises ValueError: both positional and named futures were given.
    """

    current_index: str | int | None
    current_future: Future[Any] | None

    def __init__(self, *args: Awaitable[Any], **kwargs: Awaitable[Any]) -> None:
        if args and kwargs:
            raise ValueError("WaitIterator takes positional or named futures, not both")
        named: Iterable[tuple[Any, Any]] = kwargs.items() if kwargs else enumerate(args)
        self._unfinished: dict[Future[Any], str | int] = {
            _waitable(future) or _next_round(): name for name, future in named
        }
        self._finished: collections.deque[Future[Any]] = collections.deque()
        self.current_index = self.current_future = None
        self._running_future: Future[Any] | None = None
        for future in self._unfinished:
            if future.done():
                self._finished.append(future)
            else:
                future.add_done_callback(self._ended)

    def done(self) -> bool:
        """Whether every result was given."""
        if self._finished or self._unfinished:
            return False
        self.current_index = self.current_future = None
        return True

    def next(self) -> Future[Any]:
        """A future for the next result."""
        self._running_future = Future()
        if self._finished:
            self._give(self._finished.popleft())
        return self._running_future

    def _ended(self, future: Future[Any]) -> None:
        if self._running_future is not None and not self._running_future.done():
            self._give(future)
        else:
            self._finished.append(future)

    def _give(self, future: Future[Any]) -> None:
        assert self._running_future is not None
        chain_future(future, self._running_future)
        self.current_future = future
        self.current_index = self._unfinished.pop(future)

    def __aiter__(self) -> WaitIterator:
        return self

    def __anext__(self) -> Future[Any]:
        if self.done():
            raise StopAsyncIteration
        return self.next()
