"""Which names a piece of Python needs from outside, and which it binds itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable

_Scope = frozenset[str]
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Names:
    """The names of some trees, as if they were the body of one function.

    :ivar read: the names that are read, each with the first place where it is.
    :ivar bound: the names that are bound: by assignment, import, ``for``, ``except`` or ``:=``.
    :ivar asynchronous: whether the function must be a coroutine function.
    """

    __slots__ = ("asynchronous", "bound", "read")

    def __init__(self, trees: Iterable[ast.AST]) -> None:
        self.read: dict[str, ast.Name] = {}
        self.bound: dict[str, ast.AST] = {}
        self.asynchronous = False
        # A list instead of a recursion, for expressions can be deep; reversed, to go on in order.
        nothing: _Scope = frozenset()
        work: list[tuple[ast.AST, _Scope]] = [(tree, nothing) for tree in trees][::-1]
        while work:
            node, inner = work.pop()
            self._note(node, inner)
            work += [(child, scope) for child, scope in _children(node, inner)][::-1]

    def _note(self, node: ast.AST, inner: _Scope) -> None:
        if isinstance(node, ast.Name):
            if node.id in inner:
                return
            if isinstance(node.ctx, ast.Load):
                self.read.setdefault(node.id, node)
            else:
                self.bound.setdefault(node.id, node)
        elif isinstance(node, ast.alias):
            self.bound.setdefault(node.asname or node.name.partition(".")[0], node)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            self.bound.setdefault(node.name, node)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self.read.setdefault(node.target.id, node.target)
        elif isinstance(node, ast.Await | ast.AsyncFor) or getattr(node, "is_async", False):
            self.asynchronous = True


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
