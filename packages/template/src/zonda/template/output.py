"""Code that writes.

Text and values that follow one another are a *run*, which becomes one f-string.  The values of a
run are tested for special characters together: one test of the text of all of them costs little
more than one of a single value, and finds nothing nearly always.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TypeAlias

from .fragments import Fragment
from .listing import Origin, Piece

# So many values are tested together.  When there is a special character all of them are escaped,
# which must not concern too many.
BATCH = 8
# What stands between values that are escaped together: to escape a long text and to split it is
# faster than to escape several short ones.  A value may contain it, but that is seen.
SEPARATOR = "\0"

_SPECIAL = ("'&'", "'<'", "'>'", "'\"'", '"\'"')


class Mode(Enum):
    """What is done with a value."""

    ESCAPED = auto()
    RAW = auto()
    # Nothing, for it is text already.
    TEXT = auto()


# Escaping that is not the usual one is a function, in the words of the template.
Escaping: TypeAlias = Mode | Fragment


class Sink:
    """The list that collects the output of a template, or of the body of an ``apply``."""

    __slots__ = ("parts", "used", "write")

    def __init__(self, number: int = 0) -> None:
        self.parts = f"_tt_parts{number or ''}"
        self.write = f"_tt_write{number or ''}"
        self.used = False


class Output:
    """The code of one body, in the making.

    :ivar pieces: the code so far; that of a body inside another follows the other's.
    :ivar careful: whether to write every value at once, for what comes after it may fail, and the
        failure may be caught in the template.
    """

    __slots__ = (
        "_count",
        "_escaped",
        "_origin",
        "_run",
        "_start",
        "careful",
        "indent",
        "pieces",
        "sink",
    )

    def __init__(
        self, sink: Sink, pieces: list[Piece], indent: int, careful: bool, origin: Origin
    ) -> None:
        self.sink = sink
        self.pieces = pieces
        self.indent = indent
        self.careful = careful
        self._origin = origin
        self._start = len(pieces)
        # Python's words for the text of the run, the variables in it, and those to be escaped.
        self._run: list[str] = []
        self._count = 0
        self._escaped: list[tuple[str, Origin]] = []

    def code(self, code: str, origin: Origin, deeper: int = 0) -> None:
        """Do something else."""
        self._origin = origin
        self.pieces.append((self.indent + deeper, code, origin))

    def text(self, text: str) -> None:
        """Write text."""
        if text:
            self._run.append(repr(text))

    def value(self, code: str, escaping: Escaping, origin: Origin) -> None:
        """Write the value of an expression."""
        if self.careful or self._count == BATCH:
            self.flush()
        name = f"_tt_{self._count}"
        self._count += 1
        self._run.append(f"f'{{{name}}}'")
        self.code(f"{name} = {code}", origin)
        if isinstance(escaping, Fragment):
            self.code(f"{name} = _tt_filtered(({escaping.code}), {name})", origin)
        elif escaping is Mode.RAW:
            self.code(f"if _tt_type({name}) is not _tt_str: {name} = _tt_text({name})", origin)
        elif escaping is Mode.ESCAPED:
            self._escaped.append((name, origin))

    def flush(self) -> None:
        """Finish the run."""
        if self._run:
            text = self._joined()
            self.sink.used = True
            self.code(f"{self.sink.write}({text})", self._origin)

    def end(self) -> None:
        """End a body that is inside another one of the same sink."""
        self.flush()
        if len(self.pieces) == self._start:
            self.code("pass", self._origin)

    def finish(self) -> str:
        """End the body of the sink; returns the expression of all that was written."""
        if not self.sink.used:
            return self._joined() if self._run else "''"
        self.flush()
        opening = f"{self.sink.parts} = []; {self.sink.write} = {self.sink.parts}.append"
        self.pieces.insert(0, (self.indent, opening, self._origin))
        return f"''.join({self.sink.parts})"

    def _joined(self) -> str:
        """The expression of the text of the run, after its values were escaped."""
        if len(self._escaped) == 1:
            self._escape_one(*self._escaped[0])
        elif self._escaped:
            self._escape_all(self._escaped)
        text = " ".join(self._run)
        self._run, self._count, self._escaped = [], 0, []
        return text

    def _escape_one(self, name: str, origin: Origin) -> None:
        special = " or ".join([f"{char} in {name}" for char in _SPECIAL])
        self.code(f"if _tt_type({name}) is _tt_str:", origin)
        self.code(f"if {special}: {name} = _tt_xhtml_escape({name})", origin, 1)
        self.code(f"elif _tt_type({name}) is not _tt_int: {name} = _tt_escaped({name})", origin)

    def _escape_all(self, values: list[tuple[str, Origin]]) -> None:
        for name, origin in values:
            told = f"f'{{{name}}}' if _tt_type({name}) in _tt_plain else _tt_told({name})"
            self.code(f"if _tt_type({name}) is not _tt_str: {name} = {told}", origin)
        names = [name for name, _ in values]
        everything = "\\0".join([f"{{{name}}}" for name in names])
        first, *others = _SPECIAL
        tests = [f"{first} in (_tt_all := f'{everything}')"]
        tests += [f"{char} in _tt_all" for char in others]
        texts = "(_tt_texts := _tt_xhtml_escape(_tt_all).split('\\0'))"
        listed = ", ".join(names)
        chosen = f"_tt_texts if _tt_len({texts}) == {len(names)} else _tt_each_escaped({listed})"
        self.code(f"if {' or '.join(tests)}:", self._origin)
        self.code(f"{listed} = {chosen}", self._origin, 1)
