"""Which names a piece of Python needs from outside, and which it binds itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable

_Scope = frozenset[str]
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Names:
    """The names of a tree, as if it were a part of the body of one function.

    :param first: the number of the tree's first line.
    :ivar read: the names that are read, each with the line where it is first, from 0.
    :ivar bound: the same for names that are bound: by assignment, import, ``for``, ``except`` or
        ``:=``.
    :ivar asynchronous: whether the function must be a coroutine function.
    """

    __slots__ = ("_first", "asynchronous", "bound", "read")

    def __init__(self, tree: ast.AST, first: int = 1) -> None:
        self.read: dict[str, int] = {}
        self.bound: dict[str, int] = {}
        self.asynchronous = False
        self._first = first
        # A list instead of a recursion, for expressions can be deep; reversed, to go on in order.
        work: list[tuple[ast.AST, _Scope]] = [(tree, frozenset())]
        while work:
            node, inner = work.pop()
            self._note(node, inner)
            work += [(child, scope) for child, scope in _children(node, inner)][::-1]

    def _note(self, node: ast.AST, inner: _Scope) -> None:
        line = getattr(node, "lineno", self._first) - self._first
        if isinstance(node, ast.Name):
            if node.id not in inner and node.id != "__debug__":  # that is a constant
                names = self.read if isinstance(node.ctx, ast.Load) else self.bound
                names.setdefault(node.id, line)
        elif isinstance(node, ast.alias):
            self.bound.setdefault(node.asname or node.name.partition(".")[0], line)
        elif isinstance(node, ast.ExceptHandler):
            if node.name:
                self.bound.setdefault(node.name, line)
        elif isinstance(node, ast.AugAssign):
            if isinstance(node.target, ast.Name):
                self.read.setdefault(node.target.id, line)
        elif isinstance(node, ast.Await | ast.AsyncFor):
            self.asynchronous = True
        elif isinstance(node, _COMPREHENSIONS):
            self.asynchronous |= any(part.is_async for part in node.generators)


def _children(node: ast.AST, inner: _Scope) -> Iterable[tuple[ast.AST, _Scope]]:
    """The parts of a tree, each with the names that are bound in inner functions around it."""
    if isinstance(node, ast.Lambda):
        arguments = {
            argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)
        }
        yield node.args, inner
        yield node.body, inner | arguments
    elif isinstance(node, _COMPREHENSIONS):
        first = node.generators[0]
        targets = [name for part in node.generators for name in ast.walk(part.target)]
        own = inner | {name.id for name in targets if isinstance(name, ast.Name)}
        yield first.iter, inner
        for child in ast.iter_child_nodes(node):
            if child is first:
                yield from ((part, own) for part in (first.target, *first.ifs))
            else:
                yield child, own
    else:
        for child in ast.iter_child_nodes(node):
            yield child, inner
