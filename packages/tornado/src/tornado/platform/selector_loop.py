"""An event loop that gets ``add_reader`` and its siblings from a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from zonda.ioloop import SelectorThread

__all__ = ["AddThreadSelectorEventLoop", "SelectorThread"]

_OWN = frozenset(
    {
        "_real_loop",
        "_selector",
        "add_reader",
        "add_writer",
        "close",
        "remove_reader",
        "remove_writer",
    }
)


class AddThreadSelectorEventLoop(asyncio.AbstractEventLoop):
    """*real_loop*, with readers and writers also where it has none, as on Windows.

    Everything else is the loop's own.
    """

    def __init__(self, real_loop: asyncio.AbstractEventLoop) -> None:
        self._real_loop = real_loop
        self._selector: SelectorThread | None = SelectorThread(real_loop)

    def __getattribute__(self, name: str) -> Any:
        if name in _OWN or name.startswith("__"):
            return super().__getattribute__(name)
        return getattr(self._real_loop, name)

    def close(self) -> None:
        """End the thread and close the loop; a second time nothing happens."""
        selector, self._selector = self._selector, None
        if selector is not None:
            selector.close()
        self._real_loop.close()

    def add_reader(self, fd: Any, callback: Callable[..., object], *args: object) -> None:
        """Call *callback* whenever *fd* is readable."""
        assert self._selector is not None, "the loop is closed"
        self._selector.add_reader(_number(fd), callback, *args)

    def add_writer(self, fd: Any, callback: Callable[..., object], *args: object) -> None:
        """Call *callback* whenever *fd* is writable."""
        assert self._selector is not None, "the loop is closed"
        self._selector.add_writer(_number(fd), callback, *args)

    def remove_reader(self, fd: Any) -> bool:
        """Forget the reader of *fd*; tell whether there was one."""
        return self._selector is not None and self._selector.remove_reader(_number(fd))

    def remove_writer(self, fd: Any) -> bool:
        """Forget the writer of *fd*; tell whether there was one."""
        return self._selector is not None and self._selector.remove_writer(_number(fd))


def _number(fd: Any) -> int:
    return fd if isinstance(fd, int) else int(fd.fileno())
