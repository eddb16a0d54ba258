"""Statements that write.

Text and values that follow one another are a *run*, which becomes one f-string.  The values of a
run are tested for special characters together: one test of the text of all of them costs little
more than one of a single value, and finds nothing nearly always.
"""

from __future__ import annotations

import ast
from typing import TypeAlias

from .trees import assign, call, load, locate, locate_at

# So many values are tested together.  When there is a special character each of them is looked at
# again, which must not concern too many.
BATCH = 8

_SPECIAL = ("&", "<", ">", '"', "'")


class Standard:
    """Escaping by ``xhtml_escape``: the only kind that is not a call."""


class Raw:
    """No escaping."""


STANDARD = Standard()
RAW = Raw()
Escaping: TypeAlias = Standard | Raw | ast.expr
_Value: TypeAlias = tuple[ast.expr, Escaping]


class Sink:
    """The list that collects the output of a template, or of the body of an ``apply``."""

    __slots__ = ("name", "used")

    def __init__(self, number: int) -> None:
        self.name = f"_tt_{number}_" if number else "_tt_"
        self.used = False

    def append(self, value: ast.expr) -> ast.stmt:
        self.used = True
        return ast.Expr(call(load(f"{self.name}append"), value))

    def opening(self) -> list[ast.stmt]:
        parts = f"{self.name}parts"
        return [
            assign(parts, ast.List([], ast.Load())),
            assign(f"{self.name}append", ast.Attribute(load(parts), "append", ast.Load())),
        ]

    def joined(self) -> ast.expr:
        return call(ast.Attribute(ast.Constant(""), "join", ast.Load()), load(f"{self.name}parts"))


class Output:
    """The statements of one body, in the making.

    :param careful: write every value at once, for what comes after it may fail, and the failure may
        be caught in the template.
    """

    __slots__ = ("_line", "_run", "careful", "sink", "statements")

    def __init__(self, sink: Sink, careful: bool, line: int) -> None:
        self.sink = sink
        self.careful = careful
        self.statements: list[ast.stmt] = []
        self._run: list[str | _Value] = []
        self._line = line

    def text(self, text: str) -> None:
        """Write text."""
        if self._run and isinstance(self._run[-1], str):
            self._run[-1] += text
        elif text:
            self._run.append(text)

    def value(self, value: ast.expr, escaping: Escaping) -> None:
        """Write a value."""
        if self.careful:
            self.flush()
        if sum(isinstance(part, tuple) for part in self._run) == BATCH:
            self.flush()
        self._run.append((value, escaping))

    def add(self, statements: list[ast.stmt]) -> None:
        """Do something else, after what was written."""
        self.flush()
        self.statements += statements

    def flush(self) -> None:
        """Finish the run."""
        if self._run:
            value = self._formatted()
            self._emit(self.sink.append(value))

    def finish(self) -> ast.expr:
        """End the body of the sink; returns the expression of all that was written."""
        if not self.sink.used:
            return self._formatted() if self._run else ast.Constant("")
        self.flush()
        opening = self.sink.opening()
        for statement in opening:
            locate(statement, self._line)
        self.statements[:0] = opening
        return self.sink.joined()

    def end(self) -> list[ast.stmt]:
        """End a body within the sink; returns its statements."""
        self.flush()
        if not self.statements:
            self._emit(ast.Pass())
        return self.statements

    def _emit(self, statement: ast.stmt, at: ast.expr | None = None) -> None:
        if at is None:
            locate(statement, self._line)
        else:
            locate_at(statement, at)
        self.statements.append(statement)

    def _formatted(self) -> ast.expr:
        """Evaluate the values of the run; returns the expression of its text."""
        run, self._run = self._run, []
        parts: list[ast.expr] = []
        standard: list[tuple[str, ast.expr]] = []
        for part in run:
            if isinstance(part, str):
                parts.append(ast.Constant(part))
                continue
            value, escaping = part
            name = f"_tt_{len(parts)}"
            self._line = value.lineno
            if isinstance(escaping, Standard):
                self._emit(assign(name, value), value)
                standard.append((name, value))
            elif isinstance(escaping, Raw):
                self._emit(assign(name, value), value)
                convert = assign(name, call(load("_tt_text"), load(name)))
                self._emit(ast.If(_is_not_text(name), [convert], []), value)
            else:
                filtered = call(load("_tt_filtered"), escaping, value)
                self._emit(assign(name, filtered), value)
            parts.append(ast.FormattedValue(load(name), -1))
        if len(standard) == 1:
            self._escape_one(*standard[0])
        elif standard:
            self._escape_all(standard)
        return ast.JoinedStr(parts)

    def _escape_one(self, name: str, value: ast.expr) -> None:
        escape = _escape(name)
        special: list[ast.expr] = [_contains(char, load(name)) for char in _SPECIAL]
        is_text = ast.Compare(_type_of(name), [ast.Is()], [load("_tt_str")])
        is_other = ast.Compare(_type_of(name), [ast.IsNot()], [load("_tt_int")])
        self._emit(
            ast.If(
                is_text,
                [ast.If(ast.BoolOp(ast.Or(), special), [escape], [])],
                [ast.If(is_other, [_escape(name)], [])],
            ),
            value,
        )

    def _escape_all(self, values: list[tuple[str, ast.expr]]) -> None:
        plain: list[ast.expr] = [
            ast.Compare(_type_of(name), [ast.In()], [load("_tt_plain")]) for name, _ in values
        ]
        everything = ast.JoinedStr([ast.FormattedValue(load(name), -1) for name, _ in values])
        all_text = ast.NamedExpr(ast.Name("_tt_all", ast.Store()), everything)
        tests: list[ast.expr] = [ast.UnaryOp(ast.Not(), ast.BoolOp(ast.And(), plain))]
        tests.append(_contains(_SPECIAL[0], all_text))
        tests += [_contains(char, load("_tt_all")) for char in _SPECIAL[1:]]
        escapes: list[ast.stmt] = []
        for name, value in values:
            escape = _escape(name)
            locate_at(escape, value)
            escapes.append(escape)
        self._emit(ast.If(ast.BoolOp(ast.Or(), tests), escapes, []), values[0][1])


def _escape(name: str) -> ast.stmt:
    return assign(name, call(load("_tt_escaped"), load(name)))


def _type_of(name: str) -> ast.expr:
    return call(load("_tt_type"), load(name))


def _is_not_text(name: str) -> ast.expr:
    return ast.Compare(_type_of(name), [ast.IsNot()], [load("_tt_str")])


def _contains(char: str, text: ast.expr) -> ast.expr:
    return ast.Compare(ast.Constant(char), [ast.In()], [text])
