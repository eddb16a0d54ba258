"""The event loop of `asyncio` under Tornado's names."""

from __future__ import annotations

import asyncio
import functools
import warnings
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from tornado.gen import convert_yielded
from zonda.ioloop import IOLoop, LoopStoppedError

from .selector_loop import AddThreadSelectorEventLoop, SelectorThread

__all__ = [
    "AddThreadSelectorEventLoop",
    "AnyThreadEventLoopPolicy",
    "AsyncIOLoop",
    "AsyncIOMainLoop",
    "BaseAsyncIOLoop",
    "SelectorThread",
    "to_asyncio_future",
    "to_tornado_future",
]


class _LoopExistsError(ValueError, RuntimeError):
    """For programs of Zonda the first, for those of Tornado the second."""


class BaseAsyncIOLoop(IOLoop):
    """An `IOLoop` that takes from its callbacks whatever a coroutine may yield.

    :raises RuntimeError: *asyncio_loop* has an IOLoop already.
    """

    def __init__(
        self,
        make_current: bool = True,
        *,
        asyncio_loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        try:
            super().__init__(make_current, asyncio_loop=asyncio_loop)
        except ValueError as error:
            raise _LoopExistsError(str(error)) from None

    def run_sync(self, func: Callable[[], Any], timeout: float | None = None) -> Any:
        """As `IOLoop.run_sync`; *func* may return whatever a coroutine may yield.

        :raises BadYieldError: it returned something else.
        """
        try:
            return super().run_sync(functools.partial(_awaitable, func), timeout)
        except LoopStoppedError as error:
            raise LoopStoppedError(f"Event loop stopped: {error}") from error

    @property
    def selector_loop(self) -> asyncio.AbstractEventLoop:
        """The event loop below, which has readers and writers."""
        return self.asyncio_loop


def _awaitable(func: Callable[[], Any]) -> Any:
    result = func()
    if result is None or isawaitable(result):
        return result
    return _as_awaitable(convert_yielded(result))


class AsyncIOLoop(BaseAsyncIOLoop):
    """An `IOLoop` with a new event loop of `asyncio`."""


class AsyncIOMainLoop(BaseAsyncIOLoop):
    """An `IOLoop` over the event loop that is current in this thread already."""

    def __init__(
        self,
        make_current: bool = True,
        *,
        asyncio_loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(make_current, asyncio_loop=asyncio_loop or _current_loop())


def _current_loop() -> asyncio.AbstractEventLoop:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return asyncio.get_event_loop()


def to_tornado_future(asyncio_future: asyncio.Future[Any]) -> asyncio.Future[Any]:
    """The same future: there is one kind only."""
    return asyncio_future


def to_asyncio_future(tornado_future: Any) -> asyncio.Future[Any]:
    """A future of whatever a coroutine may yield."""
    future: asyncio.Future[Any] = asyncio.ensure_future(
        _as_awaitable(convert_yielded(tornado_future))
    )
    return future


def _as_awaitable(future: Any) -> Any:
    if asyncio.isfuture(future) or not hasattr(future, "add_done_callback"):
        return future
    return asyncio.wrap_future(future)


with warnings.catch_warnings():
    # Deprecated from Python 3.14 on: whoever sets a policy is told so then, not all who import us.
    warnings.simplefilter("ignore", DeprecationWarning)
    from asyncio import DefaultEventLoopPolicy


class AnyThreadEventLoopPolicy(DefaultEventLoopPolicy):
    """Makes an event loop in any thread that asks for one, not in the main thread only."""

    def get_event_loop(self) -> asyncio.AbstractEventLoop:
        """The loop of this thread, a new one if it has none."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                return super().get_event_loop()
        except RuntimeError:
            loop = self.new_event_loop()
            self.set_event_loop(loop)
            return loop
