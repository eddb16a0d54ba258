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
Line = tuple[str, str]
#: Where each package is: its slot in its row, and its row from the bottom.
Places = dict[str, tuple[float, int]]


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


def lines(graph: Graph) -> list[Line]:
    """From each package to what it needs itself and does not get through another one."""
    found = []
    for name, others in graph.items():
        through = set().union(*(closure(graph, other) for other in others))
        found += [(name, other) for other in sorted(others - through)]
    return found


def disorder(places: Places, drawn: list[Line]) -> float:
    """How badly a picture reads: lines through boxes, lines that cross, long lines."""
    bad = 0.0
    ends = [(*places[upper], *places[lower]) for upper, lower in drawn]
    for x1, y1, x2, y2 in ends:
        bad += 0.1 * abs(x1 - x2)
        for x, y in places.values():
            if y2 < y < y1:
                bad += 5 * (abs(x1 + (x2 - x1) * (y1 - y) / (y1 - y2) - x) < 0.6)
    for at, (x1, y1, x2, y2) in enumerate(ends):
        for x3, y3, x4, y4 in ends[at + 1 :]:
            top, bottom = min(y1, y3), max(y2, y4)
            if top <= bottom:
                continue
            sides = []
            for y in (top, bottom):
                one = x1 + (x2 - x1) * (y1 - y) / (y1 - y2)
                other = x3 + (x4 - x3) * (y3 - y) / (y3 - y4)
                sides.append(one - other)
            bad += sides[0] * sides[1] < -1e-9
    return bad


def arranged(graph: Graph) -> Places:
    """Places found by moving one package at a time, or two for each other, while that helps."""
    levels = rows(graph)
    width = max(map(len, levels))
    slots = [number / 2 for number in range(2 * width - 1)]
    places: Places = {}
    for level, names in enumerate(levels):
        for number, name in enumerate(names):
            places[name] = number + (width - len(names)) // 2, level
    drawn = lines(graph)
    least = disorder(places, drawn)
    moved = True
    while moved:
        moved = False
        for name, slot in [(name, slot) for name in graph for slot in slots]:
            x, level = places[name]
            near = [one for one in levels[level] if one != name and abs(places[one][0] - slot) < 1]
            if len(near) > 1 or any(places[one][0] != slot for one in near):
                continue
            tried = {**places, name: (slot, level), **{one: (x, level) for one in near}}
            if (found := disorder(tried, drawn)) < least - 1e-9:
                places, least, moved = tried, found, True
    return places


def picture(graph: Graph) -> str:
    """The graph as SVG."""
    places = arranged(graph)
    width = (max(x for x, _ in places.values()) + 1) * (BOX_WIDTH + GAP) + GAP
    top = max(level for _, level in places.values())
    height = (top + 1) * ROW
    at = {
        name: (GAP + x * (BOX_WIDTH + GAP), (top - level) * ROW + 20)
        for name, (x, level) in places.items()
    }
    parts = []
    for name, other in lines(graph):
        (x1, y1), (x2, y2) = at[name], at[other]
        parts.append(
            f'<line x1="{x1 + BOX_WIDTH / 2}" y1="{y1 + BOX_HEIGHT}" '
            f'x2="{x2 + BOX_WIDTH / 2}" y2="{y2}" stroke="#b45309" stroke-opacity=".6"/>'
        )
    for name, (x, y) in at.items():
        parts.append(
            f'<a href="api/{name}.html"><rect x="{x}" y="{y}" rx="6" width="{BOX_WIDTH}" '
            f'height="{BOX_HEIGHT}" fill="#fff7ed" stroke="#b45309"/>'
            f'<text x="{x + BOX_WIDTH / 2}" y="{y + 20}" text-anchor="middle" '
            f'font-size="13" fill="#431407">{html.escape(name)}</text></a>'
        )
    # On a phone it is moved sideways rather than made too small to read.
    return (
        '<div style="overflow-x: auto">'
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="What needs what" '
        f'style="width: 100%; min-width: 34rem; height: auto">{"".join(parts)}</svg></div>'
    )


class PackageGraph(Directive):
    """``package-graph``."""

    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", picture(needed()), format="html")]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("package-graph", PackageGraph)
    return {"parallel_read_safe": True}
