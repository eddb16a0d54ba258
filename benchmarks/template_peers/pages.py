"""The pages: their values, and the files in each language; the page itself is ``page.html``."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

Values = dict[str, Any]
Files = dict[str, str]

LEVELS = 8
PARTIALS = 40
COLUMNS = ("number", "name", "mail", "city", "amount", "date")


def table_values(special: bool = False) -> Values:
    """Fifty rows of six cells, two of them numbers."""
    choose = random.Random(1)
    names = ["Ann Smith", "Bob Jones", "Zoë Müller", "Nguyễn An", "Eve Adams"]
    cities = ["London", "San Francisco", "Köln", "Kyōto", "Rio de Janeiro"]
    if special:
        names, cities = ["Tom & Jerry", "O'Brien", "<b>Eve</b>"], ['The "City"', "A & B", "It's"]
    rows = [
        (
            number,
            choose.choice(names),
            f"user{number}@example.com",
            choose.choice(cities),
            choose.randrange(10**6),
            f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}",
        )
        for number in range(50)
    ]
    return {"title": "All users", "rows": [dict(zip(COLUMNS, row, strict=True)) for row in rows]}


def text_values() -> Values:
    """Twenty paragraphs, one of them with characters to escape."""
    words = ["lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "elit"]
    choose = random.Random(2)
    paragraphs = [" ".join(choose.choices(words, k=400)) for _ in range(20)]
    paragraphs[7] = paragraphs[7].replace("dolor", "<dolor> &")
    return {"title": "A long text", "texts": paragraphs}


def list_values() -> Values:
    """The values of the small parts."""
    return {"title": "Parts", "user": "Ann", "items": [f"item {i}" for i in range(PARTIALS)]}


STATIC = "<p>Nothing in this paragraph is ever different, it is only here to be long.</p>\n" * 100


class Tags:
    """How a language writes what the pages need."""

    def __init__(self, **tags: str) -> None:
        self.value = tags["value"]
        self.loop = tags["loop"]
        self.end_loop = tags["end_loop"]
        self.include = tags["include"]
        self.extends = tags["extends"]
        self.block = tags["block"]
        self.end_block = tags["end_block"]


TORNADO = Tags(
    value="{{ %s }}",
    loop="{%% for %s in %s %%}",
    end_loop="{% end %}",
    include='{%% include "%s" %%}',
    extends='{%% extends "%s" %%}',
    block="{%% block %s %%}",
    end_block="{% end %}",
)
JINJA = Tags(
    value="{{ %s }}",
    loop="{%% for %s in %s %%}",
    end_loop="{% endfor %}",
    include='{%% include "%s" %%}',
    extends='{%% extends "%s" %%}',
    block="{%% block %s %%}",
    end_block="{% endblock %}",
)
MAKO = Tags(
    value="${%s}",
    loop="\n%% for %s in %s:\n",
    end_loop="\n% endfor\n",
    include='<%%include file="%s"/>',
    extends='<%%inherit file="%s"/>',
    block='<%%block name="%s">',
    end_block="</%block>",
)


def files(tags: Tags, case: str) -> Files:
    """The files of a case in a language."""
    value, loop = tags.value, tags.loop
    title = f"<h1>{value % 'title'}</h1>"
    if case in ("table", "special"):
        cells = "".join(f"<td>{value % cell(name)}</td>" for name in COLUMNS)
        rows = f"{loop % ('row', 'rows')}<tr>{cells}</tr>{tags.end_loop}"
        return {"page.html": f"{title}<table>{rows}</table>"}
    if case == "text":
        part = f"{STATIC}{loop % ('text', 'texts')}<p>{value % 'text'}</p>{tags.end_loop}{STATIC}"
        return {"page.html": title + part}
    if case == "includes":
        parts = {f"part{i}.html": f"<li>{i} {value % 'user'}</li>" for i in range(PARTIALS)}
        page = "".join(tags.include % name for name in parts)
        return {**parts, "page.html": f"{title}<ul>{page}</ul>"}
    pages = {"level0.html": title}
    for block in range(LEVELS):
        pages["level0.html"] += f"<p>{tags.block % f'b{block}'}base{tags.end_block}</p>"
    for level in range(1, LEVELS + 1):
        name = "page.html" if level == LEVELS else f"level{level}.html"
        extends = tags.extends % f"level{level - 1}.html"
        content = f"{level} {value % 'user'} {value % 'title'}"
        pages[name] = f"{extends}{tags.block % f'b{level - 1}'}{content}{tags.end_block}"
    return pages


def cell(name: str) -> str:
    return f'row["{name}"]'


CASES: dict[str, tuple[str, Callable[[], Values]]] = {
    "table": ("table of 50 rows of 6 cells", table_values),
    "special": ("the same, to be escaped", lambda: table_values(special=True)),
    "includes": (f"{PARTIALS} small includes", list_values),
    "inheritance": (f"{LEVELS} levels of inheritance", list_values),
    "text": ("long text", text_values),
}


def chameleon_files(case: str) -> Files:
    """The files of a case in a language whose tags are attributes."""
    title = "<h1>${title}</h1>"
    if case in ("table", "special"):
        cells = "".join(f"<td>${{{cell(name)}}}</td>" for name in COLUMNS)
        table = f'<table><tr tal:repeat="row rows">{cells}</tr></table>'
        return {"page.html": f"<tal:x>{title}{table}</tal:x>"}
    if case == "text":
        texts = '<p tal:repeat="text texts">${text}</p>'
        return {"page.html": f"<tal:x>{title}{STATIC}{texts}{STATIC}</tal:x>"}
    if case == "includes":
        parts = {f"part{i}.html": f"<li>{i} ${{user}}</li>" for i in range(PARTIALS)}
        page = "".join(f'<metal:x use-macro="load: {name}"/>' for name in parts)
        return {**parts, "page.html": f"<tal:x>{title}<ul>{page}</ul></tal:x>"}
    raise LookupError("its macros are not inheritance")
