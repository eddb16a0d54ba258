"""From the text of a template to its parts.

The tags that are open are a list, not a recursion: nesting costs neither stack nor time.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeVar

from . import fragments
from .nodes import Apply, Block, Code, Extends, File, Include, Node, Output, Suite, Super, Text
from .scanner import Kind, Token, scan
from .source import Source
from .whitespace import filter_whitespace

# Python itself allows a hundred levels of indentation.
MAX_NESTING = 100

# The clauses that may follow each clause of a statement.
_FOLLOWING: dict[str, dict[str, tuple[str, ...]]] = {
    "if": {"if": ("elif", "else"), "elif": ("elif", "else")},
    "for": {"for": ("else",)},
    "while": {"while": ("else",)},
    "try": {
        "try": ("except", "finally"),
        "except": ("except", "else", "finally"),
        "else": ("finally",),
    },
}

S = TypeVar("S", bound=ast.stmt | ast.excepthandler)


class _Open:
    """A tag that waits for its ``{% end %}``.

    :ivar body: the parts of its last clause.
    :ivar clause: the operator of that.
    :ivar loop: whether ``break`` may stand in that.
    :ivar statement: the statement to which the next clause belongs.
    """

    __slots__ = ("body", "clause", "loop", "name", "start", "statement", "tag")

    def __init__(
        self, tag: str, start: int, loop: bool, statement: ast.stmt | None = None, name: str = ""
    ) -> None:
        self.tag = tag
        self.start = start
        self.clause = tag
        self.body: list[Node] = []
        self.loop = loop
        self.statement = statement
        self.name = name


def parse(source: Source, whitespace: str, autoescape: ast.expr | None) -> File:
    """Parse a template.

    :param whitespace: the mode of its whitespace until the template says something else.
    :param autoescape: the function that escapes values, unless the template says something else.
    :raises ParseError: with the place of what is wrong.
    """
    parser = _Parser(source, whitespace, autoescape)
    for token in scan(source):
        if token.kind is Kind.TEXT:
            parser.text(token)
        elif token.kind is Kind.EXPRESSION:
            parser.expression(token)
        else:
            parser.tag(token)
    if parser.open:
        last = parser.open[-1]
        raise source.error(f"Missing {{% end %}} block for {last.tag}", last.start)
    return parser.file


class _Parser:
    """The state of parsing: the tags that are open, and the list that the next part belongs to."""

    def __init__(self, source: Source, whitespace: str, autoescape: ast.expr | None) -> None:
        self.source = source
        self.whitespace = whitespace
        self.file = File(source, autoescape)
        self.open: list[_Open] = []
        self.body = self.file.body

    def text(self, token: Token) -> None:
        text = token.argument
        # Whoever writes preformatted text means the whitespace in it.
        if "<pre>" not in text:
            text = filter_whitespace(self.whitespace, text)
        self.body.append(Text(text))

    def expression(self, token: Token) -> None:
        if token.blank:
            raise self.source.error("Empty expression", token.start)
        self._output(token, raw=False)

    def tag(self, token: Token) -> None:
        operator = token.operator
        if operator in _ALONE:
            _ALONE[operator](self, token)
        elif operator in _WITH_BODY:
            _WITH_BODY[operator](self, token)
        elif operator in _CLAUSES:
            self._clause(token)
        elif operator == "end" or (operator.startswith("end") and operator[3:] in _WITH_BODY):
            self._end(token)
        elif not operator and token.blank:
            raise self.source.error("Empty block tag ({% %})", token.start)
        else:
            word = operator or token.argument.split()[0]
            raise self.source.error(f"unknown operator: {word!r}", token.start, _suggestion(word))

    # Tags without a body.

    def _comment(self, token: Token) -> None:
        pass

    def _raw(self, token: Token) -> None:
        self._need(token, "expression")
        self._output(token, raw=True)

    def _output(self, token: Token, *, raw: bool) -> None:
        value = fragments.expression(self.source, token)
        if _is_super(value) and any(opened.tag == "block" for opened in self.open):
            self.body.append(Super(token.start))
        else:
            self.body.append(Output(value, raw))

    def _module(self, token: Token) -> None:
        self._need(token, "expression")
        value = fragments.member(self.source, token, "_tt_modules")
        self.body.append(Output(value, raw=True))

    def _set(self, token: Token) -> None:
        self._need(token, "statement")
        self.body.append(Code(fragments.statements(self.source, token)))

    def _import(self, token: Token) -> None:
        self._need(token, "statement")
        start = f"{token.operator} "
        self.body.append(Code(fragments.statements(self.source, token, start)))

    def _jump(self, token: Token) -> None:
        self._need_nothing(token)
        if not self._in_loop():
            raise self.source.error(f"{token.operator} outside for or while block", token.start)
        jump = ast.Break() if token.operator == "break" else ast.Continue()
        self.body.append(Code([self._placed(jump, token)]))

    def _autoescape(self, token: Token) -> None:
        self._need(token, "function")
        function = fragments.expression(self.source, token)
        none = isinstance(function, ast.Constant) and function.value is None
        self.file.autoescape = None if none else function

    def _whitespace(self, token: Token) -> None:
        mode = token.argument.strip()
        try:
            filter_whitespace(mode, "")
        except ValueError as error:
            raise self.source.error(str(error), token.start) from None
        self.whitespace = mode

    def _extends(self, token: Token) -> None:
        name = self._file_name(token)
        if self.open:
            raise self.source.error("extends inside another block", token.start)
        if self.file.extends is not None:
            raise self.source.error("extends for the second time", token.start)
        self.file.extends = Extends(token.start, name)

    def _include(self, token: Token) -> None:
        include = Include(token.start, self._file_name(token))
        self.file.parts.append(include)
        self.body.append(include)

    # Tags with a body.

    def _if(self, token: Token) -> None:
        self._need(token, "condition")
        test = fragments.expression(self.source, token)
        self._enter_statement(self._placed(ast.If(test, [], []), token), token)

    def _while(self, token: Token) -> None:
        self._need(token, "condition")
        test = fragments.expression(self.source, token)
        self._enter_statement(self._placed(ast.While(test, [], []), token), token, loop=True)

    def _for(self, token: Token) -> None:
        self._need(token, "variable")
        loop = fragments.header(self.source, token, "for ", ast.For)
        self._enter_statement(loop, token, loop=True)

    def _async(self, token: Token) -> None:
        self._need(token, "for")
        loop = fragments.header(self.source, token, "async ", ast.AsyncFor)
        token.operator = "for"
        self._enter_statement(loop, token, loop=True)

    def _try(self, token: Token) -> None:
        self._need_nothing(token)
        self._enter_statement(self._placed(ast.Try([], [], [], []), token), token)

    def _apply(self, token: Token) -> None:
        self._need(token, "method name")
        function = fragments.expression(self.source, token)
        # It has a buffer of its own, which a jump would leave behind.
        opened = _Open("apply", token.start, loop=False)
        self.body.append(Apply(function, opened.body))
        self._enter(opened)

    def _block(self, token: Token) -> None:
        self._need(token, "name")
        name = token.argument.strip()
        opened = _Open("block", token.start, self._in_loop(), name=name)
        block = Block(token.start, name, self.file, opened.body)
        self.file.parts.append(block)
        self.body.append(block)
        self._enter(opened)

    def _enter_statement(
        self,
        statement: ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try,
        token: Token,
        loop: bool = False,
    ) -> None:
        opened = _Open(token.operator, token.start, loop or self._in_loop(), statement)
        statement.body = [Suite(opened.body)]
        self.body.append(Code([statement]))
        self._enter(opened)

    def _enter(self, opened: _Open) -> None:
        if len(self.open) >= MAX_NESTING:
            message = f"More than {MAX_NESTING} blocks inside one another"
            raise self.source.error(message, opened.start)
        self.open.append(opened)
        self.body = opened.body

    # Clauses and ends.

    def _clause(self, token: Token) -> None:
        clause = token.operator
        parents = [tag for tag, order in _FOLLOWING.items() if clause in sum(order.values(), ())]
        if not self.open or self.open[-1].tag not in parents:
            where = f"in {self.open[-1].tag} block" if self.open else "alone"
            expected = " or ".join(parents)
            message = f"{clause} {where}, it belongs to {expected}"
            raise self.source.error(message, token.start)
        opened = self.open[-1]
        if clause not in _FOLLOWING[opened.tag].get(opened.clause, ()):
            raise self.source.error(f"{clause} after {opened.clause}", token.start)
        opened.clause = clause
        self.body = opened.body = []
        suite: list[ast.stmt] = [Suite(self.body)]
        statement = opened.statement
        if clause == "elif":
            assert isinstance(statement, ast.If)
            self._need(token, "condition")
            test = fragments.expression(self.source, token)
            opened.statement = self._placed(ast.If(test, suite, []), token)
            statement.orelse = [opened.statement]
        elif clause == "except":
            assert isinstance(statement, ast.Try)
            statement.handlers.append(self._handler(token, suite))
        elif clause == "finally":
            assert isinstance(statement, ast.Try)
            self._need_nothing(token)
            statement.finalbody = suite
        else:
            assert isinstance(statement, ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try)
            self._need_nothing(token, "Write 'elif'." if opened.tag == "if" else "")
            statement.orelse = suite
            # The loop is over: a jump is one of the loop around it.
            opened.loop = len(self.open) > 1 and self.open[-2].loop

    def _handler(self, token: Token, suite: list[ast.stmt]) -> ast.ExceptHandler:
        if token.blank:
            return self._placed(ast.ExceptHandler(None, None, suite), token)
        context = "try: pass\n"
        statement = fragments.header(self.source, token, "except ", ast.Try, context)
        handler = statement.handlers[0]
        handler.body = suite
        return handler

    def _end(self, token: Token) -> None:
        if not self.open:
            raise self.source.error(f"Extra {{% {token.operator} %}} block", token.start)
        opened = self.open[-1]
        label = token.operator[3:]
        name = token.argument.strip() if label else ""
        if (label and label != opened.tag) or (name and name != opened.name):
            raise self.source.error(
                f"{f'{token.operator} {name}'.strip()!r} closes {opened.tag} {opened.name}".strip(),
                token.start,
                f"{opened.tag} was opened in line {self.source.position(opened.start)[0]}.",
            )
        if opened.tag == "try" and opened.clause == "try":
            raise self.source.error("try without except or finally", opened.start)
        self.open.pop()
        self.body = self.open[-1].body if self.open else self.file.body

    # What a tag needs.

    def _in_loop(self) -> bool:
        return bool(self.open) and self.open[-1].loop

    def _need(self, token: Token, what: str) -> None:
        if token.blank:
            raise self.source.error(f"{token.operator} missing {what}", token.start)

    def _need_nothing(self, token: Token, hint: str = "") -> None:
        if not token.blank:
            message = f"{token.operator} takes no argument"
            raise self.source.error(message, token.start, hint)

    def _file_name(self, token: Token) -> str:
        name = token.argument.strip().strip('"').strip("'")
        if not name:
            raise self.source.error(f"{token.operator} missing file path", token.start)
        return name

    def _placed(self, statement: S, token: Token) -> S:
        line, _ = self.source.position(token.start)
        statement.lineno = statement.end_lineno = line
        statement.col_offset = statement.end_col_offset = 0
        return statement


def _is_super(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id == "super"
        and not value.args
        and not value.keywords
    )


def _suggestion(word: str) -> str:
    import difflib  # here, for it is needed only to explain an error

    known = [*_ALONE, *_WITH_BODY, *_CLAUSES, "end"]
    near = difflib.get_close_matches(word, known, 1)
    return f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(sorted(known))}."


_Handler = Callable[[_Parser, Token], None]
_ALONE: dict[str, _Handler] = {
    "autoescape": _Parser._autoescape,
    "break": _Parser._jump,
    "comment": _Parser._comment,
    "continue": _Parser._jump,
    "extends": _Parser._extends,
    "from": _Parser._import,
    "import": _Parser._import,
    "include": _Parser._include,
    "module": _Parser._module,
    "raw": _Parser._raw,
    "set": _Parser._set,
    "whitespace": _Parser._whitespace,
}
_WITH_BODY: dict[str, _Handler] = {
    "apply": _Parser._apply,
    "async": _Parser._async,
    "block": _Parser._block,
    "for": _Parser._for,
    "if": _Parser._if,
    "try": _Parser._try,
    "while": _Parser._while,
}
_CLAUSES = ("elif", "else", "except", "finally")
