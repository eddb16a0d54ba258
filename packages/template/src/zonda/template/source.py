"""The text of a template, and places in it."""

from __future__ import annotations

from bisect import bisect_right

from .errors import ParseError


class Source:
    """A template's text, its name, and the file name that tracebacks show.

    :ivar is_file: whether there is a file of that name.

    Places are offsets into the text until somebody wants to read them.
    """

    __slots__ = ("_ascii", "_byte_mark", "_starts", "filename", "is_file", "name", "text")

    def __init__(self, name: str, text: str, filename: str | None = None) -> None:
        self.name = name
        self.is_file = filename is not None
        # "<string>" is what all Python code from strings is called.
        self.filename = filename or ("<template>" if name == "<string>" else name)
        self.text = text
        self._ascii = text.isascii()
        self._byte_mark = (0, 0, 0)
        self._starts = [0]
        end = text.find("\n")
        while end >= 0:
            self._starts.append(end + 1)
            end = text.find("\n", end + 1)

    def position(self, offset: int) -> tuple[int, int]:
        """The line, from 1, and the character in it, from 0."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1]

    def byte_position(self, offset: int) -> tuple[int, int]:
        """The line, from 1, and the byte of UTF-8 in it, from 0: what Python's trees count."""
        line, column = self.position(offset)
        if self._ascii:
            return line, column
        # Places are asked for in order, and lines can be long: go on from the last one.
        known_line, known_column, known_bytes = self._byte_mark
        if known_line != line or known_column > column:
            known_column = known_bytes = 0
        start = self._starts[line - 1]
        between = self.text[start + known_column : start + column]
        byte_column = known_bytes + len(between.encode("utf-8", "surrogatepass"))
        self._byte_mark = (line, column, byte_column)
        return line, byte_column

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return len(self._starts)

    def line(self, number: int) -> str:
        """The text of a line, without its end."""
        end = self.text.find("\n", self._starts[number - 1])
        return self.text[self._starts[number - 1] : end if end >= 0 else len(self.text)]

    def error(self, message: str, offset: int, hint: str = "") -> ParseError:
        """The error of something wrong at that place."""
        line, column = self.position(min(offset, len(self.text)))
        return self.error_at(message, line, column, hint)

    def error_at(self, message: str, line: int, column: int, hint: str = "") -> ParseError:
        """The same, for a line and a character in it."""
        line = min(line, len(self._starts))
        text = self.line(line)
        return ParseError(message, self.name, line, column=column + 1, line=text, hint=hint)
