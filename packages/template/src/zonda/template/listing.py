"""The Python code that a template becomes, and where each of its lines is from."""

from __future__ import annotations

from typing import TypeAlias

from .source import Source


class Part:
    """A template, or a block of one, as it stands in another.

    :ivar title: what it is called in a traceback.
    :ivar parent: the part in which it stands.
    :ivar line: the line of that part's template which refers to it.
    """

    __slots__ = ("line", "parent", "source", "title")

    def __init__(self, source: Source, title: str, parent: Part | None, line: int) -> None:
        self.source = source
        self.title = title
        self.parent = parent
        self.line = line


class Origin:
    """Where a line of code is from.

    :ivar line: the line of the part's template.
    :ivar shift: what is added to a column of the code to get one of the template; ``None`` if the
        code is not that of the template.
    :ivar column: the column of the code where that of the template begins.
    """

    __slots__ = ("column", "line", "part", "shift")

    def __init__(self, part: Part, line: int, column: int = 0, shift: int | None = None) -> None:
        self.part = part
        self.line = line
        self.column = column
        self.shift = shift


class Place:
    """A line of a template, and the title of the part that it is in."""

    __slots__ = ("line", "source", "title")

    def __init__(self, source: Source, line: int, title: str) -> None:
        self.source = source
        self.line = line
        self.title = title


# The indentation of a piece of code, the piece, which may have several lines, and its origin.
Piece: TypeAlias = tuple[int, str, Origin]


class Listing:
    """The whole code of a template.

    :ivar text: the code.
    """

    __slots__ = ("_origins", "text")

    def __init__(self, pieces: list[Piece]) -> None:
        self.text = "".join([f"{' ' * indent}{text}\n" for indent, text, _ in pieces])
        self._origins: list[Origin] = []
        for _, text, origin in pieces:
            self._origins.append(origin)
            # Further lines are as in the template, where they are further lines, too.
            for number in range(1, text.count("\n") + 1):
                self._origins.append(Origin(origin.part, origin.line + number, 0, 0))

    def places(self, number: int) -> list[Place]:
        """Where a line of code is from: its own place, what refers to that, and so on."""
        origin = self._origins[number - 1]
        line, part = origin.line, origin.part
        places = [Place(part.source, line, part.title)]
        while part.parent is not None:
            line, part = part.line, part.parent
            places.append(Place(part.source, line, part.title))
        return places

    def column(self, number: int, column: int) -> int | None:
        """The byte of the template's line for one of a line of code; ``None`` if there is none."""
        origin = self._origins[number - 1]
        if origin.shift is None or column < origin.column:
            return None
        return column + origin.shift

    def get_source(self, name: str) -> str:
        """The code, for debuggers, which ask the ``__loader__`` of a module."""
        lines = self.text.split("\n")
        for number, origin in enumerate(self._origins):
            lines[number] += f"  # {origin.part.source.name}:{origin.line}"
        return "\n".join(lines)
