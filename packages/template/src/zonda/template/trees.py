"""Python's trees: short ways to make them, and to move them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T", bound=ast.AST)

# Whatever replaces a list of statements that has the given owner and field.
Replace = Callable[[ast.AST, str, list[ast.stmt]], list[ast.stmt] | None]


def load(name: str) -> ast.Name:
    """The value of a variable."""
    return ast.Name(name, ast.Load())


def call(function: ast.expr, *arguments: ast.expr) -> ast.Call:
    """A call."""
    return ast.Call(function, list(arguments), [])


def assign(name: str, value: ast.expr) -> ast.Assign:
    """An assignment to a variable."""
    return ast.Assign([ast.Name(name, ast.Store())], value)


def locate(tree: ast.AST, line: int, column: int = 0, end: int = 0) -> None:
    """Give a place to all parts that have none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.stmt | ast.arg) and not hasattr(node, "lineno"):
            node.lineno = node.end_lineno = line
            node.col_offset, node.end_col_offset = column, end


def locate_at(tree: ast.AST, at: ast.expr) -> None:
    """Give the place of *at* to all parts that have none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.stmt) and not hasattr(node, "lineno"):
            ast.copy_location(node, at)


def moved(tree: T, down: int, replace: Replace | None = None) -> T:
    """A copy of the tree, so many lines further down.

    It is made with a list, not a recursion, for a tree can be deeper than Python's stack.

    :param replace: is asked about each list of statements.
    """
    copy = type(tree)()
    work: list[tuple[ast.AST, ast.AST]] = [(tree, copy)]
    while work:
        old, new = work.pop()
        for field in old._fields:
            value = getattr(old, field, None)
            if isinstance(value, list):
                replaced = replace(old, field, value) if replace is not None else None
                if replaced is None:
                    copies: list[object] = []
                    for item in value:
                        if isinstance(item, ast.AST):
                            inner = type(item)()
                            work.append((item, inner))
                            copies.append(inner)
                        else:
                            copies.append(item)
                    setattr(new, field, copies)
                else:
                    setattr(new, field, replaced)
            elif isinstance(value, ast.AST):
                inner = type(value)()
                work.append((value, inner))
                setattr(new, field, inner)
            else:
                setattr(new, field, value)
        for attribute in old._attributes:
            number = getattr(old, attribute, None)
            if number is not None:
                setattr(new, attribute, number + down if "line" in attribute else number)
    return copy
