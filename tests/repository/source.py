"""What the repository says about itself: packages, their metadata, modules and imports."""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml"))


def pyproject(directory: Path) -> dict[str, Any]:
    with (directory / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


META = pyproject(ROOT)
PROJECTS: dict[str, dict[str, Any]] = {
    name: pyproject(ROOT / "packages" / name)["project"] for name in PACKAGES
}


def requirements(project: dict[str, Any], *, extras: bool = True) -> dict[str, str]:
    """Maps the names of the distributions that a project asks for to the rest of the line."""
    lines = list(project.get("dependencies", []))
    if extras:
        for extra in project.get("optional-dependencies", {}).values():
            lines += extra
    found = {}
    for line in lines:
        match = re.fullmatch(r"([\w.-]+)(?:\[[\w,-]+\])?(.*)", line)
        assert match, line
        found[match[1].lower()] = match[2]
    return found


def siblings(package: str, *, extras: bool = True) -> set[str]:
    """The packages of Zonda that *package* declares to need."""
    names = requirements(PROJECTS[package], extras=extras)
    return {name.removeprefix("zonda-") for name in names if name.startswith("zonda-")}


class Module(NamedTuple):
    """A Python file of a package and what it is imported as."""

    name: str
    path: Path

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


def modules(package: str) -> list[Module]:
    """Every module of a distribution, ``zonda.<package>`` first."""
    source = ROOT / "packages" / package / "src"
    found = []
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        found.append(Module(".".join(parts).removesuffix(".__init__"), path))
    return found


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), path)


def statements(path: Path, *, typing: bool) -> Iterator[ast.AST]:
    """Every node of a file; without *typing*, not those that only a type checker sees."""
    queue: list[ast.AST] = [tree(path)]
    while queue:
        node = queue.pop()
        yield node
        if not typing and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            queue += node.orelse
        else:
            queue += ast.iter_child_nodes(node)


def imports(module: Module, *, typing: bool = True) -> Iterator[str]:
    """The absolute name of everything that a module imports, also inside of functions.

    ``from x import y`` gives ``x.y``: whether y is a module or a name in one is for the reader.
    """
    for node in statements(module.path, typing=typing):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = node.level - module.is_package
            base = module.name.split(".")[: -above or None] if node.level else []
            prefix = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            yield from (f"{prefix}.{alias.name}" for alias in node.names)
