"""Names: where their values come from, and what happens without one."""

from __future__ import annotations

import builtins
import datetime

import pytest

from zonda.template import DictLoader, Template, TemplateError


def test_names_come_from_the_caller_then_the_loader_then_the_defaults_then_python() -> None:
    loader = DictLoader(
        {"a.html": "{{ squeeze }}{{ len }}{{ id }}"}, namespace={"len": "L", "squeeze": "L"}
    )
    assert loader.load("a.html").render(squeeze="C", id="C") == "CLC"
    assert Template("{{ len('abc') }}{{ squeeze('a  b') }}").render() == "3a b"


def test_the_default_names() -> None:
    text = (
        "{{ escape('<') }}{{ xhtml_escape('<') }}{{ url_escape('<') }}{% raw json_encode('</') %}"
        "{{ squeeze('a  b') }}{{ datetime.date(2024, 1, 2) }}{% raw linkify('www.a.b') %}"
    )
    assert Template(text).render().startswith('&amp;lt;&amp;lt;%3C"<\\/"a b2024-01-02<a href=')


def test_a_loader_may_change_its_names_later() -> None:
    loader = DictLoader({"a.html": "{{ x }}"})
    template = loader.load("a.html")
    loader.namespace["x"] = 1
    assert template.render() == "1"


def test_a_missing_name_is_an_error_only_where_it_is_used() -> None:
    template = Template("{% if show %}{{ missing }}{% end %}{{ len('abc') }}")
    assert template.render(show=False) == "3"
    with pytest.raises(NameError, match="name 'missing' is not defined"):
        template.render(show=True)
    assert template.render(show=True, missing="m") == "m3"


@pytest.mark.parametrize("given", [{}, {"missing": 1}, {"other": 1}])
def test_a_missing_name_can_be_tested_and_caught(given: dict[str, object]) -> None:
    template = Template(
        "{% try %}{{ missing }}{% except NameError %}none{% end %}"
        "{{ 'missing' in globals() }}{{ globals().get('missing') }}{{ eval('len')('ab') }}"
    )
    expected = "1True12" if "missing" in given else "noneFalseNone2"
    assert template.render(**given) == expected


def test_a_name_that_the_template_sets_may_be_given_too() -> None:
    template = Template("{% if change %}{% set x = x + 1 %}{% end %}{{ x }}")
    assert template.render(x=1, change=True) == "2"
    assert template.render(x=1, change=False) == "1"
    with pytest.raises(NameError):
        template.render(change=False)


def test_a_name_that_is_set_and_missing_names_go_together() -> None:
    template = Template("{% set x = x or 1 %}{% if 0 %}{{ missing }}{% end %}{{ x }}")
    assert template.render(x=0) == "1"
    assert template.render(x=5) == "5"


def test_a_name_of_python_may_be_set() -> None:
    assert Template("{% set id = 5 %}{{ id }}").render() == "5"
    assert Template("{% set max = max(1, 2) %}{{ max }}").render() == "2"


def test_names_inside_expressions_are_their_own() -> None:
    text = "{{ [x for x in x] }}{{ sorted(x, key=lambda y: -y) }}{{ [x * z for z in x if z in x] }}"
    assert Template(text).render(x=[1]) == "[1][1][[1]]"
    assert Template("{{ [y := x for x in (1, 2)] }}{{ y }}").render() == "[1, 2]2"


def test_functions_in_templates_see_later_values() -> None:
    assert Template("{% set f = lambda: n %}{% set n = 2 %}{{ f() }}").render(n=1) == "2"


def test_another_function_of_that_name_escapes() -> None:
    def brackets(content: bytes) -> str:
        return f"[{content.decode()}]"

    for text in ("{{ x }}", "{% autoescape escape %}{{ x }}"):
        template = Template(text)
        assert template.render(x="<", xhtml_escape=brackets, escape=brackets) == "[<]"
        assert template.render(x="<") == "&lt;"


def test_values_may_have_the_name_of_the_function_for_escaping() -> None:
    assert Template("{{ x }}{{ escape }}").render(x="<", escape="&") == "&lt;&amp;"
    assert Template("{{ missing if 0 else x }}").render(x="<", escape="&") == "&lt;"


def test_values_may_be_called_self() -> None:
    assert Template("{{ self }}").generate(self=1) == b"1"


def test_names_of_pythons_own() -> None:
    assert Template("{{ __debug__ }}{{ __name__ }}", "a.html").render() == "Truea.html"
    assert Template("{{ __builtins__['len']('ab') }}").render() == "2"


def test_a_name_that_is_added_to_python_later(monkeypatch: pytest.MonkeyPatch) -> None:
    template = Template("{{ _('text') }}")
    monkeypatch.setattr(builtins, "_", str.upper, raising=False)
    assert template.render() == "TEXT"


def test_the_code_can_be_read() -> None:
    code = Template("{% for x in xs %}{{ x }}{% end %}").code
    compile(code, "code", "exec")
    assert "for x in xs:" in code


async def words(*all_words: str) -> str:
    return "".join(all_words)


class Countdown:
    def __init__(self, number: int) -> None:
        self.number = number

    def __aiter__(self) -> Countdown:
        return self

    async def __anext__(self) -> int:
        if not self.number:
            raise StopAsyncIteration
        self.number -= 1
        return self.number


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("{{ await f('<') }}{{ x }}", "&lt;&amp;"),
        ("{% raw await f('<') %}", "<"),
        ("{% if await f('a') == 'a' %}yes{% end %}", "yes"),
        ("{% async for n in count %}{{ n }}{% else %}.{% end %}", "210."),
        ("{{ [n async for n in count] }}", "[2, 1, 0]"),
        ("{% for a in await f('ab') %}{{ await f(a, a) }},{% end %}", "aa,bb,"),
        ("{% set y = await f('y') %}{% block b %}{{ y }}{% end %}", "y"),
        ("{% apply upper %}{{ await f('y') }}{% end %}", "Y"),
        ("{% try %}{{ await g() }}{% except TypeError %}no{% end %}", "no"),
        ("{{ x }}", "&amp;"),
        ("{% set z = await f('z') %}{{ globals()['x'] }}{{ z }}", "&amp;z"),
    ],
)
async def test_templates_may_await(text: str, output: str) -> None:
    def values() -> dict[str, object]:
        return {"f": words, "g": len, "x": "&", "count": Countdown(3), "upper": bytes.upper}

    template = Template(text)
    assert await template.generate_async(**values()) == output.encode()
    assert await template.render_async(**values()) == output
    if "await" in text or "async" in text:
        for render in (template.generate, template.render):
            with pytest.raises(TemplateError, match="awaits something: use generate_async"):
                render(**values())


def test_dates_are_there() -> None:
    today = datetime.date.today()
    assert Template("{{ datetime.date.today().year }}").render() in (
        str(today.year),
        str(datetime.date.today().year),
    )
