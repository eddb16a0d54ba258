"""Modules of this package that are imported when something in them is first used.

For those who call a module in many places, none of which every program comes to.  A name costs
what it costs in a module, but for the first time; `first_use` does the same for a package's root.
"""

from __future__ import annotations


class Later:
    """Stands for the module called *name*; a type checker is told of the module itself."""

    def __init__(self, name: str) -> None:
        self.__name__ = f"{__package__}.{name}"

    def __getattr__(self, name: str) -> object:
        value = getattr(__import__(self.__name__, fromlist=[name]), name)
        setattr(self, name, value)
        return value
