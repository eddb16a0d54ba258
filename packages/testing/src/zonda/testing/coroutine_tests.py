"""`gen_test`: coroutines as test methods."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar, overload

from .async_case import AsyncTestCase

C = TypeVar("C", bound=AsyncTestCase)
P = ParamSpec("P")

Coroutine = Callable[Concatenate[C, P], Awaitable[object]]
Method = Callable[Concatenate[C, P], None]


@overload
def gen_test(
    func: None = None, timeout: float | None = None
) -> Callable[[Coroutine[C, P]], Method[C, P]]: ...


@overload
def gen_test(func: Coroutine[C, P], timeout: float | None = None) -> Method[C, P]: ...


def gen_test(
    func: Coroutine[C, P] | None = None, timeout: float | None = None
) -> Method[C, P] | Callable[[Coroutine[C, P]], Method[C, P]]:
    """Run a coroutine method of an `AsyncTestCase` as a test, on the loop of the test.

    >>> class Example(AsyncTestCase):
    ...     @gen_test
    ...     async def test_something(self) -> None: ...
    ...     @gen_test(timeout=10)
    ...     async def test_something_slow(self) -> None: ...

    An ``async def`` method needs this only for a *timeout* of its own.

    :param timeout: seconds; `get_async_test_timeout` by default.
    :raises TypeError: *func* is a generator, which only ``tornado.testing`` of the package
        zonda-tornado runs.
    """

    def decorate(method: Coroutine[C, P]) -> Method[C, P]:
        if inspect.isgeneratorfunction(method):
            raise TypeError(
                f"{method.__qualname__} is a generator: make it a coroutine (async def, await), "
                "or take gen_test from tornado.testing, of the package zonda-tornado"
            )

        @functools.wraps(method)
        def test(self: C, /, *args: P.args, **kwargs: P.kwargs) -> None:
            self.run_coroutine(method(self, *args, **kwargs), timeout)

        return test

    return decorate if func is None else decorate(func)
