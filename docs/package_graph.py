"""A Sphinx extension: the directive ``package-graph`` draws what needs what.

The picture is made of the metadata of the packages, so it is true by construction.  A package
stands one row above the highest that it needs; a line leads to each package that it needs itself
and does not get through another one.
"""

from __future__ import annotations

import html
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import Directive

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

ROOT = Path(__file__).parents[1]
BOX_WIDTH, BOX_HEIGHT, GAP, ROW = 92, 30, 14, 84

Graph = dict[str, set[str]]


def needed() -> Graph:
    """The packages that each package declares to need, the alias apart: it needs all."""
    graph: Graph = {}
    for path in sorted(ROOT.glob("packages/*/pyproject.toml")):
        if path.parent.name == "tornado":
            continue
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        lines = " ".join(project.get("dependencies", []))
        graph[path.parent.name] = set(re.findall(r"zonda-(\w+)", lines))
    return graph


def closure(graph: Graph, name: str) -> set[str]:
    """All that *name* needs, directly or not."""
    return graph[name].union(*(closure(graph, other) for other in graph[name]))


def rows(graph: Graph) -> list[list[str]]:
    """The packages from the bottom to the top."""

    def height(name: str) -> int:
        return 1 + max((height(other) for other in graph[name]), default=-1)

    found: list[list[str]] = []
    for name in graph:
        while len(found) <= height(name):
            found.append([])
        found[height(name)].append(name)
    return found


def picture(graph: Graph) -> str:
    """The graph as SVG."""
    levels = rows(graph)
    width = max(map(len, levels)) * (BOX_WIDTH + GAP) + GAP
    height = len(levels) * ROW
    at: dict[str, tuple[float, float]] = {}
    for level, names in enumerate(levels):
        left = (width - len(names) * (BOX_WIDTH + GAP) + GAP) / 2
        for number, name in enumerate(names):
            at[name] = left + number * (BOX_WIDTH + GAP), height - (level + 1) * ROW + 20
    parts = []
    for name, others in graph.items():
        through = set().union(*(closure(graph, other) for other in others))
        for other in sorted(others - through):
            (x1, y1), (x2, y2) = at[name], at[other]
            parts.append(
                f'<line x1="{x1 + BOX_WIDTH / 2}" y1="{y1 + BOX_HEIGHT}" '
                f'x2="{x2 + BOX_WIDTH / 2}" y2="{y2}" stroke="#b45309" stroke-opacity=".5"/>'
            )
    for name, (x, y) in at.items():
        parts.append(
            f'<a href="api/{name}.html"><rect x="{x}" y="{y}" rx="6" width="{BOX_WIDTH}" '
            f'height="{BOX_HEIGHT}" fill="#fff7ed" stroke="#b45309"/>'
            f'<text x="{x + BOX_WIDTH / 2}" y="{y + 20}" text-anchor="middle" '
            f'font-size="13" fill="#431407">{html.escape(name)}</text></a>'
        )
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="What needs what" '
        f'style="max-width: 100%; height: auto">{"".join(parts)}</svg>'
    )


class PackageGraph(Directive):
    """``package-graph``."""

    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", picture(needed()), format="html")]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("package-graph", PackageGraph)
    return {"parallel_read_safe": True}
