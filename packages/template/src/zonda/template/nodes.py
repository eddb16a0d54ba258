"""The parts of a parsed template."""

from __future__ import annotations

from typing import TypeAlias

from .fragments import Fragment
from .source import Source


class Text:
    """Text that is written as it is."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Value:
    """The value of an expression; *raw* if it is not escaped.

    :ivar owner: what the expression is an attribute of, with a dot at the end.
    """

    __slots__ = ("expression", "owner", "raw")

    def __init__(self, expression: Fragment, raw: bool, owner: str = "") -> None:
        self.expression = expression
        self.raw = raw
        self.owner = owner


class Super:
    """The content of the block that this one replaces."""

    __slots__ = ("start",)

    def __init__(self, start: int) -> None:
        self.start = start


class Statement:
    """Simple statements, after a keyword."""

    __slots__ = ("code", "keyword")

    def __init__(self, keyword: str, code: Fragment) -> None:
        self.keyword = keyword
        self.code = code


class Jump:
    """``break`` or ``continue``."""

    __slots__ = ("keyword", "line")

    def __init__(self, keyword: str, line: int) -> None:
        self.keyword = keyword
        self.line = line


class Clause:
    """A clause of a compound statement: its first line, in three pieces, and its body."""

    __slots__ = ("after", "before", "body", "code", "line")

    def __init__(
        self, line: int, before: str, code: Fragment | None = None, after: str = ""
    ) -> None:
        self.line = line
        self.before = before
        self.code = code
        self.after = after
        self.body: list[Node] = []


class Compound:
    """``if``, ``for``, ``while`` or ``try``, with all its clauses."""

    __slots__ = ("clauses",)

    def __init__(self, clause: Clause) -> None:
        self.clauses = [clause]


class Apply:
    """What a function makes of the output of the body."""

    __slots__ = ("body", "function")

    def __init__(self, function: Fragment) -> None:
        self.function = function
        self.body: list[Node] = []


class Block:
    """A part that a template which extends this one may replace."""

    __slots__ = ("body", "file", "name", "start")

    def __init__(self, start: int, name: str, file: File) -> None:
        self.start = start
        self.name = name
        self.file = file
        self.body: list[Node] = []


class Include:
    """Another template, at this place."""

    __slots__ = ("name", "start")

    def __init__(self, start: int, name: str) -> None:
        self.start = start
        self.name = name


Node: TypeAlias = Text | Value | Super | Statement | Jump | Compound | Apply | Block | Include


class Extends:
    """The template that this one extends."""

    __slots__ = ("name", "start")

    def __init__(self, start: int, name: str) -> None:
        self.start = start
        self.name = name


class File:
    """A parsed template.

    :ivar autoescape: the function that escapes values; ``None`` for none.
    :ivar parts: its blocks and includes, at any depth, in order.
    """

    __slots__ = ("autoescape", "body", "extends", "parts", "source")

    def __init__(self, source: Source, autoescape: Fragment | None) -> None:
        self.source = source
        self.autoescape = autoescape
        self.body: list[Node] = []
        self.extends: Extends | None = None
        self.parts: list[Block | Include] = []
