"""Running a callback so that its failure is logged and the loop goes on.

What asyncio logs about a failed callback does not say who asked for it (outside of its debug mode,
which is slow).  Here each scheduled callback carries the place that scheduled it: the code object
and the offset in it, which cost two attribute reads; the line is looked up when it is needed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from types import CodeType, CoroutineType
from typing import Any

from . import eager

log = logging.getLogger("zonda.application")


def run(
    callback: Callable[..., object],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    code: CodeType,
    offset: int,
) -> None:
    """Call *callback*; log what it raises, and what its coroutine or future raises later.

    :param code: the code that scheduled the callback.
    :param offset: of the instruction in *code*, as in ``frame.f_lasti``.
    """
    try:
        result = callback(*args, **kwargs) if kwargs else callback(*args)
        if result is not None:
            follow(result, callback, code, offset)
    except asyncio.CancelledError:
        pass
    except Exception as error:
        report(error, callback, code, offset)


def follow(
    result: object, callback: Callable[..., object], code: CodeType, offset: int
) -> asyncio.Future[Any] | None:
    """See what a callback returned through, if it is a coroutine or another awaitable.

    :returns: what has to end before the callback has, or None if it has.
    """
    started: eager.Started[Any]
    if isinstance(result, CoroutineType):  # first, as it is what nearly all of them are
        started = eager.start(result)
    elif isinstance(result, asyncio.Future):
        started = result
    elif isinstance(result, Awaitable):
        started = eager.start(_await(result))
    else:
        return None
    if started.done():
        _finish(started, callback, code, offset)
        return None
    assert not isinstance(started, eager.Finished)  # which is done
    started.add_done_callback(lambda done: _finish(done, callback, code, offset))
    return started


async def _await(awaitable: Awaitable[object]) -> None:
    await awaitable


def _finish(
    ended: eager.Started[Any], callback: Callable[..., object], code: CodeType, offset: int
) -> None:
    if not ended.cancelled():
        error = ended.exception()
        if error is not None:
            report(error, callback, code, offset)


def report(
    error: BaseException, callback: Callable[..., object], code: CodeType, offset: int
) -> None:
    log.error(
        "Exception in callback %r, scheduled in %s, file %s, line %s",
        callback,
        code.co_qualname,
        code.co_filename,
        _line(code, offset),
        exc_info=error,
    )


def _line(code: CodeType, offset: int) -> int:
    for start, end, line in code.co_lines():
        if start <= offset < end and line is not None:
            return line
    return code.co_firstlineno
