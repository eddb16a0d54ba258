"""Which asyncio event loop a program gets: uvloop's where it is installed, unless it is refused."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any, NoReturn

from .errors import MissingExtraError

#: ``0`` refuses uvloop, ``1`` demands it; unset or empty: uvloop is used where it is installed.
UVLOOP_VARIABLE = "ZONDA_UVLOOP"

_CHOICES = {"": None, "0": False, "1": True}


def new_event_loop(uvloop: bool | None = None) -> asyncio.AbstractEventLoop:
    """A new event loop, neither running nor current.

    :param uvloop: True demands uvloop, False refuses it, None (the default) leaves it to the
        environment variable ``ZONDA_UVLOOP`` (``1`` or ``0``), and without that uses uvloop where
        it is installed.  An event loop policy that the program has set is respected unless uvloop
        is demanded.
    :raises MissingExtraError: uvloop was demanded and is not installed.
    :raises ValueError: the environment variable has another value.
    """
    if uvloop is None:
        uvloop = _environment()
    if uvloop is False or (uvloop is None and _has_own_policy()):
        return asyncio.new_event_loop()
    try:
        from uvloop import new_event_loop as new_uvloop
    except ImportError as error:
        if uvloop is None:
            return asyncio.new_event_loop()
        raise MissingExtraError(
            "uvloop is demanded and cannot be imported: pip install 'zonda-ioloop[uvloop]'"
        ) from error
    loop = new_uvloop()
    loop.set_exception_handler(_heed_the_end)
    return loop


def _heed_the_end(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Let a program end whose protocol was just called when it was told to.

    A handler of a signal may call ``sys.exit`` anywhere.  uvloop takes that for an error of the
    transport, and runs on; asyncio does not.
    """
    error = context.get("exception")
    if isinstance(error, SystemExit | KeyboardInterrupt):
        loop.call_soon(_throw, error)
    else:
        loop.default_exception_handler(context)


def _throw(error: BaseException) -> NoReturn:
    raise error


def _environment() -> bool | None:
    value = os.environ.get(UVLOOP_VARIABLE, "")
    try:
        return _CHOICES[value]
    except KeyError:
        raise ValueError(
            f"the environment variable {UVLOOP_VARIABLE} must be 0, 1 or empty, not {value!r}"
        ) from None


def _has_own_policy() -> bool:
    # Where policies are deprecated, asking for the one that is set warns: look where it is kept.
    policy = getattr(asyncio.events, "_event_loop_policy", None)
    return policy is not None and not type(policy).__module__.startswith("asyncio.")


def thread_event_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs in this thread, or else the one that is set for it; or None.

    Never makes one, as ``asyncio.get_event_loop`` would.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        pass
    if sys.version_info >= (3, 14):
        try:
            loop = asyncio.get_event_loop()
        except RuntimeError:
            return None
    else:
        local = getattr(asyncio.get_event_loop_policy(), "_local", None)
        loop = getattr(local, "_loop", None)
    return None if loop is None or loop.is_closed() else loop
