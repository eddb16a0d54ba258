"""Which line of which template a line of the compiled code is.

A compiled template is one function, although its lines come from several files: those of the
outermost file have their own numbers, and each part from elsewhere gets a range of its own behind
them.
"""

from __future__ import annotations

from bisect import bisect_right

from .source import Source


class Place:
    """A line of a template, and how it came to be in the compiled code.

    :ivar title: what the part that the line is in is called in a traceback.
    """

    __slots__ = ("line", "source", "title")

    def __init__(self, source: Source, line: int, title: str) -> None:
        self.source = source
        self.line = line
        self.title = title


class Lines:
    """The lines of one compiled template."""

    __slots__ = ("_end", "_parts", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._parts: list[tuple[Source, str, int]] = []
        self._end = 0

    def add(self, source: Source, title: str, via: int) -> int:
        """Make room for a part, which the compiled line *via* refers to.

        Returns what is to be added to its line numbers.
        """
        base = self._end
        self._starts.append(base + 1)
        self._parts.append((source, title, via))
        self._end += source.lines
        return base

    def places(self, line: int) -> list[Place]:
        """Where a compiled line comes from: its own place, what refers to that, and so on."""
        places = []
        while line > 0:
            part = bisect_right(self._starts, line) - 1
            source, title, via = self._parts[part]
            places.append(Place(source, line - self._starts[part] + 1, title))
            line = via
        return places

    @property
    def root(self) -> Source:
        """The outermost file, whose lines keep their numbers."""
        return self._parts[0][0]

    def outermost(self, line: int) -> bool:
        """Whether the line is one of the outermost file, with its own number."""
        return line < self._starts[1] if len(self._starts) > 1 else True
