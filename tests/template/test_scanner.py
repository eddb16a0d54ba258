"""Where tags begin and end."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth_of
from zonda.template import ParseError, Template


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("", ""),
        ("{", "{"),
        ("{ {", "{ {"),
        ("}} %} #}", "}} %} #}"),
        ("{{! {%! {#!", "{{ {% {#"),
        ("{{!{{ 1 }}", "{{1"),
        ("{{{ 1 }}}", "{1}"),
        ("{{{{ 1 }}}}", "{{1}}"),
        ("{{%! 1", None),
        ("{# {{ 1 }} {% end %} #}a", "a"),
        ("{#}#}a", "a"),
        ("a{# #}b{%comment 'open %}c", "abc"),
        ("{{1}}{{ 2 }}{{\n3\n}}", "123"),
        ("{{ 1 +\n 2 }}", "3"),
        ("{{ 1 # one\n + 1 }}", "2"),
        ("{{ 'a' # it's }}", "a"),
        ("{{ '}}' }}", "}}"),
        ("{{ \"}}\" + '%}' }}", "}}%}"),
        ("{{ '''}}\n''' }}", "}}\n"),
        ('{{ """a"b\\"""" }}', 'a"b"'),
        ("{{ 'it\\'s }}' }}", "it's }}"),
        ("{{ {'a': {'b': 1}}['a']['b'] }}", "1"),
        ("{{ {1}}}", "{1}"),
        ("{{ [x for x in (1,)] }}", "[1]"),
        ("{% set a = '%}' %}{{ a }}", "%}"),
        ("{% set a = 7\n  % 4 %}{{ a }}", "3"),
        ("{% set a = (7 # {\n  ) %}{{ a }}", "7"),
        ("{%if 1%}a{%else%}b{%end%}", "a"),
        ("{% if(1) %}a{% end %}", "a"),
        ("{%\nif\n1\nor\n0\n%}a{%\nend\n%}", "a"),
        ("{%\r\nif 1\r\nor 0\r\n%}a{%\r\nend\r\n%}", "a"),
        ("{{ 1 +\r 2 }}", "3"),
        ("{% for a\n in [1,\n2] %}{{ a }}{% end %}", "12"),
        ("{% set a = 1 + \\\n 1 %}{{ a }}", "2"),
    ],
)
def test_what_is_a_tag(text: str, output: str | None) -> None:
    template = None
    if output is None:
        with pytest.raises(ParseError):
            Template(text, autoescape=None)
    else:
        template = Template(text, autoescape=None)
        assert template.render() == output


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("\n {{ x", "Missing end expression }}", 2, 2),
        ("\n {% if x", "Missing end block %}", 2, 2),
        ("\n {% block x", "Missing end block %}", 2, 2),
        ("\n {# x", "Missing end comment #}", 2, 2),
        ("\n {{ x }", "'}' closes nothing", 2, 7),
        ("\n {{ x ) }}", "')' closes nothing", 2, 7),
        ("\n {{ (x", "The bracket that ( opens is never closed", 2, 5),
        ("\n {{ (x }}", "The bracket that ( opens is never closed", 2, 5),
        ("\n {% if (x %}{% end %}", "The bracket that ( opens is never closed", 2, 8),
        ("\n {{ [(x] }}", "The bracket that ( opens is never closed", 2, 6),
        ("\n {{ 'x }}\n'", "The string that ' opens is never closed", 2, 5),
        ("\n {{ '''x }}", "The string that ''' opens is never closed", 2, 5),
        ("\n {{ {1: 2 }}", "'}' closes nothing", 2, 12),
        ("\n {% set x = {1: 2 %}", "The bracket that { opens is never closed", 2, 13),
    ],
)
def test_a_tag_without_an_end_has_a_place(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(ParseError) as caught:
        Template(text)
    error = caught.value
    assert (error.message, error.lineno, error.column) == (message, line, column)
    assert error.line == text.split("\n")[line - 1]


@pytest.mark.parametrize("flood", ["{{", "{%", "{#", "{{ x }}{{", "{{ a\0b }}", "{% \0 %}"])
def test_floods_and_null_characters_have_a_place(flood: str) -> None:
    """TP-02."""
    with pytest.raises(ParseError) as caught:
        Template("\n" + flood * 2_000, name="page.html")
    assert (caught.value.filename, caught.value.lineno) == ("page.html", 2)
    assert len(str(caught.value)) < 200


def escaped(text: str) -> str:
    """The template that outputs *text*: the openings of tags are escaped, outermost first."""
    result = ""
    position = 0
    while position < len(text):
        if text[position : position + 2] in ("{{", "{%", "{#"):
            result += text[position : position + 2] + "!"
            position += 2
        else:
            result += text[position]
            position += 1
    return result


@given(st.text() | st.text(alphabet="{}%#!ab\n"))
def test_any_text_can_be_escaped(text: str) -> None:
    # Of three braces the innermost two count: what is before an escaped pair must not be one.
    spaced = text.replace("{", "{ ")
    assert Template(spaced).render() == spaced
    if "{{{" not in text and not text.endswith("{"):
        assert Template(escaped(text)).render() == text


def parse(text: str) -> None:
    with suppress(ParseError):
        Template(text)


@pytest.mark.parametrize(
    "unit",
    ["{", "{{", "{%", "{#", "{{!", "{{#", "{# #}", "a", "a\n", "}}", "'", "\u00e9"],
)
def test_scanning_is_linear(unit: str) -> None:
    assert growth_of(parse, lambda size: unit * size) < LINEAR


@pytest.mark.parametrize(
    "unit", ["(", "[]", "''", "'a", "#", "\n", "\\\n", '"""', "1,", "}", "%", " ", "# \n"]
)
@pytest.mark.parametrize("start", ["{{ x ", "{% if x "])
def test_scanning_python_is_linear(start: str, unit: str) -> None:
    assert growth_of(parse, lambda size: start + unit * size) < LINEAR
