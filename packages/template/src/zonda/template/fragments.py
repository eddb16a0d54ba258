"""The Python in a template: parsed where it stands, so that every error has the right place."""

from __future__ import annotations

import ast
import re
from typing import TypeVar

from .errors import ParseError
from .scanner import Token
from .source import Source

# The names that compiled templates use for themselves.
RESERVED = "_tt_"
_PROVIDED = frozenset(("_tt_modules",))

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

S = TypeVar("S", bound=ast.stmt)


def expression(source: Source, token: Token) -> ast.expr:
    """The expression that is the argument of *token*."""
    # In parentheses it may have several lines and bind names with ":=".
    tree = _parse(source, token.inside, "(", token.argument, ")", "eval")
    assert isinstance(tree, ast.Expression)
    return tree.body


def function(text: str) -> ast.expr:
    """The expression of a function that escapes values.

    :raises ValueError: for what is not an expression.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{text!r} is no expression of a function: {error.msg}") from None
    return tree.body


def member(source: Source, token: Token, owner: str) -> ast.expr:
    """The expression that begins with an attribute of *owner*: ``owner.Name(arguments)``."""
    code, inside = _stripped(token)
    tree = _parse(source, inside, f"({owner}.", code, ")", "eval")
    assert isinstance(tree, ast.Expression)
    return tree.body


def statements(source: Source, token: Token, keyword: str = "") -> list[ast.stmt]:
    """The simple statements that are the argument of *token*, after *keyword*."""
    code, inside = _stripped(token)
    tree = _parse(source, inside, keyword, code, "", "exec")
    assert isinstance(tree, ast.Module)
    for statement in tree.body:
        if not isinstance(statement, _SIMPLE):
            kind = type(statement).__name__.lower()
            raise source.error(f"a {kind} statement is not possible here", inside)
    return tree.body


def header(source: Source, token: Token, start: str, kind: type[S], context: str = "") -> S:
    """The compound statement of *kind* whose first line is *start* and the argument of *token*.

    Its body is one ``pass``.

    :param context: the line before, for what cannot stand alone.
    """
    code, inside = _stripped(token)
    tree = _parse(source, inside, context + start, code, ": pass", "exec")
    assert isinstance(tree, ast.Module)
    if len(tree.body) != 1 or not isinstance(tree.body[0], kind):
        raise source.error("invalid syntax", inside)
    return tree.body[0]


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


def _parse(source: Source, inside: int, before: str, code: str, after: str, mode: str) -> ast.AST:
    """Parse *code*, which is at *inside*, in its context; the tree has the template's places."""
    if not code or code.isspace():
        raise source.error("There is nothing in it", inside)
    try:
        tree: ast.AST = compile(
            before + code + after, source.filename, mode, ast.PyCF_ONLY_AST, dont_inherit=True
        )
    except SyntaxError as error:
        raise _translated(source, inside, before, code, error) from None
    except ValueError as error:  # NUL, or half of a surrogate pair
        raise source.error(str(error), inside) from None
    except (MemoryError, OverflowError, RecursionError):
        raise source.error("The expression is nested too deeply", inside) from None
    if (
        isinstance(tree, ast.Expression)
        and isinstance(tree.body, ast.GeneratorExp)
        and tree.body.col_offset == 0
    ):
        raise source.error(
            "A generator has no text", inside, "Write it in brackets, or use ''.join(...)."
        )
    _place(source, inside, before, tree)
    return tree


def _place(source: Source, inside: int, before: str, tree: ast.AST) -> None:
    """Give the tree the template's places, and refuse what a template must not contain."""
    line, column = source.byte_position(inside)
    first = before.count("\n") + 1
    shift = column - (len(before) - before.rfind("\n") - 1)
    down = line - first
    for node in ast.walk(tree):
        if isinstance(
            node, (ast.expr, ast.stmt, ast.excepthandler, ast.arg, ast.alias, ast.keyword)
        ):
            if node.lineno == first:
                node.col_offset = max(0, node.col_offset + shift)
            if node.end_lineno is not None and node.end_col_offset is not None:
                if node.end_lineno == first:
                    node.end_col_offset = max(0, node.end_col_offset + shift)
                node.end_lineno = max(1, node.end_lineno + down)
            node.lineno = max(1, node.lineno + down)
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            raise source.error("'yield' is not possible in a template", inside)
        if isinstance(node, ast.Name):
            name = node.id
        elif isinstance(node, ast.arg):
            name = node.arg
        elif isinstance(node, ast.alias):
            name = node.asname or node.name
        else:
            continue
        if name.startswith(RESERVED) and name not in _PROVIDED:
            raise source.error(f"Names that begin with {RESERVED!r} are reserved", inside)


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
