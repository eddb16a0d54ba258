# /// script
# requires-python = ">=3.11"
# dependencies = ["chameleon", "jinja2", "mako", "minijinja", "tornado"]
# ///
"""Zonda's templates and their peers, each making the same pages, in one run.

``nox -s bench -- benchmarks/template.py --rounds 20 --only table includes``

Every engine gets the same values and makes the same text (which is checked), with everything
escaped.  The rounds are interleaved, so that a slow moment of the machine hits everyone; a figure
is in microseconds of processor time for a page.  Peers that are not installed are left out.

"by hand" is what one writes for speed without an engine: f-strings, with Zonda's function for
escaping; "no escaping" is the same without that, as a lower limit that no engine may reach.
"""

from __future__ import annotations

import html
import importlib
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.programs import pin_load, versions
from benchmarks.recording import Measure, Recording, arguments
from benchmarks.template_peers.by_hand import HAND_WRITTEN, Render
from benchmarks.template_peers.pages import (
    CASES,
    JINJA,
    MAKO,
    TORNADO,
    Values,
    chameleon_files,
    files,
)

Engine = Callable[[str, Values], Render]

ROUND_SECONDS = 0.02


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


def by_hand(case: str, values: Values) -> Render:
    from zonda.escape import xhtml_escape

    def escape(value: object) -> str:
        return xhtml_escape(value if type(value) is str else str(value))

    return HAND_WRITTEN[case](values, escape)


def no_escaping(case: str, values: Values) -> Render:
    return HAND_WRITTEN[case](values, None)


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

PEERS = {"minijinja": "minijinja", "jinja2": "jinja2", "mako": "mako", "chameleon": "chameleon"}
PEERS["tornado"] = "tornado"


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


def normal(page: str | bytes) -> str:
    """The page without what engines may write differently."""
    text = page if isinstance(page, str) else page.decode()
    return re.sub(r"\s+", "", html.unescape(text))


def measure(recording: Recording, case: str, rounds: int, chosen: list[str]) -> None:
    """Measure a case, with all engines that can make its page."""
    title, make = CASES[case]
    values = make()
    expected = normal(zonda(case, values)())
    timers: dict[str, Timer] = {}
    for name in chosen:
        try:
            if name in PEERS:
                version(PEERS[name])  # the name tornado may be taken by Zonda's own
            render = ENGINES[name](case, values)
            if normal(render()) != expected:
                raise LookupError("its page is another one")
            timers[name] = Timer(render)
        except (ImportError, LookupError, PackageNotFoundError, ValueError) as error:
            print(f"  {title}: without {name}: {error}", file=sys.stderr)
    for _ in range(rounds):
        for name, timer in timers.items():
            recording.add(title, name, timer.microseconds())


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=15)
    parser.add_argument("--only", nargs="*", choices=CASES, default=list(CASES), metavar="CASE")
    parser.add_argument(
        "--engines", nargs="*", choices=ENGINES, default=list(ENGINES), metavar="ENGINE"
    )
    options = parser.parse_args()
    pin_load()
    recording = Recording("template", (Measure("us", more_is_better=False),), ("tornado", "jinja2"))
    recording.versions = {"zonda": versions(["zonda-template"])}
    recording.versions |= {name: versions([name]) for name in PEERS}
    for case in options.only:
        measure(recording, case, options.rounds, options.engines)
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
