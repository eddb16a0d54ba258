"""Tracebacks show the lines of templates, on the way to where it failed."""

from __future__ import annotations

import io
import linecache
import pdb
import sys
import traceback
from pathlib import Path

import pytest

from zonda.template import DictLoader, Loader, Template
from zonda.template.tracebacks import complete

BASE = """\
<html>
{% block content %}{% end %}
</html>
"""
PAGE = """\
{% extends base.html %}
{% block content %}
  {% for item in items %}
    {% include part.html %}
  {% end %}
{% end %}
"""
PART = """\
<p>
  {{ item.name }}: {{ 1 / item.number }}
</p>
"""


class Item:
    name = "n"

    def __init__(self, number: int) -> None:
        self.number = number


def failing(template: Template, **values: object) -> BaseException:
    try:
        template.generate(**values)
    except Exception as error:
        return error
    pytest.fail("nothing failed")


def frames(error: BaseException) -> list[tuple[str, int | None, str, str | None]]:
    """The frames behind those of this file and of the package: file, line, title and text."""
    found = traceback.extract_tb(error.__traceback__)
    return [
        (Path(frame.filename).name, frame.lineno, frame.name, frame.line)
        for frame in found
        if not frame.filename.endswith(".py")
    ]


@pytest.fixture(params=["dict", "files"])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Template:
    files = {"base.html": BASE, "page.html": PAGE, "part.html": PART}
    if request.param == "dict":
        return DictLoader(files).load("page.html")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return Loader(tmp_path).load("page.html")


def test_every_template_on_the_way_is_shown(page: Template) -> None:
    error = failing(page, items=[Item(1), Item(0)])
    assert isinstance(error, ZeroDivisionError)
    assert frames(error) == [
        ("base.html", 2, "template", "{% block content %}{% end %}"),
        ("page.html", 4, "block content", "{% include part.html %}"),
        ("part.html", 2, "template", "{{ item.name }}: {{ 1 / item.number }}"),
    ]
    assert error.__notes__ == ["In the template: # part.html:2 (via page.html:4, base.html:2)"]


def test_the_expression_is_marked(page: Template) -> None:
    error = failing(page, items=[Item(0)])
    shown = "".join(traceback.format_exception(error)).splitlines()
    line = next(i for i, text in enumerate(shown) if "1 / item.number" in text)
    marked = shown[line + 1]
    start, end = marked.index("~"), len(marked.rstrip())
    assert shown[line][start:end] == "1 / item.number"


def test_frames_in_between_and_behind_stay() -> None:
    def inner(value: int) -> float:
        return 1 / value

    def outer(function: object) -> object:
        assert callable(function)
        return function()

    template = Template("a\n{{ outer(lambda: inner(\n  0)) }}", "a.html")
    error = failing(template, inner=inner, outer=outer)
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert names[-4:] == ["template", "outer", "template", "inner"]
    assert [line for _, line, _, _ in frames(error)] == [2, 2]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n{% set x = 1 / 0 %}", 2),
        ("\n\n{% if 1 / 0 %}{% end %}", 3),
        ("{% if 0 %}\n{% elif 1 / 0 %}{% end %}", 2),
        ("\n{% for x in 1 / 0 %}{% end %}", 2),
        ("{% for x in '12' %}\n{% set y = 1 / (2 - int(x)) %}{% end %}", 2),
        ("\n{% while 1 / 0 %}{% end %}", 2),
        ("\n{% import nothing_of_that_name %}", 2),
        ("\n{% from os import nothing_of_that_name %}", 2),
        ("{% try %}{% finally %}\n{{ 1 / 0 }}{% end %}", 2),
        ("{% try %}{{ 1 / 0 }}{% except\n ValueError %}{% end %}", 1),
        ("\n{% raw 1 / 0 %}", 2),
        ("\n{% module M() %}", 2),
        ("\n{% apply lambda content: 1 / 0 %}{% end %}", 2),
        ("{% apply squeeze %}\n{{ 1 / 0 }}{% end %}", 2),
        ("{{ 1 }}\n{{ bad }}\n{{ 2 }}", 2),
        ("{{ 1 }}\n{% raw bad %}\n{{ 2 }}", 2),
        ("\n{{ bad }}", 2),
        ("{% autoescape bad %}\n\n{{ 1 }}", 3),
        ("{{ 1 }}\n{{ [1,\n 2,\n 1 / 0] }}", 4),
        ("{{ 1 }}\n{{ missing }}", 2),
        ("{{ [1 / x\n for x in (0,)] }}", 1),
        ("\u00e9\n\u00e9{{ '\u00e9' + 1 }}", 2),
    ],
)
def test_the_line_is_that_of_the_template(text: str, line: int) -> None:
    class Bad:
        def __str__(self) -> str:
            raise ValueError("no text")

        def __call__(self, content: bytes) -> None:
            raise ValueError("no call")

    error = failing(Template(text, "a.html"), bad=Bad(), _tt_modules=object())
    assert {number for _, number, _, _ in frames(error)} == {line}
    assert error.__notes__ == [f"In the template: # a.html:{line}"]
    shown = "".join(traceback.format_exception(error))
    assert text.split("\n")[line - 1].strip() in shown


