"""Bar charts as SVG, in a few lines: readable on light and on dark pages, without a script.

Text has one grey that stands out from white and from black alike, since an image in a page does
not know which of both the reader has chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from benchmarks.recording import shown

WIDTH = 720
LABELS = 190
VALUES = 90
BAR = 14
LINE = 20
HEAD = 26
GREY, OURS, OTHERS = "#7d8590", "#2f8f6b", "#9aa7b5"

Bar = tuple[str, float]


def bars(title: str, groups: Sequence[tuple[str, Sequence[Bar]]]) -> str:
    """A chart with a group of horizontal bars for each case.

    :param title: what is counted, and whether much or little of it is good.
    :param groups: the name of a case, and the bars: programs and figures, in their order.  Those
        whose name begins with ``zonda`` are in a colour of their own.
    """
    parts: list[str] = []
    y = HEAD
    for case, found in groups:
        parts.append(_text(0, y + BAR, case, "bold"))
        y += LINE
        parts.extend(_group(found, y))
        y += LINE * len(found) + LINE // 2
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
        f'height="{y}" role="img" aria-label="{escape(title)}" '
        'font-family="system-ui, sans-serif" font-size="13">'
    )
    return "\n".join([head, _text(0, BAR, title), *parts, "</svg>"]) + "\n"


def _group(found: Iterable[Bar], y: int) -> Iterable[str]:
    found = list(found)
    most = max((value for _, value in found), default=0) or 1
    for name, value in found:
        length = max(1.0, (WIDTH - LABELS - VALUES) * value / most)
        colour = OURS if name.startswith("zonda") else OTHERS
        yield _text(LABELS - 8, y + BAR - 2, name, anchor="end")
        yield f'<rect x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>'
        yield _text(LABELS + length + 6, y + BAR - 2, shown(value))
        y += LINE


def _text(x: float, y: float, text: str, weight: str = "", anchor: str = "") -> str:
    more = f' font-weight="{weight}"' if weight else ""
    more += f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:.1f}" y="{y}" fill="{GREY}"{more}>{escape(text)}</text>'
