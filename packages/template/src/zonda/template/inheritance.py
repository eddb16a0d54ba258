"""Which templates a template extends, and which blocks it has then."""

from __future__ import annotations

from collections.abc import Callable

from .nodes import Block, File, Include

Load = Callable[[str, File, int], File]

# Templates that extend one another.
MAX_ANCESTORS = 100


def ancestors(file: File, load: Load) -> list[File]:
    """The template, the one that it extends, and so on.

    :raises ParseError: for a template that extends itself, in the end.
    """
    chain = [file]
    while (extends := chain[-1].extends) is not None:
        source = chain[-1].source
        parent = load(extends.name, chain[-1], extends.start)
        if parent in chain:
            names = [member.source.name for member in chain[chain.index(parent) :]]
            circle = " -> ".join([*names, parent.source.name])
            raise source.error(f"{parent.source.name} extends itself: {circle}", extends.start)
        if len(chain) > MAX_ANCESTORS:
            message = f"More than {MAX_ANCESTORS} templates extend one another"
            raise source.error(message, extends.start)
        chain.append(parent)
    return chain


class Blocks:
    """The definitions of each block, the replaced ones first.

    Of two blocks with the same name in one template, or in those that it includes, the later one
    counts, at both places.
    """

    __slots__ = ("_definitions",)

    def __init__(self, chain: list[File], load: Load) -> None:
        self._definitions: dict[str, list[Block]] = {}
        for file in reversed(chain):
            for name, block in _blocks_of(file, load).items():
                self._definitions.setdefault(name, []).append(block)

    def last(self, block: Block) -> Block:
        """The definition that counts at the place of *block*."""
        return self._definitions[block.name][-1]

    def replaced(self, block: Block) -> Block | None:
        """The definition that *block* replaces."""
        definitions = self._definitions[block.name]
        at = definitions.index(block)
        return definitions[at - 1] if at else None


def _blocks_of(file: File, load: Load) -> dict[str, Block]:
    """The blocks of a template and of all that it includes, in order."""
    blocks: dict[str, Block] = {}
    # A template that is included twice defines its blocks once.
    seen = {file}
    work: list[tuple[File, Block | Include]] = [(file, part) for part in reversed(file.parts)]
    while work:
        owner, part = work.pop()
        if isinstance(part, Block):
            blocks[part.name] = part
            continue
        included = load(part.name, owner, part.start)
        # One that extends another is complete in itself.
        if included not in seen and included.extends is None:
            seen.add(included)
            work += [(included, inner) for inner in reversed(included.parts)]
    return blocks
