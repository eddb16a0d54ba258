"""The names of 2011's contexts for callbacks, without any effect left.

Context variables (`contextvars`) travel with callbacks and coroutines by themselves.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, TypeVar

__all__ = [
    "ExceptionStackContext",
    "NullContext",
    "StackContext",
    "StackContextInconsistentError",
    "run_with_stack_context",
    "wrap",
]

F = TypeVar("F", bound=Callable[..., Any])
ExceptionHandler = Callable[[type[BaseException], BaseException, TracebackType | None], bool | None]


class StackContextInconsistentError(Exception):
    """Contexts were left in another order than they were entered; it cannot happen any more."""


def _warn(name: str) -> None:
    warnings.warn(
        f"tornado.stack_context.{name} has no effect on callbacks: use contextvars",
        DeprecationWarning,
        stacklevel=3,
    )


class StackContext:
    """Enters a context for its block; callbacks made in it run outside.

    :param context_factory: makes the context.
    """

    def __init__(self, context_factory: Callable[[], AbstractContextManager[Any]]) -> None:
        _warn("StackContext")
        self._context = context_factory()

    def __enter__(self) -> Callable[[], None]:
        self._context.__enter__()
        return _deactivate

    def __exit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return self._context.__exit__(typ, value, traceback)


class ExceptionStackContext:
    """Gives exceptions of its block to *exception_handler*, which returns True to swallow them."""

    def __init__(self, exception_handler: ExceptionHandler) -> None:
        _warn("ExceptionStackContext")
        self._handler = exception_handler

    def __enter__(self) -> Callable[[], None]:
        return _deactivate

    def __exit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if typ is None or value is None:
            return None
        return self._handler(typ, value, traceback)


def _deactivate() -> None:
    """What 2011's contexts gave to end them early; there is nothing to end."""


class NullContext:
    """A block in which no context counts: every block is one now."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc_info: object) -> None:
        pass


def wrap(fn: F) -> F:
    """The function itself."""
    return fn


def run_with_stack_context(context: AbstractContextManager[Any], func: Callable[[], Any]) -> Any:
    """Call *func* in *context*."""
    with context:
        return func()
