"""From the text of a template to its parts.

The tags that are open are a list, not a recursion: nesting costs neither stack nor time.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from . import fragments
from .fragments import Fragment
from .nodes import (
    Apply,
    Block,
    Clause,
    Compound,
    Extends,
    File,
    Include,
    Jump,
    Node,
    Statement,
    Super,
    Text,
    Value,
)
from .scanner import Kind, Token, scan
from .source import Source
from .whitespace import filter_whitespace

# Python allows a hundred levels of indentation; some are needed for what is in the tags.
MAX_NESTING = 90

# The clauses of one statement.  To Python each elif is an if in the else of the one before.
MAX_CLAUSES = 500

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
_PARENTS = {
    clause: [tag for tag, order in _FOLLOWING.items() if clause in sum(order.values(), ())]
    for clause in ("elif", "else", "except", "finally")
}

_SUPER = re.compile(r"\s*super\(\s*\)\s*\Z")


class _Open:
    """A tag that waits for its ``{% end %}``.

    :ivar body: the parts of its last clause.
    :ivar clause: the operator of that.
    :ivar loop: whether ``break`` may stand in that.
    :ivar statement: the statement to which the next clause belongs.
    """

    __slots__ = ("body", "clause", "loop", "name", "start", "statement", "tag")

    def __init__(
        self,
        tag: str,
        start: int,
        body: list[Node],
        loop: bool,
        statement: Compound | None = None,
        name: str = "",
    ) -> None:
        self.tag = tag
        self.start = start
        self.clause = tag
        self.body = body
        self.loop = loop
        self.statement = statement
        self.name = name


def parse(source: Source, whitespace: str, autoescape: Fragment | None) -> File:
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

    def __init__(self, source: Source, whitespace: str, autoescape: Fragment | None) -> None:
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
        self._value(token, raw=False)

    def tag(self, token: Token) -> None:
        operator = token.operator
        if operator in _ALONE:
            _ALONE[operator](self, token)
        elif operator in _WITH_BODY:
            _WITH_BODY[operator](self, token)
        elif operator in _PARENTS:
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
        self._value(token, raw=True)

    def _value(self, token: Token, *, raw: bool) -> None:
        if _SUPER.match(token.argument) and any(opened.tag == "block" for opened in self.open):
            self.body.append(Super(token.start))
        else:
            self.body.append(Value(fragments.expression(self.source, token), raw))

    def _module(self, token: Token) -> None:
        self._need(token, "expression")
        value = fragments.member(self.source, token, "_tt_modules")
        self.body.append(Value(value, raw=True, owner="_tt_modules."))

    def _set(self, token: Token) -> None:
        self._need(token, "statement")
        self.body.append(Statement("", fragments.statements(self.source, token)))

    def _import(self, token: Token) -> None:
        self._need(token, "statement")
        keyword = f"{token.operator} "
        self.body.append(Statement(keyword, fragments.statements(self.source, token, keyword)))

    def _jump(self, token: Token) -> None:
        self._need_nothing(token)
        if not self._in_loop():
            raise self.source.error(f"{token.operator} outside for or while block", token.start)
        self.body.append(Jump(token.operator, self._line(token)))

    def _autoescape(self, token: Token) -> None:
        self._need(token, "function")
        function = fragments.expression(self.source, token)
        self.file.autoescape = None if function.code.strip() == "None" else function

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
        self._begin(token, self._condition(token), self._in_loop())

    def _while(self, token: Token) -> None:
        self._need(token, "condition")
        self._begin(token, self._condition(token), loop=True)

    def _for(self, token: Token) -> None:
        self._need(token, "variable")
        loop = fragments.header(self.source, token, "for ", ast.For)
        self._begin(token, Clause(self._line(token), "for ", loop, ":"), loop=True)

    def _async(self, token: Token) -> None:
        self._need(token, "for")
        loop = fragments.header(self.source, token, "async ", ast.AsyncFor)
        token.operator = "for"
        self._begin(token, Clause(self._line(token), "async ", loop, ":"), loop=True)

    def _try(self, token: Token) -> None:
        self._need_nothing(token)
        self._begin(token, Clause(self._line(token), "try:"), self._in_loop())

    def _apply(self, token: Token) -> None:
        self._need(token, "method name")
        apply = Apply(fragments.expression(self.source, token))
        # It has a buffer of its own, which a jump would leave behind.
        self._enter(apply, _Open("apply", token.start, apply.body, loop=False))

    def _block(self, token: Token) -> None:
        self._need(token, "name")
        block = Block(token.start, token.argument.strip(), self.file)
        self.file.parts.append(block)
        loop = self._in_loop()
        self._enter(block, _Open("block", token.start, block.body, loop, name=block.name))

    def _condition(self, token: Token) -> Clause:
        test = fragments.expression(self.source, token)
        return Clause(self._line(token), f"{token.operator} (", test, "):")

    def _begin(self, token: Token, clause: Clause, loop: bool) -> None:
        statement = Compound(clause)
        self._enter(statement, _Open(token.operator, token.start, clause.body, loop, statement))

    def _enter(self, node: Node, opened: _Open) -> None:
        if len(self.open) >= MAX_NESTING:
            message = f"More than {MAX_NESTING} blocks inside one another"
            raise self.source.error(message, opened.start)
        self.body.append(node)
        self.open.append(opened)
        self.body = opened.body

    # Clauses and ends.

    def _clause(self, token: Token) -> None:
        word = token.operator
        opened = self.open[-1] if self.open else None
        if opened is None or opened.statement is None or opened.tag not in _PARENTS[word]:
            where = f"cannot be attached to {opened.tag} block" if opened else "has no block"
            hint = f"It belongs to {' or '.join(_PARENTS[word])}."
            raise self.source.error(f"{word} {where}", token.start, hint)
        if word not in _FOLLOWING[opened.tag].get(opened.clause, ()):
            raise self.source.error(f"{word} after {opened.clause}", token.start)
        if len(opened.statement.clauses) >= MAX_CLAUSES:
            message = f"More than {MAX_CLAUSES} clauses in one {opened.tag}"
            raise self.source.error(message, token.start)
        clause = self._new_clause(token, opened.tag)
        opened.statement.clauses.append(clause)
        opened.clause = word
        opened.body = self.body = clause.body
        if word == "else":
            # After a loop is over, a jump is one of the loop around it.
            opened.loop = len(self.open) > 1 and self.open[-2].loop

    def _new_clause(self, token: Token, tag: str) -> Clause:
        if token.operator == "elif":
            self._need(token, "condition")
            return self._condition(token)
        if token.operator == "except" and not token.blank:
            context = "try: pass\n"
            caught = fragments.header(self.source, token, "except ", ast.Try, context)
            return Clause(self._line(token), "except ", caught, ":")
        self._need_nothing(token, "Write 'elif'." if tag == "if" else "")
        return Clause(self._line(token), f"{token.operator}:")

    def _end(self, token: Token) -> None:
        if not self.open:
            raise self.source.error(f"Extra {{% {token.operator} %}} block", token.start)
        opened = self.open[-1]
        label = token.operator[3:]
        name = token.argument.strip() if label else ""
        if (label and label != opened.tag) or (name and name != opened.name):
            line = self.source.position(opened.start)[0]
            raise self.source.error(
                f"{token.operator} {name}".strip() + f" closes {opened.tag} {opened.name}".rstrip(),
                token.start,
                f"{opened.tag} was opened in line {line}.",
            )
        if opened.clause == "try":
            raise self.source.error("try without except or finally", opened.start)
        self.open.pop()
        self.body = self.open[-1].body if self.open else self.file.body

    # What a tag needs.

    def _line(self, token: Token) -> int:
        return self.source.position(token.start)[0]

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


def _suggestion(word: str) -> str:
    import difflib  # here, for it is needed only to explain an error

    known = [*_ALONE, *_WITH_BODY, *_PARENTS, "end"]
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
