"""Zonda's templates and their peers, each making the same pages, in one run.

``python benchmarks/template.py --rounds 20 --only table includes``

Every engine gets the same values and makes the same text (which is checked), with everything
escaped.  The rounds are interleaved, so that a slow moment of the machine hits everyone; a figure
is the best of the rounds, in microseconds of processor time for a page, with its ratio to Zonda.
Peers that are not installed are left out; ``--tornado PYTHON`` names an interpreter with the real
Tornado, which is otherwise run by ``uv``.

"by hand" is what one writes for speed without an engine: f-strings, with Zonda's function for
escaping; "no escaping" is the same without that, as a lower limit that no engine may reach.
"""

from __future__ import annotations

import argparse
import html
import importlib
import json
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Values = dict[str, Any]
Files = dict[str, str]
Render = Callable[[], str | bytes]
Engine = Callable[[str, Values], Render]

ROUND_SECONDS = 0.02
LEVELS = 8
PARTIALS = 40
COLUMNS = ("number", "name", "mail", "city", "amount", "date")


# The pages: the values, and the files in each language.  The page itself is page.html.


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


# The engines.


def zonda(case: str, values: Values) -> Render:
    from zonda.template import DictLoader

    template = DictLoader(files(TORNADO, case)).load("page.html")
    return lambda: template.generate(**values)


def tornado(case: str, values: Values) -> Render:
    template = importlib.import_module("tornado.template").DictLoader(files(TORNADO, case))
    page = template.load("page.html")
    return lambda: page.generate(**values)


def jinja2(case: str, values: Values) -> Render:
    import jinja2 as engine

    environment = engine.Environment(
        loader=engine.DictLoader(files(JINJA, case)), autoescape=True, auto_reload=False
    )
    template = environment.get_template("page.html")
    return lambda: template.render(**values)


def minijinja(case: str, values: Values) -> Render:
    engine = importlib.import_module("minijinja")
    environment = engine.Environment(templates=files(JINJA, case))
    return lambda: environment.render_template("page.html", **values)


def mako(case: str, values: Values) -> Render:
    engine = importlib.import_module("mako.lookup")
    lookup = engine.TemplateLookup(default_filters=["h"], filesystem_checks=False)
    for name, text in files(MAKO, case).items():
        lookup.put_string(name, text)
    template = lookup.get_template("page.html")
    return lambda: template.render(**values)


def chameleon(case: str, values: Values) -> Render:
    engine = importlib.import_module("chameleon")
    directory = Path(tempfile.mkdtemp(prefix="benchmark-"))
    try:
        for name, text in chameleon_files(case).items():
            (directory / name).write_text(text)
        template = engine.PageTemplateLoader(str(directory))["page.html"]
        template(**values)  # reads what it refers to
    finally:
        shutil.rmtree(directory)
    return lambda: template(**values)


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


def by_hand(case: str, values: Values) -> Render:
    from zonda.escape import xhtml_escape

    def escape(value: object) -> str:
        return xhtml_escape(value if type(value) is str else str(value))

    return HAND_WRITTEN[case](values, escape)


def no_escaping(case: str, values: Values) -> Render:
    return HAND_WRITTEN[case](values, None)


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

ENGINES: dict[str, Engine] = {
    "zonda": zonda,
    "by hand": by_hand,
    "no escaping": no_escaping,
    "minijinja": minijinja,
    "jinja2": jinja2,
    "mako": mako,
    "chameleon": chameleon,
    "tornado": tornado,
}


# Measuring.


class Timer:
    """Renders a page for a while, and says how long one takes."""

    def __init__(self, render: Render) -> None:
        self.render = render
        start = time.process_time()
        render()
        once = time.process_time() - start
        self.number = max(1, min(100_000, int(ROUND_SECONDS / max(once, 1e-7) / 2)))

    def microseconds(self) -> float:
        render, numbers = self.render, range(self.number)
        start = time.process_time()
        for _ in numbers:
            render()
        return (time.process_time() - start) / self.number * 1e6


class Remote:
    """An engine in an interpreter of its own, which answers questions line by line."""

    def __init__(self, process: subprocess.Popen[str], case: str) -> None:
        self.process = process
        self.case = case

    def ask(self, question: str) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{question} {self.case}\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if isinstance(answer, dict):
            raise LookupError(answer["error"])
        return answer

    def page(self) -> str:
        return str(self.ask("page"))

    def microseconds(self) -> float:
        return float(self.ask("time"))


def answer(engine: str) -> None:
    """The other side of :class:`Remote`."""
    timers: dict[str, Timer] = {}
    for line in sys.stdin:
        question, case = line.split()
        try:
            if case not in timers:
                timers[case] = Timer(ENGINES[engine](case, CASES[case][1]()))
            timer = timers[case]
            reply: object = text(timer.render()) if question == "page" else timer.microseconds()
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


@contextmanager
def tornado_process(python: str | None) -> Iterator[subprocess.Popen[str] | None]:
    """The real Tornado, in an interpreter that has it: the name may be taken in this one."""
    command = [python] if python else []
    if not command and shutil.which("uv"):
        command = ["uv", "run", "--quiet", "--no-project", "--isolated", "--with", "tornado"]
        command += ["--python", sys.executable, "python"]
    if not command:
        yield None
        return
    command += [__file__, "--answer", "tornado"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    try:
        yield process
    finally:
        process.communicate()


def text(output: str | bytes) -> str:
    return output if isinstance(output, str) else output.decode()


def normal(page: str) -> str:
    """The page without what engines may write differently."""
    return re.sub(r"\s+", "", html.unescape(page))


def measure(case: str, rounds: int, only: list[str], other: subprocess.Popen[str] | None) -> None:
    """Measure a case, and print its table."""
    title, make = CASES[case]
    values = make()
    expected = normal(text(zonda(case, values)()))
    timers: dict[str, Timer | Remote] = {}
    for name, engine in ENGINES.items():
        if only and name not in only and name != "zonda":
            continue
        try:
            timer: Timer | Remote
            if name == "tornado":
                if other is None:
                    raise LookupError("neither --tornado PYTHON nor uv")
                timer = Remote(other, case)
                page = timer.page()
            else:
                render = engine(case, values)
                page = text(render())
                timer = Timer(render)
            if normal(page) != expected:
                raise LookupError("its page is another one")
            timers[name] = timer
        except (ImportError, LookupError, ValueError) as error:
            print(f"  without {name}: {error}", file=sys.stderr)
    times = {name: [timer.microseconds()] for name, timer in timers.items()}
    for _ in range(rounds - 1):
        for name, timer in timers.items():
            times[name].append(timer.microseconds())
    print(f"\n{title} ({len(expected)} characters)")
    base = min(times["zonda"])
    for name in sorted(times, key=lambda name: min(times[name])):
        best = min(times[name])
        print(f"  {name:12} {best:10.1f} us   {best / base:7.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", nargs="*", choices=CASES, default=list(CASES), metavar="CASE")
    parser.add_argument("--peers", nargs="*", choices=ENGINES, default=[], metavar="PEER")
    parser.add_argument("--tornado", metavar="PYTHON", help="an interpreter with the real Tornado")
    parser.add_argument("--answer", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.answer:
        answer(arguments.answer)
        return
    print(f"Python {platform.python_version()}, microseconds for a page, best of the rounds,")
    print("and how many times as long as Zonda")
    with tornado_process(arguments.tornado) as other:
        for case in arguments.only:
            measure(case, arguments.rounds, arguments.peers, other)


if __name__ == "__main__":
    main()
