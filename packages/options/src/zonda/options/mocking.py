"""Changing options in a test, and having them back after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .parser import OptionParser


class Mockable:
    """A view of options whose attributes :func:`unittest.mock.patch.object` can set and restore.

    ``patch.object`` restores an attribute that it did not find in the object's ``__dict__`` by
    deleting it.  Here that sets the value that was there before.
    """

    def __init__(self, options: OptionParser) -> None:
        self.__dict__["_options"] = options
        self.__dict__["_originals"] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._options, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._originals:
            raise RuntimeError(
                f"{name} is patched already; each patch needs a mockable() of its own"
            )
        self._originals[name] = getattr(self._options, name)
        setattr(self._options, name, value)

    def __delattr__(self, name: str) -> None:
        setattr(self._options, name, self._originals.pop(name))
