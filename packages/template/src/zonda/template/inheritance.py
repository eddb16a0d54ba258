"""Which blocks a template has, after all that it extends and includes."""

from __future__ import annotations

from collections.abc import Callable

from .nodes import Block, File, Include

Load = Callable[[str, File, int], File]


def ancestors(file: File, load: Load) -> list[File]:
    """The template, the one that it extends, and so on."""
    chain = [file]
    while (extends := chain[-1].extends) is not None:
        chain.append(load(extends.name, chain[-1], extends.start))
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
        definitions = self._definitions.get(block.name)
        return definitions[-1] if definitions else block

    def replaced(self, block: Block) -> Block | None:
        """The definition that *block* replaces."""
        definitions = self._definitions.get(block.name, [])
        at = definitions.index(block) if block in definitions else 0
        return definitions[at - 1] if at else None


def _blocks_of(file: File, load: Load) -> dict[str, Block]:
    """The blocks of a template and of all that it includes, in order."""
    blocks: dict[str, Block] = {}
    # A template that is included twice defines its blocks once.
    seen = {id(file)}
    work: list[tuple[File, Block | Include]] = [(file, part) for part in reversed(file.parts)]
    while work:
        owner, part = work.pop()
        if isinstance(part, Block):
            blocks[part.name] = part
        else:
            included = load(part.name, owner, part.start)
            # One that extends another is complete in itself.
            if id(included) not in seen and included.extends is None:
                seen.add(id(included))
                work += [(included, inner) for inner in reversed(included.parts)]
    return blocks
