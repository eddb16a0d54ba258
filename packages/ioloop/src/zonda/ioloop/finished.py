"""What a coroutine that has ended without waiting leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Finished(Generic[T_co]):
    """The result of a coroutine that has ended without waiting; like a future that is done."""

    __slots__ = ("_value",)

    def __init__(self, value: T_co) -> None:
        self._value = value

    def __await__(self) -> Generator[None, None, T_co]:
        yield from ()
        return self._value

    def done(self) -> bool:
        """True."""
        return True

    def cancelled(self) -> bool:
        """False: one that was cancelled is an ``asyncio.Future``."""
        return False

    def result(self) -> T_co:
        """What the coroutine returned."""
        return self._value

    def exception(self) -> None:
        """None: one that has failed is an ``asyncio.Future``."""


#: What has become of a coroutine; whatever it is, it can be awaited.
Started: TypeAlias = asyncio.Future[T] | Finished[T]
