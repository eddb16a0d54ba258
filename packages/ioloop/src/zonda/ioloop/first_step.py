"""The first step of a coroutine, before its task runs: eager tasks for Python 3.11.

From Python 3.12 on, ``asyncio.Task(..., eager_start=True)`` does this.  Before, a task takes its
coroutine when it is made, and making one for each coroutine is most of what is to be saved.  So the
task is made with a :class:`Gate` for its coroutine, and waits for one that needs it:

======== =================================================== ====================================
state    the gate                                            next
======== =================================================== ====================================
IDLE     has no coroutine; the task rests, and is hidden     ADOPTED, ENDED
ADOPTED  has a coroutine whose first step ended in waiting   PASSING, once the task has been told
         for something that the task has not been told       what to wait for
PASSING  hands everything to the coroutine
ENDED    has the result of a coroutine that has ended
======== =================================================== ====================================

While a first step runs, the gate's task is the loop's current task.  If the coroutine ends in that
step, the task is free for the next one, but only if nobody can know it: one that was cancelled, was
given a callback or a name, or is referred to from anywhere, ends with the result of its coroutine,
as a task of its own would have.
"""

from __future__ import annotations

import asyncio
import enum
from asyncio import get_running_loop, tasks
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from sys import getrefcount
from typing import Any, Final, TypeAlias, TypeVar
from weakref import getweakrefcount

from .finished import Finished, Started
from .unfinished import keep

T = TypeVar("T")

_Loop: TypeAlias = asyncio.AbstractEventLoop

_current_tasks: Final[dict[_Loop, asyncio.Task[Any]]] = tasks._current_tasks  # type: ignore[attr-defined]  # as _enter_task keeps it
_spare_gates: Final[dict[_Loop, list[Gate]]] = {}
_NOTHING: Final[Finished[Any]] = Finished(None)


class _State(enum.Enum):
    IDLE = enum.auto()
    ADOPTED = enum.auto()
    PASSING = enum.auto()
    ENDED = enum.auto()


_PASSING: Final = _State.PASSING  # looked at in every step, and slow to look up in an enum


class _Rest:
    """What the task of an idle gate waits for: a future, as far as a task looks at it.

    It keeps the function with which the task wants to be woken up.
    """

    def __init__(self, loop: _Loop) -> None:
        self._loop = loop
        self._asyncio_future_blocking = True
        self.wake_up: Callable[[_Rest], object] | None = None

    def get_loop(self) -> _Loop:
        return self._loop

    def add_done_callback(
        self, callback: Callable[[_Rest], object], *, context: Context | None = None
    ) -> None:
        self.wake_up = callback

    def cancel(self, msg: object = None) -> bool:
        return False  # the task will be told when it is woken up

    def result(self) -> None:
        return None


class Gate(Coroutine[Any, Any, Any]):
    """The coroutine of a task that is made before it is known what the task will run."""

    def __init__(self, loop: _Loop) -> None:
        self._state = _State.IDLE
        self._loop = loop
        self._rest = _Rest(loop)
        self._coroutine: Coroutine[Any, Any, Any]
        self._context: Context
        self._awaited: Any = None
        self._marked = False
        self._has_rested = False
        self._end: BaseException
        self.task: asyncio.Task[Any] = asyncio.Task(self, loop=loop, context=Context())
        self.name = self.task.get_name()
        self._show(False)

    # For the one who runs a first step

    def adopt(
        self, coroutine: Coroutine[Any, Any, T], context: Context, awaited: Any
    ) -> asyncio.Task[T]:
        """Let the task run what is left of *coroutine*, which waits for *awaited*."""
        self._coroutine = coroutine
        self._context = context
        self._awaited = awaited
        if getattr(awaited, "_asyncio_future_blocking", False):
            # The mark that the task looks for; until it does, others may wait for the same future.
            self._marked = True
            awaited._asyncio_future_blocking = False
        return self._leave(_State.ADOPTED)

    def finish(self, end: BaseException) -> asyncio.Task[Any]:
        """Let the task end, by ``StopIteration`` with a result or by another exception."""
        self._end = end
        return self._leave(_State.ENDED)

    @property
    def context(self) -> Context | None:
        """The context variables of the adopted coroutine, if there is one."""
        return self.__dict__.get("_context")

    def _leave(self, state: _State) -> asyncio.Task[Any]:
        """Use the gate up; its task steps on as soon as it can, and drops out of the gate."""
        self._state = state
        self._show(True)
        task = self.task
        del self.task
        rest = self._rest
        wake_up, rest.wake_up = rest.wake_up, None  # it refers to the task, which refers to us
        if wake_up is not None:
            self._has_rested = True
            outer = _current_tasks.pop(self._loop)
            wake_up(rest)
            _current_tasks[self._loop] = outer
        return task  # else the loop will call its first step, as it was told when it was made

    def _show(self, visible: bool) -> None:
        """Whether the task counts among ``asyncio.all_tasks`` and complains when it is dropped."""
        (tasks._register_task if visible else tasks._unregister_task)(self.task)
        self.task._log_destroy_pending = visible  # type: ignore[attr-defined]  # as gather uses it

    # For the task

    def send(self, value: None) -> Any:
        """Take the next step."""
        state = self._state
        if state is _PASSING:
            return self._context.run(self._coroutine.send, value)
        if state is _State.IDLE:
            return self._rest
        if state is _State.ENDED:
            raise self._end
        awaited = self._pass()
        if awaited is None and not self._has_rested:
            # It lets one round of the loop pass, and the task has begun only in the next.
            return self._context.run(self._coroutine.send, None)
        return awaited

    def throw(self, *error: Any) -> Any:
        """Take the next step with an exception."""
        state = self._state
        if state is _State.ENDED and not isinstance(self._end, StopIteration):
            raise self._end
        if state is _State.IDLE or state is _State.ENDED:
            raise error[0]
        if state is _State.ADOPTED:  # the task was cancelled before it knew what to wait for
            awaited = self._pass()
            if asyncio.isfuture(awaited) and awaited.cancel(*error[0].args):
                return awaited
        return self._context.run(self._coroutine.throw, *error)

    def close(self) -> None:
        """End the coroutine, if there is one."""
        if self._state is not _State.IDLE:
            self._coroutine.close()

    def _pass(self) -> Any:
        """Come from ADOPTED to PASSING; the result is what the coroutine waits for."""
        self._state = _PASSING
        awaited, self._awaited = self._awaited, None
        if self._marked:
            awaited._asyncio_future_blocking = True
        return awaited

    def __await__(self) -> Generator[Any, Any, Any]:
        raise TypeError("a gate is for its task alone")

    def __getattr__(self, name: str) -> Any:
        """What describes a coroutine, such as ``cr_frame``, is that of the adopted one."""
        if name == "_coroutine":
            raise AttributeError(name)
        return getattr(self._coroutine, name)


