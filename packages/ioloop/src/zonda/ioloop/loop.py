"""The IOLoop: Tornado's names for what an asyncio event loop does."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import datetime
import math
import time
from asyncio import _get_running_loop as running_loop
from collections.abc import Awaitable, Callable
from sys import _getframe as caller
from typing import ClassVar, Final, Literal, ParamSpec, TypeVar, overload

from . import descriptors
from .callbacks import run
from .descriptors import Descriptors, Selectable
from .errors import LoopStoppedError
from .event_loops import new_event_loop, thread_event_loop
from .mailbox import Mailbox
from .timers import Timeout, Timers

P = ParamSpec("P")
T = TypeVar("T")
SelectableT = TypeVar("SelectableT", bound=Selectable)


class IOLoop:
    """An event loop under Tornado's names, on top of the asyncio loop ``asyncio_loop``.

    :meth:`current` gives the one of this thread, in a coroutine or outside.  It is the owner of the
    program, which calls :meth:`start` or :meth:`run_sync`, or a guest in a loop that somebody else
    runs (``asyncio.run``, a notebook, another framework); its methods work alike.

    A callback that raises does not stop the loop: the error is logged to ``zonda.application``
    together with the place that scheduled the callback.  A callback may be a coroutine function;
    the coroutine is run to its end.

    Only :meth:`add_callback`, :meth:`spawn_callback`, :meth:`add_callback_from_signal` and
    :meth:`stop` may be called from other threads.

    >>> from zonda.ioloop import IOLoop
    >>> loop = IOLoop(make_current=False)
    >>> loop.add_callback(print, "called by the loop")
    >>> loop.add_callback(loop.stop)
    >>> loop.start()
    called by the loop
    >>> loop.close()

    :param make_current: make it the current IOLoop of this thread.
    :param asyncio_loop: the loop to stand on; without it a new one is made, uvloop's where that is
        installed and not refused (see :func:`new_event_loop`).
    :raises ValueError: *asyncio_loop* has an IOLoop already.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_add_timer",
        "_call_soon",
        "_clock",
        "_descriptors",
        "_mailbox",
        "_timers",
        "asyncio_loop",
    )

    NONE: Final = descriptors.NONE
    #: The descriptor can be read without waiting.
    READ: Final = descriptors.READ
    #: The descriptor can be written without waiting.
    WRITE: Final = descriptors.WRITE
    #: The descriptor has an error, or both sides of its connection are closed.
    ERROR: Final = descriptors.ERROR

    _by_asyncio_loop: ClassVar[dict[asyncio.AbstractEventLoop, IOLoop]] = {}

    def __init__(
        self,
        make_current: bool = True,
        *,
        asyncio_loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        loop = new_event_loop() if asyncio_loop is None else asyncio_loop
        self._forget_closed()
        if self._by_asyncio_loop.setdefault(loop, self) is not self:
            raise ValueError(f"{loop!r} has an IOLoop already; IOLoop.current() gives it inside")
        #: The asyncio event loop below.
        self.asyncio_loop: Final = loop
        self._call_soon: Final = loop.call_soon
        self._clock: Final = loop.time
        self._mailbox: Final = Mailbox(loop)
        self._timers: Final = Timers(loop)
        self._add_timer: Final = self._timers.add
        self._descriptors: Final = Descriptors(loop)
        if make_current:
            self.make_current()

    # The IOLoop of a thread

    @overload
    @staticmethod
    def current(instance: Literal[True] = True) -> IOLoop: ...

    @overload
    @staticmethod
    def current(instance: bool) -> IOLoop | None: ...

    @staticmethod
    def current(instance: bool = True) -> IOLoop | None:
        """The IOLoop of this thread: of the running loop, else of the one that was made current.

        :param instance: when there is none, make one and make it current; if False, return None.
        """
        loop = thread_event_loop()
        if loop is not None:
            found = IOLoop._by_asyncio_loop.get(loop)
            if found is not None or not instance:
                return found
        elif not instance:
            return None
        return IOLoop(asyncio_loop=new_event_loop() if loop is None else loop)

    @staticmethod
    def instance() -> IOLoop:
        """The same as :meth:`current`."""
        return IOLoop.current()

    def make_current(self) -> None:
        """Make this the IOLoop of this thread while none is running; asyncio is told as well."""
        if thread_event_loop() is not self.asyncio_loop:
            asyncio.set_event_loop(self.asyncio_loop)

    def install(self) -> None:
        """The same as :meth:`make_current`."""
        self.make_current()

    @staticmethod
    def clear_current() -> None:
        """Let this thread have no current IOLoop; meant for test frameworks, between two tests."""
        asyncio.set_event_loop(None)

    @staticmethod
    def clear_instance() -> None:
        """The same as :meth:`clear_current`."""
        IOLoop.clear_current()

    @classmethod
    def _forget_closed(cls) -> None:
        """Let go of loops that were closed without their IOLoop knowing."""
        for loop in list(cls._by_asyncio_loop):
            if loop.is_closed():
                cls._by_asyncio_loop.pop(loop, None)

    # Running

    def start(self) -> None:
        """Run until a callback calls :meth:`stop`.

        :raises RuntimeError: it is running, or another loop is in this thread.
        """
        self.asyncio_loop.run_forever()

    def stop(self) -> None:
        """Let :meth:`start` return after the callbacks that are due; safe from any thread.

        If the loop is not running, the next :meth:`start` returns at once.
        """
        if running_loop() is self.asyncio_loop:
            self.asyncio_loop.stop()
        else:
            with contextlib.suppress(RuntimeError):  # closed, so it has stopped
                self.asyncio_loop.call_soon_threadsafe(self.asyncio_loop.stop)

    @overload
    def run_sync(self, func: Callable[[], Awaitable[T]], timeout: float | None = None) -> T: ...

    @overload
    def run_sync(self, func: Callable[[], None], timeout: float | None = None) -> None: ...

    def run_sync(
        self, func: Callable[[], Awaitable[T] | None], timeout: float | None = None
    ) -> T | None:
        """Start the loop, call *func* in it, wait for what it returns, stop, and return the result.

        What *func* raises is raised here.

        :param func: a coroutine function, or one that returns another awaitable or None.
        :param timeout: seconds after which the coroutine is cancelled.
        :raises TimeoutError: *timeout* seconds have passed.
        :raises LoopStoppedError: somebody called :meth:`stop` before the result was there.
        :raises TypeError: *func* returned something that cannot be awaited.
        :raises RuntimeError: a loop is running in this thread.
        """
        if running_loop() is not None:
            raise RuntimeError("a loop is running in this thread already: await, or add_callback")
        task = self.asyncio_loop.create_task(_call(func, timeout))
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # LoopStoppedError says it
        try:
            return self.asyncio_loop.run_until_complete(task)
        except RuntimeError as error:
            if task.done():
                raise
            raise LoopStoppedError(f"the loop was stopped before {func!r} had ended") from error

    def close(self, all_fds: bool = False) -> None:
        """Free what the stopped loop holds; it cannot be started again.

        :param all_fds: also close the descriptors that have handlers.
        :raises RuntimeError: the loop is running.
        """
        if self.asyncio_loop.is_running():
            raise RuntimeError("a running IOLoop cannot be closed: stop it first")
        self._timers.close()
        self._descriptors.close(all_fds)
        self._by_asyncio_loop.pop(self.asyncio_loop, None)
        if running_loop() is None and thread_event_loop() is self.asyncio_loop:
            asyncio.set_event_loop(None)
        self.asyncio_loop.close()

    # Callbacks

    def add_callback(
        self, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Call *callback* in the next round of the loop; safe from any thread, wakes the loop.

        After :meth:`close` nothing happens: another thread cannot know when the loop ends.
        """
        try:
            frame = caller(1)
        except ValueError:  # the thread is a library's, where this is the first call in Python
            frame = caller(0)
        if running_loop() is self.asyncio_loop:
            self._call_soon(run, callback, args, kwargs, frame.f_code, frame.f_lasti)
        else:
            self._mailbox.post(callback, args, kwargs, frame.f_code, frame.f_lasti)

    spawn_callback = add_callback

    def add_callback_from_signal(
        self, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Call *callback* in the next round of the loop; safe in a handler of ``signal.signal``."""
        try:
            frame = caller(1)
        except ValueError:
            frame = caller(0)
        self._mailbox.post(callback, args, kwargs, frame.f_code, frame.f_lasti)

    def add_future(
        self,
        future: asyncio.Future[T] | concurrent.futures.Future[T],
        callback: Callable[[asyncio.Future[T]], object]
        | Callable[[concurrent.futures.Future[T]], object],
    ) -> None:
        """Call *callback* with *future*, in the loop, once that is done.

        :raises TypeError: *future* is another kind of awaitable.
        """
        frame = caller(1)
        code, offset = frame.f_code, frame.f_lasti
        if isinstance(future, concurrent.futures.Future):
            future.add_done_callback(
                lambda done: self.add_callback(run, callback, (done,), {}, code, offset)
            )
        elif asyncio.isfuture(future):
            future.add_done_callback(lambda done: run(callback, (done,), {}, code, offset))
        else:
            raise TypeError(f"add_future takes a future, not {future!r}")

    # Time

    def time(self) -> float:
        """The time of day in seconds since 1970, as ``time.time()``: what deadlines are given in.

        Once set, a timeout counts by a clock that cannot be changed: when somebody sets the time of
        day, no timeout comes earlier or later.
        """
        return time.time()

    def add_timeout(
        self,
        deadline: float | datetime.timedelta,
        callback: Callable[P, object],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Timeout:
        """Call *callback* at *deadline*; the result is for :meth:`remove_timeout`.

        :param deadline: seconds as in :meth:`time`, or a ``timedelta`` from now.
        :raises TypeError: *deadline* is neither.
        """
        if isinstance(deadline, datetime.timedelta):
            delay = deadline.total_seconds()
        elif isinstance(deadline, (int, float)):
            delay = deadline - time.time()
        else:
            raise TypeError(f"a deadline is a number of seconds or a timedelta, not {deadline!r}")
        if not delay >= 0:
            delay = _delay(delay)
        frame = caller(1)
        return self._add_timer(
            self._clock() + delay, callback, args, kwargs, frame.f_code, frame.f_lasti
        )

    def call_at(
        self, when: float, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> Timeout:
        """Call *callback* at the time *when*, in seconds as in :meth:`time`."""
        delay = when - time.time()
        if not delay >= 0:
            delay = _delay(delay)
        frame = caller(1)
        return self._add_timer(
            self._clock() + delay, callback, args, kwargs, frame.f_code, frame.f_lasti
        )

    def call_later(
        self, delay: float, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> Timeout:
        """Call *callback* in *delay* seconds.

        :raises TypeError: *delay* is no number.
        """
        try:
            if not delay >= 0:
                delay = _delay(delay)
        except TypeError:
            raise TypeError(f"a delay is a number of seconds, not {delay!r}") from None
        frame = caller(1)
        return self._add_timer(
            self._clock() + delay, callback, args, kwargs, frame.f_code, frame.f_lasti
        )

    def remove_timeout(self, timeout: Timeout) -> None:
        """Cancel a timeout; nothing happens where it has been called already."""
        self._timers.remove(timeout)

    # Descriptors

    @overload
    def add_handler(self, fd: int, handler: Callable[[int, int], object], events: int) -> None: ...

    @overload
    def add_handler(
        self, fd: SelectableT, handler: Callable[[SelectableT, int], object], events: int
    ) -> None: ...

    def add_handler(
        self, fd: int | SelectableT, handler: Callable[..., object], events: int
    ) -> None:
        """Call ``handler(fd, events)`` whenever *fd* is ready for one of *events*.

        The handler is called again and again until it has read what there is (or written, or has
        changed what it waits for).

        :param fd: a descriptor, or an object with ``fileno()`` and ``close()``; the handler gets
            what was given here.
        :param events: :attr:`READ`, :attr:`WRITE`, :attr:`ERROR`, or several of them by ``|``.
        :raises HandlerExistsError: the descriptor has a handler.
        :raises TypeError: *fd* is neither.
        :raises ValueError: the descriptor is closed, or *events* is none of the above.
        :raises OSError: the system cannot wait for such a file.
        """
        frame = caller(1)
        self._descriptors.add(fd, handler, events, frame.f_code, frame.f_lasti)

    def update_handler(self, fd: int | Selectable, events: int) -> None:
        """Wait for other events of *fd*.

        :raises ValueError: *fd* has no handler, or *events* is wrong.
        """
        self._descriptors.update(fd, events)

    def remove_handler(self, fd: int | Selectable) -> None:
        """Wait for *fd* no more; nothing happens where it has no handler."""
        self._descriptors.remove(fd)

    # Threads and processes

    def run_in_executor(
        self,
        executor: concurrent.futures.Executor | None,
        func: Callable[..., T],
        *args: object,
    ) -> asyncio.Future[T]:
        """Run ``func(*args)`` in a thread or process of *executor*.

        :param executor: None takes the loop's own threads.
        """
        return self.asyncio_loop.run_in_executor(executor, func, *args)

    def set_default_executor(self, executor: concurrent.futures.ThreadPoolExecutor) -> None:
        """Let *executor* be what :meth:`run_in_executor` takes for None.

        :raises TypeError: it is not a ``ThreadPoolExecutor``.
        """
        if not isinstance(executor, concurrent.futures.ThreadPoolExecutor):
            raise TypeError(f"a ThreadPoolExecutor was expected, got {executor!r}")
        self.asyncio_loop.set_default_executor(executor)


def _delay(seconds: float) -> float:
    """*seconds*, not below 0.

    :raises ValueError: it is not a number, which would spoil the order of all timers.
    """
    if math.isnan(seconds):
        raise ValueError("a time must be a number, not nan")
    return max(0.0, seconds)


async def _call(func: Callable[[], Awaitable[T] | None], timeout: float | None) -> T | None:
    result = func()
    if result is None:
        return None
    if not isinstance(result, Awaitable):
        raise TypeError(f"run_sync takes a function whose result can be awaited, not {result!r}")
    try:
        async with asyncio.timeout(timeout) as scope:
            return await result
    except TimeoutError:
        if scope.expired():
            raise TimeoutError(f"{func!r} took more than {timeout} seconds") from None
        raise
