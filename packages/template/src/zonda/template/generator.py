"""From the parts of a template to one Python function.

Includes and blocks are written where they stand, so that a page made of many files is one piece of
code, and every name means the same in all of it.
"""

from __future__ import annotations

from .errors import ParseError
from .fragments import Fragment
from .inheritance import Blocks, Load, ancestors
from .listing import Listing, Origin, Part, Piece
from .nodes import (
    Apply,
    Block,
    Compound,
    File,
    Include,
    Jump,
    Node,
    Statement,
    Super,
    Text,
    Value,
)
from .output import Escaping, Mode, Output, Sink
from .source import Source

# The parts of a template, with all that it includes each time it is included.  Templates that
# include one another can double it at each step; nobody's page has so many.
MAX_PARTS = 200_000
# The depth of tags with a body, blocks and includes inside one another, over all files.
MAX_DEPTH = 90

# The two names of the usual function for escaping.
STANDARD_ESCAPING = ("xhtml_escape", "escape")

# Functions that look at the variables themselves: their template's names stay in a dict.
_DYNAMIC = frozenset(("eval", "exec", "globals"))


class Uses:
    """The names of a whole template: see :class:`Names`."""

    __slots__ = ("asynchronous", "bound", "native", "read")

    def __init__(self) -> None:
        self.native: set[str] = set()
        self.read: dict[str, tuple[Source, int]] = {}
        self.bound: set[str] = set()
        self.asynchronous = False

    def add(self, code: Fragment, source: Source) -> None:
        for name, line in code.names.read.items():
            if name not in self.read:
                self.read[name] = source, code.line + line
        self.bound |= code.names.bound.keys()
        self.asynchronous = self.asynchronous or code.names.asynchronous


class Function:
    """The code of a template.

    :ivar uses: the names that it needs, each with the first place that reads it.
    :ivar optional: those of them that it also binds itself, so that they need not be given.
    :ivar native: the names of functions for escaping that the code does not call, because they are
        those of this package.
    :ivar dynamic: whether it uses functions like ``globals``.
    :ivar asynchronous: whether it awaits something.
    :ivar root: the outermost template.
    """

    __slots__ = ("_pieces", "asynchronous", "dynamic", "native", "optional", "root", "uses")

    def __init__(self, pieces: list[Piece], uses: Uses, root: Part) -> None:
        self._pieces = pieces
        self.root = root
        self.native = sorted(uses.native)
        self.uses = uses.read
        self.optional = sorted(uses.read.keys() & uses.bound)
        self.dynamic = not _DYNAMIC.isdisjoint(uses.read)
        self.asynchronous = uses.asynchronous

    def listing(self, parameters: list[str]) -> Listing:
        """The function with these parameters; other names are global."""
        origin = Origin(self.root, 1)
        start = "async def" if self.asynchronous else "def"
        pieces: list[Piece] = [(0, f"{start} template({', '.join(parameters)}):", origin)]
        for name in self.optional:
            # A parameter that was not given is a variable that is not set yet.
            pieces.append((1, f"if {name} is _tt_unset: del {name}", origin))
        return Listing([*pieces, *self._pieces])


class _Scope:
    """What the parts of one file, or of one block of it, have in common.

    :ivar blocks: the blocks of the template that the file is a part of.
    :ivar block: the block that the parts are in.
    """

    __slots__ = ("block", "blocks", "escaping", "file", "part")

    def __init__(
        self, file: File, blocks: Blocks, part: Part, escaping: Escaping, block: Block | None
    ) -> None:
        self.file = file
        self.blocks = blocks
        self.part = part
        self.escaping = escaping
        self.block = block

    def line(self, start: int) -> int:
        return self.file.source.position(start)[0]

    def error(self, message: str, start: int) -> ParseError:
        return self.file.source.error(message, start)


def generate(file: File, load: Load, native: bool) -> Function:
    """Generate the code of a template.

    :param load: loads a template that another one names.
    :param native: whether ``xhtml_escape`` and ``escape`` are the function of this package.
    :raises ParseError: for what is wrong with all the parts together.
    """
    return _Generator(load, native).generate(file)


