"""What can be wrong with a template."""

from __future__ import annotations


class TemplateError(Exception):
    """The root of all errors of this package."""


class ParseError(TemplateError):
    """A template that cannot be compiled.

    ``str()`` of it is *message*, file and line.  A traceback shows the line and the hint, too, as
    does :meth:`explain`.

    :ivar message: what is wrong.
    :ivar filename: the name of the template.
    :ivar lineno: the number of the line, from 1; 0 if unknown.
    :ivar column: the number of the character in the line, from 1; 0 if unknown.
    :ivar line: the text of the line.
    :ivar hint: what would be right, if that is known.
    """

    def __init__(
        self,
        message: str,
        filename: str | None = None,
        lineno: int = 0,
        *,
        column: int = 0,
        line: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, filename, lineno)
        self.message = message
        self.filename = filename
        self.lineno = lineno
        self.column = column
        self.line = line
        self.hint = hint
        for note in self._notes():
            self.add_note(note)

    def __str__(self) -> str:
        return f"{self.message} at {self.filename}:{self.lineno}"

    def explain(self) -> str:
        """The whole message, with the line, a mark below its column, and the hint.

        >>> print(ParseError("Empty expression", "a.html", 2, column=4, line="<p>{{}}").explain())
        Empty expression at a.html:2
            <p>{{}}
               ^
        """
        return "\n".join([str(self), *self._notes()])

    def _notes(self) -> list[str]:
        notes = []
        if self.line:
            notes.append(_excerpt(self.line, self.column))
        if self.hint:
            notes.append(f"    {self.hint}")
        return notes


class TemplateNotFoundError(TemplateError, FileNotFoundError, KeyError):
    """There is no template of that name where the loader may look.

    It is a :class:`FileNotFoundError` and a :class:`KeyError`, for those are what reading a file
    and a dict give.
    """

    def __str__(self) -> str:
        return str(self.args[0])


# A line may be as long as a file; a terminal is not.
_SHOWN_BEFORE = 60
_SHOWN = 100


def _excerpt(line: str, column: int) -> str:
    """The part of the line around the column, and a mark below it."""
    start = max(0, column - _SHOWN_BEFORE) if len(line) > _SHOWN else 0
    shown = line[start : start + _SHOWN].expandtabs(1).rstrip()
    mark = "\n    " + " " * (column - 1 - start) + "^" if column else ""
    return f"    {shown}{mark}"
