"""The pages as one writes them for speed without an engine: f-strings."""

from __future__ import annotations

from collections.abc import Callable

from .pages import PARTIALS, STATIC, Values

Render = Callable[[], str | bytes]
Escape = Callable[[object], str] | None


def hand_table(values: Values, escape: Escape) -> Render:
    e = escape

    def page(title: str, rows: list[Values]) -> bytes:
        if e is None:
            made = [
                f"<tr><td>{row['number']}</td><td>{row['name']}</td><td>{row['mail']}</td>"
                f"<td>{row['city']}</td><td>{row['amount']}</td><td>{row['date']}</td></tr>"
                for row in rows
            ]
            return f"<h1>{title}</h1><table>{''.join(made)}</table>".encode()
        made = [
            f"<tr><td>{e(row['number'])}</td><td>{e(row['name'])}</td><td>{e(row['mail'])}</td>"
            f"<td>{e(row['city'])}</td><td>{e(row['amount'])}</td><td>{e(row['date'])}</td></tr>"
            for row in rows
        ]
        return f"<h1>{e(title)}</h1><table>{''.join(made)}</table>".encode()

    return lambda: page(**values)


def hand_includes(values: Values, escape: Escape) -> Render:
    e = escape or str

    def part(number: int, user: str) -> str:
        return f"<li>{number} {e(user)}</li>"

    def page(title: str, user: str, items: object) -> bytes:
        parts = "".join([part(number, user) for number in range(PARTIALS)])
        return f"<h1>{e(title)}</h1><ul>{parts}</ul>".encode()

    return lambda: page(**values)


def hand_inheritance(values: Values, escape: Escape) -> Render:
    e = escape or str

    def page(title: str, user: str, items: object) -> bytes:
        return (
            f"<h1>{e(title)}</h1>"
            f"<p>1 {e(user)} {e(title)}</p><p>2 {e(user)} {e(title)}</p>"
            f"<p>3 {e(user)} {e(title)}</p><p>4 {e(user)} {e(title)}</p>"
            f"<p>5 {e(user)} {e(title)}</p><p>6 {e(user)} {e(title)}</p>"
            f"<p>7 {e(user)} {e(title)}</p><p>8 {e(user)} {e(title)}</p>"
        ).encode()

    return lambda: page(**values)


def hand_text(values: Values, escape: Escape) -> Render:
    e = escape or str

    def page(title: str, texts: list[str]) -> bytes:
        made = "".join([f"<p>{e(text)}</p>" for text in texts])
        return f"<h1>{e(title)}</h1>{STATIC}{made}{STATIC}".encode()

    return lambda: page(**values)


HAND_WRITTEN: dict[str, Callable[[Values, Escape], Render]] = {
    "table": hand_table,
    "special": hand_table,
    "includes": hand_includes,
    "inheritance": hand_inheritance,
    "text": hand_text,
}
