"""The Python in a template: checked where it stands, so that every error has the right place."""

from __future__ import annotations

import ast
import re

from .errors import ParseError
from .names import Names
from .scanner import Token
from .source import Source

# The names that compiled templates use for themselves.
RESERVED = "_tt_"
_PROVIDED = frozenset(("_tt_modules",))

# The depth of a tree that Python compiles without trouble, however deep the program that calls it.
MAX_EXPRESSION_DEPTH = 200

_BLANK = re.compile(r"(?:\s|\\\r?\n)*+")
_BLANK_END = re.compile(r"(?:\s|\\\r?\n)++\Z")

_SIMPLE = (
    ast.Assign,
    ast.AugAssign,
    ast.AnnAssign,
    ast.Assert,
    ast.Delete,
    ast.Expr,
    ast.Import,
    ast.ImportFrom,
    ast.Pass,
    ast.Raise,
)
# What people write who come from other languages, and what Python says instead.
_HINTS = (
    (re.compile(r":\s*\Z"), "Leave out the colon."),
    (re.compile(r"&&|\|\|"), "Python's operators are 'and' and 'or'."),
    (re.compile(r"(?<![=!<>])!(?!=)"), "Python's operator is 'not'."),
    (re.compile(r"\+\+|--"), "Write 'x += 1'."),
)


class Fragment:
    """A piece of Python in a template.

    :ivar code: its text; each further line is as it is in the template.
    :ivar line: the line of the template where it begins.
    :ivar column: the byte in that line.
    :ivar names: the names in it.
    """

    __slots__ = ("code", "column", "line", "names")

    def __init__(self, code: str, line: int, column: int, names: Names) -> None:
        self.code = code
        self.line = line
        self.column = column
        self.names = names


def expression(source: Source, token: Token) -> Fragment:
    """The expression that is the argument of *token*."""
    # In parentheses it may have several lines and bind names with ":=".
    fragment, _ = _parse(source, token.argument, token.inside, "(", ")")
    return fragment


def member(source: Source, token: Token, owner: str) -> Fragment:
    """The expression that begins with an attribute of *owner*: ``owner.Name(arguments)``."""
    code, inside = _stripped(token)
    fragment, _ = _parse(source, code, inside, f"({owner}.", ")")
    return fragment


def statements(source: Source, token: Token, keyword: str = "") -> Fragment:
    """The simple statements that are the argument of *token*, after *keyword*."""
    code, inside = _stripped(token)
    fragment, body = _parse(source, code, inside, keyword, "")
    for statement in body:
        if not isinstance(statement, _SIMPLE):
            kind = type(statement).__name__.lower()
            raise source.error(f"a {kind} statement is not possible here", inside)
    return fragment


def header(
    source: Source, token: Token, start: str, kind: type[ast.stmt], context: str = ""
) -> Fragment:
    """What stands between *start* and the colon of a compound statement of *kind*.

    :param context: the line before, for what cannot stand alone.
    """
    code, inside = _stripped(token)
    fragment, body = _parse(source, code, inside, context + start, ": pass")
    if len(body) != 1 or not isinstance(body[0], kind):
        raise source.error("invalid syntax", inside)
    return fragment


def function(text: str) -> Fragment:
    """The expression of a function that is not in the template, but is given for it."""
    try:
        tree = ast.parse(f"({text})", mode="eval")
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"{text!r} is no expression of a function: {error}") from None
    return Fragment(text, 1, 0, Names(tree))


def _stripped(token: Token) -> tuple[str, int]:
    """The argument without whitespace around it, and the place where that begins."""
    match = _BLANK.match(token.argument)
    assert match is not None  # for it matches the empty string
    blank = match[0]
    code = token.argument[len(blank) :]
    end = _BLANK_END.search(code)
    if end is not None:
        code = code[: end.start()]
    # A newline outside brackets has got a backslash, which is not in the source.
    return code, token.inside + len(blank) - blank.count("\\")


def _parse(
    source: Source, code: str, inside: int, before: str, after: str
) -> tuple[Fragment, list[ast.stmt]]:
    """Check *code*, which is at *inside*, in its context; returns it and its statements."""
    try:
        tree = ast.parse(before + code + after)
    except SyntaxError as error:
        raise _translated(source, inside, before, code, error) from None
    except (MemoryError, OverflowError, RecursionError, ValueError) as error:
        is_nul = isinstance(error, ValueError)
        message = str(error) if is_nul else "The expression is nested too deeply"
        raise source.error(message, inside) from None
    _check(source, inside, tree)
    line, column = source.byte_position(inside)
    first = before.count("\n") + 1
    return Fragment(code, line, column, Names(tree, first)), tree.body


def _check(source: Source, inside: int, tree: ast.Module) -> None:
    """Refuse what a template must not contain."""
    level: list[ast.AST] = [tree]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_EXPRESSION_DEPTH:
            raise source.error("The expression is nested too deeply", inside)
        for node in level:
            if isinstance(node, ast.Name):
                name = node.id
            elif isinstance(node, ast.arg):
                name = node.arg
            elif isinstance(node, ast.alias):
                name = node.asname or node.name
            elif isinstance(node, ast.Yield | ast.YieldFrom):
                raise source.error("'yield' is not possible in a template", inside)
            else:
                continue
            if name.startswith(RESERVED) and name not in _PROVIDED:
                raise source.error(f"Names that begin with {RESERVED!r} are reserved", inside)
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    # One that begins where our own parentheses do has none itself.
    values = [first.value for first in tree.body[:1] if isinstance(first, ast.Expr)]
    if any(isinstance(value, ast.GeneratorExp) and value.col_offset == 0 for value in values):
        hint = "Write it in brackets, or use ''.join(...)."
        raise source.error("A generator has no text", inside, hint)


def _translated(
    source: Source, inside: int, before: str, code: str, error: SyntaxError
) -> ParseError:
    """The syntax error with its place in the template."""
    line, column = source.position(inside)
    first = before.count("\n") + 1
    found = max(first, error.lineno or first) - first
    offset = max(0, (error.offset or 1) - 1)
    if found == 0:
        offset = column + max(0, offset - (len(before) - before.rfind("\n") - 1))
    line = min(line + found, source.lines)
    offset = min(offset, len(source.line(line)))
    hint = next((hint for pattern, hint in _HINTS if pattern.search(code)), "")
    return source.error_at(error.msg, line, offset, hint)
