"""The Python in a template: errors with their places, and what is refused."""

from __future__ import annotations

import pytest

from zonda.template import ParseError, Template
from zonda.template.fragments import MAX_EXPRESSION_DEPTH


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a\n {{ x y }}", "invalid syntax. Perhaps you forgot a comma?", 2, 5),
        ("a\n {{ \n  x y }}", "invalid syntax. Perhaps you forgot a comma?", 3, 3),
        ("a\n {{ 1 + }}", "invalid syntax", 2, 9),
        ("\u00e9\u00e9 {{ \u00e9 \u00e9 }}", "invalid syntax", 1, 7),
        ("a\n {% if x = 1 %}{% end %}", "invalid syntax", 2, 8),
        ("a\n {% for x y in z %}{% end %}", "invalid syntax", 2, 11),
        ("a\n {% for x %}{% end %}", "invalid syntax", 2, None),
        ("a\n {% for x in\n   y y %}{% end %}", "invalid syntax", 3, 6),
        ("a\n {% set 1 = x %}", "cannot assign to literal", 2, 9),
        ("a\n {% set x = \n\n  1 = 2 %}", "cannot assign to literal", 4, 3),
        ("a\n {% set if x: y %}", "a if statement is not possible here", 2, 9),
        ("a\n {% set return %}", "a return statement is not possible here", 2, 9),
        ("a\n {% set global x %}", "a global statement is not possible here", 2, 9),
        ("a\n {% set def f(): pass %}", "a functiondef statement is not possible here", 2, 9),
        ("a\n {% import 1 %}", "invalid syntax", 2, 12),
        ("a\n {% from x %}", "", 2, None),
        ("a\n {% from x import * %}", "import * only allowed at module level", 2, None),
        ("a\n {% try %}{% except x y %}{% end %}", "invalid syntax", 2, None),
        ("a\n {% try %}{% except* x %}{% end %}", "invalid syntax", 2, None),
        ("a\n {% try %}{% except %}{% except x %}{% end %}", "default 'except:' must be", 2, None),
        ("a\n {% async with x %}{% end %}", "invalid syntax", 2, None),
        ("a\n {{ yield x }}", "'yield' is not possible in a template", 2, 4),
        ("a\n {{ (lambda: (yield))() }}", "'yield' is not possible in a template", 2, 4),
        ("a\n {{ x for x in y }}", "A generator has no text", 2, 4),
        ("a\n {{ _tt_parts }}", "Names that begin with '_tt_' are reserved", 2, 4),
        ("a\n {% set _tt_x = 1 %}", "Names that begin with '_tt_' are reserved", 2, 9),
        ("a\n {% import x as _tt_x %}", "Names that begin with '_tt_' are reserved", 2, 12),
        ("a\n {{ lambda _tt_x: 1 }}", "Names that begin with '_tt_' are reserved", 2, 4),
        ("a\n {{ \0 }}", "source code", 2, 4),
        ("a\n {{ (lambda: await x) }}", "'await' outside async function", 2, None),
        ("a\n {{ None := 1 }}", "cannot use assignment expressions with None", 2, 5),
        ("a\n {{ *x }}", "", 2, None),
        ("a\n {% module 1 %}", "invalid", 2, None),
        ("a\n {% autoescape x y %}", "invalid syntax", 2, None),
    ],
)  # fmt: skip
def test_errors_are_where_they_are_in_the_template(
    text: str, message: str, line: int, column: int | None
) -> None:
    with pytest.raises(ParseError) as caught:
        Template(text)
    error = caught.value
    assert error.message.startswith(message)
    assert error.lineno == line
    assert column in (None, error.column)
    assert error.line == text.split("\n")[line - 1]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{% if x: %}{% end %}", "Leave out the colon."),
        ("{% for x in y: %}{% end %}", "Leave out the colon."),
        ("{% if a && b %}{% end %}", "Python's operators are 'and' and 'or'."),
        ("{% if !a %}{% end %}", "Python's operator is 'not'."),
        ("{% set a++ %}", "Write 'x += 1'."),
        ("{{ x for x in y }}", "Write it in brackets, or use ''.join(...)."),
    ],
)
def test_habits_from_other_languages_get_a_hint(text: str, hint: str) -> None:
    with pytest.raises(ParseError) as caught:
        Template(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    "text",
    [
        "\n{{ " + "(" * 1000 + "x" + ")" * 1000 + " }}",
        "\n{{ " + "not " * 100_000 + "x }}",
        "\n{{ " + "-" * 100_000 + "x }}",
        "\n{{ x" + ".x" * 100_000 + " }}",
        "\n{{ " + "+".join(["x"] * 100_000) + " }}",
        "\n{% set x = " + "+".join(["x"] * (MAX_EXPRESSION_DEPTH + 1)) + " %}",
        "\n{{ " + "lambda: " * 300 + "x }}",
    ],
)
def test_deep_expressions_are_refused(text: str) -> None:
    with pytest.raises(ParseError, match=r"nested|recursion") as caught:
        Template(text)
    assert caught.value.lineno == 2


def test_expressions_of_usual_depth_are_not_refused() -> None:
    text = "{{ " + "+".join(["x"] * (MAX_EXPRESSION_DEPTH - 10)) + " }}"
    assert Template(text).render(x=1) == str(MAX_EXPRESSION_DEPTH - 10)


def test_a_function_for_escaping_must_be_an_expression() -> None:
    with pytest.raises(ValueError, match="'x y' is no expression of a function"):
        Template("", autoescape="x y")