class _Generator:
    def __init__(self, load: Load, native: bool) -> None:
        self.load = load
        self.native = native
        self.parts = 0
        self.sinks = 0
        self.uses = Uses()
        self.depth = 0
        # The files and the blocks that are being written, outermost first.
        self.active: list[File | Block] = []

    def generate(self, file: File) -> Function:
        chain = ancestors(file, self.load)
        root = Part(chain[-1].source, "template", None, 0)
        origin = Origin(root, 1)
        output = Output(Sink(), [], 1, careful=False, origin=origin)
        self._template(chain, root, output)
        returned = output.finish()
        output.code(f"return {returned}", origin)
        return Function(output.pieces, self.uses, root)

    def _template(self, chain: list[File], part: Part, output: Output) -> None:
        """Write a whole template: the outermost one that it extends, with all its blocks."""
        file = chain[-1]
        scope = self._scope(file, Blocks(chain, self.load), part)
        self.active += chain
        self._body(file.body, scope, output)
        del self.active[-len(chain) :]

    def _scope(self, file: File, blocks: Blocks, part: Part, block: Block | None = None) -> _Scope:
        function = file.autoescape
        escaping: Escaping
        if function is None:
            escaping = Mode.RAW
        elif self.native and function.code.strip() in STANDARD_ESCAPING:
            escaping = Mode.ESCAPED
            self.uses.native.add(function.code.strip())
        else:
            escaping = function
            self.uses.add(function, file.source)
        return _Scope(file, blocks, part, escaping, block)

    def _body(self, body: list[Node], scope: _Scope, output: Output) -> None:
        self.parts += len(body)
        for node in body:
            if isinstance(node, Text):
                output.text(node.text)
            elif isinstance(node, Value):
                column = output.indent + len(f"_tt_0 = ({node.owner}")
                origin = self._origin(node.expression, scope, column)
                code = f"({node.owner}{node.expression.code})"
                output.value(code, Mode.RAW if node.raw else scope.escaping, origin)
            elif isinstance(node, Statement):
                output.flush()
                origin = self._origin(node.code, scope, output.indent + len(node.keyword))
                output.code(node.keyword + node.code.code, origin)
            elif isinstance(node, Jump):
                output.flush()
                output.code(node.keyword, Origin(scope.part, node.line))
            elif isinstance(node, Compound):
                self._compound(node, scope, output)
            elif isinstance(node, Apply):
                self._apply(node, scope, output)
            else:
                self._elsewhere(node, scope, output)

    def _origin(self, code: Fragment, scope: _Scope, column: int) -> Origin:
        """The origin of code that begins at that column of a line."""
        self.uses.add(code, scope.file.source)
        return Origin(scope.part, code.line, column, code.column - column)

    def _compound(self, node: Compound, scope: _Scope, output: Output) -> None:
        output.flush()
        for clause in node.clauses:
            if clause.code is None:
                origin = Origin(scope.part, clause.line)
                output.code(clause.before, origin)
            else:
                origin = self._origin(clause.code, scope, output.indent + len(clause.before))
                output.code(clause.before + clause.code.code + clause.after, origin)
            careful = output.careful or clause.before == "try:"
            indent = output.indent + 1
            if indent > MAX_DEPTH:
                message = f"More than {MAX_DEPTH} levels of blocks, over all files"
                raise scope.file.source.error_at(message, clause.line, 0)
            inner = Output(output.sink, output.pieces, indent, careful, origin)
            self._body(clause.body, scope, inner)
            inner.end()

    def _apply(self, node: Apply, scope: _Scope, output: Output) -> None:
        # What was written before is evaluated before.
        output.flush()
        self.sinks += 1
        function = f"_tt_function{self.sinks}"
        before = f"{function} = ("
        origin = self._origin(node.function, scope, output.indent + len(before))
        output.code(f"{before}{node.function.code})", origin)
        inner = Output(Sink(self.sinks), [], output.indent, output.careful, origin)
        self._body(node.body, scope, inner)
        content = inner.finish()
        output.pieces += inner.pieces
        output.value(
            f"_tt_filtered({function}, {content})", Mode.TEXT, Origin(scope.part, origin.line)
        )

    def _elsewhere(self, node: Block | Include | Super, scope: _Scope, output: Output) -> None:
        """Write a part that stands somewhere else."""
        if self.parts > MAX_PARTS:
            raise scope.error(f"More than {MAX_PARTS} parts, with all that is included", node.start)
        if self.depth >= MAX_DEPTH:
            raise scope.error(f"More than {MAX_DEPTH} levels of blocks and includes", node.start)
        self.depth += 1
        if isinstance(node, Include):
            self._include(node, scope, output)
        else:
            self._block(node, scope, output)
        self.depth -= 1

    def _block(self, node: Block | Super, scope: _Scope, output: Output) -> None:
        if isinstance(node, Block):
            block: Block | None = scope.blocks.last(node)
        else:
            assert scope.block is not None  # for the parser knows where super() may stand
            block = scope.blocks.replaced(scope.block)
        if block is None:
            raise scope.error("super() in a block that replaces no other", node.start)
        if block in self.active:
            raise scope.error(f"block {block.name} is inside itself", node.start)
        if block.file is scope.file:
            part = scope.part
        else:
            line = scope.line(node.start)
            part = Part(block.file.source, f"block {block.name}", scope.part, line)
        self.active.append(block)
        self._body(block.body, self._scope(block.file, scope.blocks, part, block), output)
        self.active.pop()

    def _include(self, node: Include, scope: _Scope, output: Output) -> None:
        included = self.load(node.name, scope.file, node.start)
        if included in self.active or included is scope.file:
            hint = "For recursion use a UI module, or a function that renders a template."
            message = f"{included.source.name} includes itself"
            raise scope.file.source.error(message, node.start, hint)
        chain = ancestors(included, self.load)
        part = Part(chain[-1].source, "template", scope.part, scope.line(node.start))
        if len(chain) > 1:
            self._template(chain, part, output)
        else:
            self.active.append(included)
            self._body(included.body, self._scope(included, scope.blocks, part), output)
            self.active.pop()
