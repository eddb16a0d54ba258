"""From the parts of a template to one Python function.

Includes and blocks are written where they stand, so that a page made of many files is one piece of
code, and every name means the same in all of it.
"""

from __future__ import annotations

import ast

from .errors import ParseError
from .function import Function
from .inheritance import Blocks, Load, ancestors
from .lines import Lines
from .nodes import Apply, Block, Code, File, Include, Node, Suite, Super, Text
from .nodes import Output as Value
from .output import RAW, STANDARD, Escaping, Output, Sink
from .trees import call, load, locate_at, moved

# The parts of a template, with all that it includes each time it is included.  Templates that
# include one another can double it at each step; nobody's page has so many.
MAX_PARTS = 200_000
# The depth of tags with a body, blocks and includes inside one another, over all files.
MAX_DEPTH = 100

# The two names of the usual function for escaping.
STANDARD_ESCAPING = ("xhtml_escape", "escape")


class _Scope:
    """What the parts of one file, or of one block of it, have in common.

    :ivar shift: what is added to the file's line numbers.
    :ivar blocks: the blocks of the template that the file is a part of.
    :ivar block: the block that the parts are in.
    """

    __slots__ = ("block", "blocks", "escaping", "file", "shift")

    def __init__(
        self, file: File, shift: int, blocks: Blocks, escaping: Escaping, block: Block | None = None
    ) -> None:
        self.file = file
        self.shift = shift
        self.blocks = blocks
        self.escaping = escaping
        self.block = block

    def line(self, start: int) -> int:
        """The line of compiled code for a place in the file."""
        return self.file.source.position(start)[0] + self.shift

    def error(self, message: str, start: int, hint: str = "") -> ParseError:
        return self.file.source.error(message, start, hint)


def generate(file: File, load: Load, native: bool) -> Function:
    """Generate the code of a template.

    :param load: loads a template that another one names.
    :param native: whether the usual function for escaping is the one of this package.
    :raises ParseError: for what is wrong with all the parts together.
    """
    generator = _Generator(load, native)
    output = Output(Sink(0), careful=False, line=1)
    generator.template(file, output, "template", 0)
    return Function(output, generator.lines)


class _Generator:
    def __init__(self, load: Load, native: bool) -> None:
        self.load = load
        self.native = native
        self.lines = Lines()
        self.parts = 0
        self.depth = 0
        self.sinks = 0
        # The blocks that are being written, outermost first.
        self.active: list[Block] = []

    def template(self, file: File, output: Output, title: str, via: int) -> None:
        """Write a whole template: the outermost one that it extends, with all its blocks."""
        chain = ancestors(file, self.load)
        scope = self._scope(chain[-1], Blocks(chain, self.load), title, via)
        self._body(chain[-1].body, scope, output)

    def _scope(
        self, file: File, blocks: Blocks, title: str, via: int, block: Block | None = None
    ) -> _Scope:
        shift = self.lines.add(file.source, title, via)
        escape = file.autoescape
        escaping: Escaping
        if escape is None:
            escaping = RAW
        elif self.native and isinstance(escape, ast.Name) and escape.id in STANDARD_ESCAPING:
            escaping = STANDARD
        else:
            escaping = moved(escape, shift)
        return _Scope(file, shift, blocks, escaping, block)

    def _body(self, body: list[Node], scope: _Scope, output: Output) -> None:
        self.parts += len(body)
        self.depth += 1
        for node in body:
            if isinstance(node, Text):
                output.text(node.text)
            elif isinstance(node, Value):
                value = moved(node.expression, scope.shift)
                output.value(value, RAW if node.raw else scope.escaping)
            elif isinstance(node, Code):
                output.add([self._statement(part, scope, output) for part in node.statements])
            elif isinstance(node, Apply):
                self._apply(node, scope, output)
            else:
                self._part(node, scope, output)
        self.depth -= 1

    def _part(self, node: Block | Include | Super, scope: _Scope, output: Output) -> None:
        """Write a part that stands somewhere else."""
        if self.parts > MAX_PARTS:
            raise scope.error(f"More than {MAX_PARTS} parts, with all that is included", node.start)
        if self.depth > MAX_DEPTH:
            raise scope.error(f"More than {MAX_DEPTH} levels of blocks and includes", node.start)
        via = scope.line(node.start)
        if isinstance(node, Include):
            included = self.load(node.name, scope.file, node.start)
            if included.extends is None:
                inner = self._scope(included, scope.blocks, "template", via)
                self._body(included.body, inner, output)
            else:
                self.template(included, output, "template", via)
        elif isinstance(node, Block):
            self._block(scope.blocks.last(node), node.start, scope, output)
        else:
            assert scope.block is not None  # for the parser knows where super() may stand
            replaced = scope.blocks.replaced(scope.block)
            if replaced is None:
                message = f"super() in block {scope.block.name}, which replaces no other"
                raise scope.error(message, node.start)
            self._block(replaced, node.start, scope, output)

    def _block(self, block: Block, start: int, scope: _Scope, output: Output) -> None:
        if block in self.active:
            raise scope.error(f"block {block.name} is inside itself", start)
        self.active.append(block)
        if block.file is scope.file:
            inner = _Scope(block.file, scope.shift, scope.blocks, scope.escaping, block)
        else:
            title = f"block {block.name}"
            inner = self._scope(block.file, scope.blocks, title, scope.line(start), block)
        self._body(block.body, inner, output)
        self.active.pop()

    def _apply(self, node: Apply, scope: _Scope, output: Output) -> None:
        function = moved(node.function, scope.shift)
        # What was written before is evaluated before.
        output.flush()
        self.sinks += 1
        inner = Output(Sink(self.sinks), output.careful, function.lineno)
        self._body(node.body, scope, inner)
        content = inner.finish()
        output.add(inner.statements)
        value = call(load("_tt_filtered"), function, content)
        locate_at(value, function)
        output.value(value, RAW)

    def _statement(self, statement: ast.stmt, scope: _Scope, output: Output) -> ast.stmt:
        """The statement, with its suites written."""

        def suite(owner: ast.AST, field: str, body: list[ast.stmt]) -> list[ast.stmt] | None:
            if not (body and isinstance(body[0], Suite)):
                return None
            careful = output.careful or (isinstance(owner, ast.Try) and field == "body")
            inner = Output(output.sink, careful, statement.lineno + scope.shift)
            self._body(body[0].parts, scope, inner)
            return inner.end()

        return moved(statement, scope.shift, suite)