def start(coroutine: Coroutine[Any, Any, T], *, context: Context | None = None) -> Started[T]:
    """Run the first step of *coroutine* now, and what is left of it in a task.

    :param context: its context variables; by default a copy of the caller's.
    :returns: if the coroutine waits: the ``asyncio.Task`` that runs the rest (it need not be kept).
        If it has ended: something that is done, with the result or the exception.  An exception
        that nobody asks for is logged, as for any future.
    :raises RuntimeError: no event loop runs in this thread.
    :raises TypeError: *coroutine* is something else, such as a coroutine function.
    """
    loop = get_running_loop()
    try:
        step = coroutine.send
        spares = _spare_gates[loop]
    except (AttributeError, KeyError):
        step, spares = _prepare(coroutine, loop)
    gate = spares.pop() if spares else Gate(loop)
    task = gate.task
    if context is None:
        context = copy_context()
    outer = _current_tasks.get(loop)
    _current_tasks[loop] = task
    references = getrefcount(task)
    try:
        awaited = context.run(step, None)
        return keep(gate.adopt(coroutine, context, awaited))
    except StopIteration as stop:
        if getrefcount(task) != references or _is_touched(task, gate.name):
            return keep(gate.finish(StopIteration(stop.value)))
        spares.append(gate)
        return _NOTHING if stop.value is None else Finished(stop.value)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        if getrefcount(task) != references or _is_touched(task, gate.name):
            return keep(gate.finish(error))
        spares.append(gate)
        return _failed(loop, error)
    finally:
        if outer is None:
            del _current_tasks[loop]
        else:
            _current_tasks[loop] = outer


def context_of(started: Started[Any]) -> Context | None:
    """The context variables of a coroutine that `start` has begun.

    :returns: the context itself, not a copy; None if *started* is no task of a coroutine that
        had to wait.
    """
    gate = started.get_coro() if isinstance(started, asyncio.Task) else None
    return gate.context if isinstance(gate, Gate) else None


def _prepare(coroutine: object, loop: _Loop) -> tuple[Callable[[None], object], list[Gate]]:
    """What the first start in a loop needs, in which those of closed loops are dropped."""
    if not isinstance(coroutine, Coroutine):
        raise TypeError(f"a coroutine was expected, got {coroutine!r}")
    for other in list(_spare_gates):
        if other.is_closed():
            _spare_gates.pop(other, None)
    return coroutine.send, _spare_gates.setdefault(loop, [])


def _is_touched(task: asyncio.Task[Any], name: str) -> bool:
    """Whether a first step has left something on *task*, apart from references to it."""
    return (
        task._must_cancel  # type: ignore[attr-defined]  # cancelling() says 0 after uncancel()
        or task._callbacks is not None
        or getweakrefcount(task) != 0
        or task.get_name() != name
    )


def _failed(loop: _Loop, error: BaseException) -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = loop.create_future()
    if isinstance(error, asyncio.CancelledError):
        future.cancel(*error.args)
    else:
        future.set_exception(error)
    return future