def test_a_missing_name_gets_a_suggestion() -> None:
    error = failing(Template("{{ usr }}", "a.html"), user="Ann")
    assert "name 'usr' is not defined" in str(error)
    if sys.version_info >= (3, 12):  # before, only the interpreter itself suggests something
        assert "Did you mean: 'user'" in "".join(traceback.format_exception(error))


def test_one_template_in_another() -> None:
    loader = DictLoader(
        {"outer.html": "\n{% module M('inner.html') %}", "inner.html": "\n\n{{ 1 / 0 }}"}
    )

    class Modules:
        @staticmethod
        def M(name: str) -> bytes:
            return loader.load(name).generate()

    error = failing(loader.load("outer.html"), _tt_modules=Modules)
    assert [(name, line) for name, line, _, _ in frames(error)] == [
        ("outer.html", 2),
        ("inner.html", 3),
    ]
    assert error.__notes__ == ["In the template: # inner.html:3", "In the template: # outer.html:2"]


def test_a_template_that_renders_itself() -> None:
    loader = DictLoader({"a": "\n{{ 1 / n }}\n{% raw render('a', n - 1) %}"})

    def render(name: str, n: int) -> bytes:
        return loader.load(name).generate(n=n, render=render)

    error = failing(loader.load("a"), n=2, render=render)
    assert [line for _, line, _, _ in frames(error)] == [3, 3, 2]


def test_an_error_that_is_raised_again_gets_no_second_note() -> None:
    always = ValueError("always the same")

    def fail() -> None:
        raise always

    template = Template("{{ fail() }}", "a.html")
    for _ in range(3):
        assert failing(template, fail=fail) is always
    assert always.__notes__ == ["In the template: # a.html:1"]


async def test_asynchronous_templates_too() -> None:
    async def fail() -> None:
        raise ValueError("late")

    template = Template("\n{{ await fail() }}", "a.html")
    with pytest.raises(ValueError, match="late") as caught:
        await template.generate_async(fail=fail)
    assert ("a.html", 2, "template", "{{ await fail() }}") in frames(caught.value)


def test_values_of_ones_own_that_look_like_globals_do_not_matter() -> None:
    error = failing(Template("\n{{ globals()['x'] / 0 }}", "a.html"), x=1, __loader__=None)
    assert [line for _, line, _, _ in frames(error)] == [2]


def test_debuggers_see_the_lines_and_the_variables(page: Template) -> None:
    error = failing(page, items=[Item(0)], title="a title")
    output = io.StringIO()
    debugger = pdb.Pdb(stdin=io.StringIO("p item.number\nlist\nup\np items\nquit\n"), stdout=output)
    debugger.reset()
    tracer = sys.gettrace()
    try:
        debugger.interaction(None, error.__traceback__)
    finally:
        sys.settrace(tracer)  # a debugger that quits takes away that of the coverage
    shown = output.getvalue()
    assert "part.html(2)template()" in shown
    assert "\n(Pdb) 0\n" in shown
    assert "->\t  {{ item.name }}: {{ 1 / item.number }}" in shown
    assert "page.html(4)block content()" in shown
    assert "Item object at" in shown


def test_errors_from_elsewhere_are_left_alone() -> None:
    for error in (ValueError("without a traceback"), failing_elsewhere()):
        before = traceback.format_exception(error)
        complete(error)
        assert traceback.format_exception(error) == before


def failing_elsewhere() -> Exception:
    with pytest.raises(ValueError, match="invalid") as caught:
        int("x")
    return caught.value


def test_the_code_itself_says_where_it_is_from() -> None:
    """Where Python shows the stack and there is no exception."""
    stacks: list[traceback.StackSummary] = []

    def look() -> str:
        stacks.append(traceback.extract_stack())
        return ""

    Template("\n{{ look() }}", "a.html").render(look=look)
    frame = stacks[0][-2]
    assert frame.filename == "a.html (compiled)"
    assert frame.line is not None
    assert frame.line.endswith("# a.html:2")


def test_a_template_from_a_string_has_a_name_of_its_own() -> None:
    error = failing(Template("\n{{ 1 / 0 }}"))
    assert frames(error) == [("<template>", 2, "template", "{{ 1 / 0 }}")]
    assert "<string>" not in linecache.cache
