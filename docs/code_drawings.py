"""A Sphinx extension: what the code says of its own way, drawn when the pages are made.

``request-path`` lists the places that its lines name, from first to last, each with the first
sentence of its docstring and, for an interface, its methods.  ``state-table`` draws the table
``TRANSITIONS`` of a module.  A name that is no longer there is an error.
"""

from __future__ import annotations

import enum
import html
import importlib
import inspect
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from docutils import nodes
from docutils.parsers.rst import Directive

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

INK, PAPER, LINE = "#431407", "#fff7ed", "#b45309"
BOX_WIDTH, BOX_HEIGHT, ROW, MIDDLE = 150, 30, 64, 230


class Step(NamedTuple):
    """How one state becomes another."""

    source: str
    target: str
    why: str


def found(name: str) -> object:
    """What a dotted name stands for.

    :raises ValueError: nothing.
    """
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            place: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        try:
            for part in parts[end:]:
                place = getattr(place, part)
        except AttributeError:
            break
        return place
    raise ValueError(f"there is no {name}")


def first_sentence(place: object, name: str) -> str:
    """What a docstring says first, as HTML."""
    text = inspect.getdoc(place) or ""
    paragraph = " ".join(text.partition("\n\n")[0].split())
    sentence = re.match(r".*?\.(?= |$)", paragraph)
    if sentence is None:
        raise ValueError(f"the docstring of {name} does not begin with a sentence")
    text = html.escape(sentence[0].replace("*", ""), quote=False)
    return re.sub(r"`+~?(.+?)`+", r"<code>\1</code>", text)


def own_methods(place: object) -> list[str]:
    """The methods of a class that is an interface: it has nothing else, and no base."""
    if not inspect.isclass(place) or place.__bases__ != (object,):
        return []
    names = [name for name, value in vars(place).items() if callable(value)]
    return [] if any(name.startswith("_") for name in names) else names


def box(name: str) -> str:
    """A place of the code, as HTML."""
    place = found(name)
    methods = "".join(f"<br><code>{method}</code>" for method in own_methods(place))
    shown = html.escape(name).replace(".", ".<wbr>")
    frame = f"border: 1px solid {LINE}; border-radius: 6px; background: {PAPER}; color: {INK}"
    return (
        f'<div style="{frame}; padding: .5rem .8rem"><b style="font-family: monospace">{shown}</b>'
        f"<br>{first_sentence(place, name)}{methods}</div>"
    )


class RequestPath(Directive):
    """``request-path``: a line for each place."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        arrow = f'<div style="text-align: center; color: {LINE}">↓</div>'
        try:
            boxes = [box(line.strip()) for line in self.content if line.strip()]
        except ValueError as error:
            raise self.error(str(error)) from error
        return [
            nodes.raw("", f'<div class="request-path">{arrow.join(boxes)}</div>', format="html")
        ]


def label(key: object) -> str:
    """The parts of a key of a table, by their names."""
    return key.name if isinstance(key, enum.Enum) else str(key)


def steps_of(table: Mapping[tuple[enum.Enum, enum.Enum], object]) -> list[Step]:
    """The steps of a table: (state, state) to why, or (state, what happens) to the next state."""
    steps = []
    for (state, other), value in table.items():
        if isinstance(value, enum.Enum):
            if value is not state:
                steps.append(Step(state.name, value.name, str(other.value)))
        else:
            steps.append(Step(state.name, other.name, str(value)))
    return steps


def arc(step: Step, number: int, rows: dict[str, int]) -> str:
    """One step: straight down to the next state, else round the states, backwards on the left."""
    start, end = rows[step.source], rows[step.target]
    y1, y2 = start * ROW + ROW / 2, end * ROW + ROW / 2
    side = 1 if end > start else -1
    edge = MIDDLE + side * BOX_WIDTH / 2
    if end == start + 1:
        x, y = MIDDLE, (y1 + y2) / 2
        path = f"M {x} {y1 + BOX_HEIGHT / 2} L {x} {y2 - BOX_HEIGHT / 2}"
    else:
        # An arc ends above the middle where it comes from above, and below it otherwise.
        y1, y2 = y1 + side * 6, y2 - side * (9 - 2 * (abs(end - start) % 3))
        reach = edge + side * (18 + 22 * (abs(end - start)))
        path = f"M {edge} {y1} C {reach} {y1}, {reach} {y2}, {edge} {y2}"
        x, y = edge + side * 0.75 * (abs(reach - edge)), (y1 + y2) / 2
    return (
        f'<path d="{path}" fill="none" stroke="{LINE}" stroke-opacity=".7" '
        f'marker-end="url(#arrow)"/><circle cx="{x}" cy="{y}" r="9" fill="{PAPER}" '
        f'stroke="{LINE}" stroke-opacity=".7"/><text x="{x}" y="{y + 4}" text-anchor="middle" '
        f'font-size="11" fill="{INK}">{number}</text>'
    )


def picture(states: list[str], steps: list[Step]) -> str:
    """States below one another, and the steps between them, as SVG."""
    rows = {name: row for row, name in enumerate(states)}
    parts = [arc(step, number, rows) for number, step in enumerate(steps, 1)]
    for name, row in rows.items():
        y = row * ROW + ROW / 2
        parts.append(
            f'<rect x="{MIDDLE - BOX_WIDTH / 2}" y="{y - BOX_HEIGHT / 2}" width="{BOX_WIDTH}" '
            f'height="{BOX_HEIGHT}" rx="6" fill="{PAPER}" stroke="{LINE}"/>'
            f'<text x="{MIDDLE}" y="{y + 5}" text-anchor="middle" font-size="13" fill="{INK}">'
            f"{html.escape(name)}</text>"
        )
    arrow = (
        '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M 0 0 L 10 5 L 0 10 z" fill="{LINE}"/>'
        "</marker></defs>"
    )
    return (
        f'<svg viewBox="0 0 {2 * MIDDLE} {len(states) * ROW}" role="img" aria-label="States" '
        f'style="width: 100%; max-width: 30rem; height: auto">{arrow}{"".join(parts)}</svg>'
    )


class StateTable(Directive):
    """``state-table MODULE``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        try:
            table = found(f"{self.arguments[0]}.TRANSITIONS")
        except ValueError as error:
            raise self.error(str(error)) from error
        assert isinstance(table, Mapping)
        states = type(next(iter(table))[0])
        steps = steps_of(table)
        meanings = nodes.definition_list()
        for state in states:
            term = nodes.term("", "", nodes.literal("", state.name))
            said = nodes.definition("", nodes.paragraph("", str(state.value)))
            meanings += nodes.definition_list_item("", term, said)
        listed = nodes.enumerated_list(enumtype="arabic", prefix="", suffix=".")
        for step in steps:
            text = nodes.paragraph("", "", nodes.literal("", step.source), nodes.Text(" → "))
            text += [nodes.literal("", step.target), nodes.Text(f": {step.why}")]
            listed += nodes.list_item("", text)
        drawn = picture([state.name for state in states], steps)
        return [nodes.raw("", drawn, format="html"), listed, meanings]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("request-path", RequestPath)
    app.add_directive("state-table", StateTable)
    return {"parallel_read_safe": True}
