"""The parts of a parsed template.

Python's own statements with bodies (``if``, ``for``, ``while``, ``try``) are Python's own trees, in
which each body is a :class:`Suite`.
"""

from __future__ import annotations

import ast
from typing import TypeAlias

from .source import Source


class Text:
    """Text that is written as it is."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Output:
    """The value of an expression; *raw* if it is not escaped."""

    __slots__ = ("expression", "raw")

    def __init__(self, expression: ast.expr, raw: bool) -> None:
        self.expression = expression
        self.raw = raw


class Super:
    """The content of the block that this one replaces."""

    __slots__ = ("start",)

    def __init__(self, start: int) -> None:
        self.start = start


class Code:
    """Statements, in which there may be suites."""

    __slots__ = ("statements",)

    def __init__(self, statements: list[ast.stmt]) -> None:
        self.statements = statements


class Apply:
    """What a function makes of the output of the body."""

    __slots__ = ("body", "function")

    def __init__(self, function: ast.expr, body: list[Node]) -> None:
        self.function = function
        self.body = body


class Block:
    """A part that a template which extends this one may replace."""

    __slots__ = ("body", "file", "name", "start")

    def __init__(self, start: int, name: str, file: File, body: list[Node]) -> None:
        self.start = start
        self.name = name
        self.file = file
        self.body = body


class Include:
    """Another template, at this place."""

    __slots__ = ("name", "start")

    def __init__(self, start: int, name: str) -> None:
        self.start = start
        self.name = name


Node: TypeAlias = Text | Output | Super | Code | Apply | Block | Include


class Suite(ast.stmt):
    """The body of a compound statement, which is a part of a template."""

    _fields = ()

    def __init__(self, parts: list[Node]) -> None:
        super().__init__()
        self.parts = parts


class Extends:
    """The template that this one extends."""

    __slots__ = ("name", "start")

    def __init__(self, start: int, name: str) -> None:
        self.start = start
        self.name = name


class File:
    """A parsed template.

    :ivar autoescape: the expression of the function that escapes values; ``None`` for none.
    :ivar parts: its blocks and includes, at any depth, in order.
    """

    __slots__ = ("autoescape", "blocks", "body", "extends", "parts", "source")

    def __init__(self, source: Source, autoescape: ast.expr | None) -> None:
        self.source = source
        self.autoescape = autoescape
        self.body: list[Node] = []
        self.extends: Extends | None = None
        self.parts: list[Block | Include] = []
