"""The Python function that a template becomes."""

from __future__ import annotations

import ast

from .lines import Lines
from .names import Names
from .output import Output
from .trees import load, locate

# Functions that look at the variables themselves: their template's names stay in a dict.
_DYNAMIC = frozenset(("dir", "eval", "exec", "globals", "vars"))
_OWN = "_tt_"


class Function:
    """The code of a template.

    :ivar lines: where its lines come from.
    :ivar read: the names that it needs.
    :ivar optional: those of them that it also binds itself, so that they need not be given.
    :ivar dynamic: whether it uses functions like ``globals``.
    :ivar asynchronous: whether it awaits something.
    """

    __slots__ = ("_statements", "asynchronous", "dynamic", "lines", "optional", "read")

    def __init__(self, output: Output, lines: Lines) -> None:
        returned = ast.Return(output.finish())
        locate(returned, 1)
        self._statements = [*output.statements, returned]
        self.lines = lines
        names = Names(self._statements)
        read = {name for name in names.read if not name.startswith(_OWN) or name == "_tt_modules"}
        self.read = sorted(read)
        self.optional = sorted(read & names.bound.keys())
        self.dynamic = not _DYNAMIC.isdisjoint(read)
        self.asynchronous = names.asynchronous

    def module(self, parameters: list[str]) -> ast.Module:
        """A module that defines the function with these parameters; other names are global."""
        body: list[ast.stmt] = []
        for optional in self.optional:
            # A parameter that was not given is a variable that is not set yet.
            not_given = ast.Compare(load(optional), [ast.Is()], [load("_tt_unset")])
            delete: ast.stmt = ast.Delete([ast.Name(optional, ast.Del())])
            body.append(ast.If(not_given, [delete], []))
        body += self._statements
        arguments = ast.arguments(
            [], [ast.arg(parameter) for parameter in parameters], None, [], [], None, []
        )
        kind = ast.AsyncFunctionDef if self.asynchronous else ast.FunctionDef
        module = ast.Module([kind("template", arguments, body, [])], [])
        locate(module, 1)
        return module
