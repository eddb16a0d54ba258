"""The tags of the language, and what can be wrong with them."""

from __future__ import annotations

import pytest

from zonda.template import DictLoader, ParseError, Template
from zonda.template.parser import MAX_CLAUSES, MAX_NESTING


def render(text: str, **values: object) -> str:
    return Template(text).render(**values)


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("{% if n > 2 %}many{% elif n %}one{% else %}none{% end %}", "many one none"),
        ("{% for i in range(n) %}{{ i }}{% else %}.{% end %}", "012. 0. ."),
        ("{% while n %}{% set n -= 1 %}{{ n }}{% end %}", "210 0 "),
        (
            "{% for i in range(9) %}{% if i == n %}{% break %}{% end %}{{ i }}{% else %}x{% end %}",
            "012 0 ",
        ),
        ("{% for i in [0, 1, 2] %}{% if i == n %}{% continue %}{% end %}{{ i }}{% end %}",
         "012 02 12"),
        ("{% try %}a{{ 6 // n }}{% except ZeroDivisionError as e %}!{{ e.args[0][-4:] }}{% end %}",
         "a2 a6 a!zero"),
        ("{% try %}{{ 6 // n }}{% except %}-{% else %}+{% finally %}.{% end %}", "2+. 6+. -."),
        ("{% try %}{{ 6 // n }}{% except KeyError %}{% except ArithmeticError %}-{% end %}",
         "2 6 -"),
        ("{% try %}x{% finally %}y{% end %}", "xy xy xy"),
        ("{% set a, b = n, 2 %}{% set b += a; c = b %}{{ c }}", "5 3 2"),
        ("{% import math %}{% import os.path as p %}{{ math.floor(n) }}{{ p.sep }}", "3/ 1/ 0/"),
        ("{% from math import floor as f, pi %}{{ f(n) }}", "3 1 0"),
        ("{% apply upper %}a{% raw '<' %}{{ n }}{% end %}b", "A<3b A<1b A<0b"),
        ("{% apply upper %}{% apply upper %}a{% end %}{{ n }}{% end %}", "A3 A1 A0"),
        ("{% raw '<' %}{{ '<' }}", "<&lt; <&lt; <&lt;"),
        ("{% autoescape None %}{{ '<' }}", "< < <"),
        ("{% autoescape squeeze %}{{ '<  a' }}", "< a < a < a"),
        ("{% module M(n, '<') %}", "<3 <1 <0"),
        ("{% comment {{ %}{% comment%}{#{{#}", "  "),
        ("{{ n if n else 'no' }}{{ (m := n + 1) }}{{ m }}", "344 122 no11"),
        ("{% block a %}{{ n }}{% end %}", "3 1 0"),
        ("{% if n %}{% else %}{% end %}{% for i in [] %}{% end %}", "  "),
        ("{% if 1 %}a{% endif %}{% for i in [1] %}b{% endfor %}{% block c %}{% endblock c %}",
         "ab ab ab"),
        ("{% if 1 %}{% end if %}{% block c %}{% end block c %}", "  "),
        ("{% set d: int = n %}{% set e = [n]; e.append(1); del e[0] %}{{ d }}{{ e }}",
         "3[1] 1[1] 0[1]"),
        ("{% set assert n >= 0 %}{{ n }}", "3 1 0"),
    ],
)  # fmt: skip
def test_the_language(text: str, output: str) -> None:
    class Modules:
        @staticmethod
        def M(n: int, text: str) -> str:
            return f"{text}{n}"

    def upper(content: bytes) -> bytes:
        return content.upper()

    results = [render(text, n=n, upper=upper, _tt_modules=Modules) for n in (3, 1, 0)]
    assert " ".join(results) == output


@pytest.mark.parametrize(
    ("text", "message", "line", "hint"),
    [
        ("a\n{{ }}", "Empty expression", 2, ""),
        ("a\n{%  %}", "Empty block tag ({% %})", 2, ""),
        ("a\n{% foo %}", "unknown operator: 'foo'", 2, "Did you mean 'for'?"),
        ("a\n{% whlie x %}", "unknown operator: 'whlie'", 2, "Did you mean 'while'?"),
        ("a\n{% 17 %}", "unknown operator: '17'", 2, "There are "),
        ("a\n{% endfoo %}", "unknown operator: 'endfoo'", 2, ""),
        ("a\n{% end %}", "Extra {% end %} block", 2, ""),
        ("a\n{% endif %}", "Extra {% endif %} block", 2, ""),
        ("a\n{% if x %}\n{% endfor %}", "endfor closes if", 3, "if was opened in line 2."),
        ("{% block a %}\n{% endblock b %}", "endblock b closes block a", 2, ""),
        ("a\n{% if x %}\n{% for y in z %}{% end %}", "Missing {% end %} block for if", 2, ""),
        ("a\n{% else %}", "else has no block", 2, "It belongs to if or for or while or try."),
        ("{% for a in b %}\n{% elif %}{% end %}", "elif cannot be attached to for block", 2, "It"),
        ("{% block a %}\n{% else %}{% end %}", "else cannot be attached to block block", 2, ""),
        ("{% if a %}{% else %}\n{% elif b %}{% end %}", "elif after else", 2, ""),
        ("{% if a %}{% else %}\n{% else %}{% end %}", "else after else", 2, ""),
        ("{% try %}\n{% else %}{% end %}", "else after try", 2, ""),
        ("{% try %}{% finally %}\n{% except %}{% end %}", "except after finally", 2, ""),
        ("\n{% try %}a{% end %}", "try without except or finally", 2, ""),
        ("{% if a %}\n{% else if b %}{% end %}", "else takes no argument", 2, "Write 'elif'."),
        ("\n{% try a %}{% finally %}{% end %}", "try takes no argument", 2, ""),
        ("\n{% break %}", "break outside for or while block", 2, ""),
        ("{% for a in b %}{% else %}\n{% break %}{% end %}",
         "break outside for or while block", 2, ""),
        ("{% for a in b %}{% apply f %}\n{% break %}{% end %}{% end %}",
         "break outside for or while block", 2, ""),
        ("{% for a in b %}\n{% break a %}{% end %}", "break takes no argument", 2, ""),
        ("\n{% if %}{% end %}", "if missing condition", 2, ""),
        ("{% if a %}\n{% elif %}{% end %}", "elif missing condition", 2, ""),
        ("\n{% while %}{% end %}", "while missing condition", 2, ""),
        ("\n{% for %}{% end %}", "for missing variable", 2, ""),
        ("\n{% async %}{% end %}", "async missing for", 2, ""),
        ("\n{% set %}", "set missing statement", 2, ""),
        ("\n{% import %}", "import missing statement", 2, ""),
        ("\n{% from %}", "from missing statement", 2, ""),
        ("\n{% raw %}", "raw missing expression", 2, ""),
        ("\n{% module %}", "module missing expression", 2, ""),
        ("\n{% apply %}{% end %}", "apply missing method name", 2, ""),
        ("\n{% block %}{% end %}", "block missing name", 2, ""),
        ("\n{% extends %}", "extends missing file path", 2, ""),
        ('\n{% include "" %}', "include missing file path", 2, ""),
        ("\n{% autoescape %}", "autoescape missing function", 2, ""),
        ("\n{% whitespace %}", "unknown whitespace mode ''", 2, ""),
        ("\n{% whitespace some %}", "unknown whitespace mode 'some'", 2, ""),
        ("{% if a %}\n{% extends b.html %}{% end %}", "extends inside another block", 2, ""),
        ("{% extends b.html %}\n{% extends b.html %}", "extends for the second time", 2, ""),
    ],
)  # fmt: skip
def test_what_is_wrong_has_a_place_and_a_hint(
    text: str, message: str, line: int, hint: str
) -> None:
    with pytest.raises(ParseError) as caught:
        Template(text, loader=DictLoader({"b.html": ""}))
    error = caught.value
    assert error.message.startswith(message)
    assert (error.filename, error.lineno) == ("<string>", line)
    assert error.hint.startswith(hint)
    assert str(error) == f"{error.message} at <string>:{line}"


def test_nesting_has_a_limit() -> None:
    def nested(depth: int) -> str:
        return "{% if 1 %}\n" * depth + "a" + "{% end %}" * depth

    assert render(nested(MAX_NESTING - 1)).strip() == "a"
    with pytest.raises(ParseError, match=f"More than {MAX_NESTING} ") as caught:
        Template(nested(1000))
    assert caught.value.lineno == MAX_NESTING + 1


def test_clauses_have_a_limit() -> None:
    def clauses(count: int) -> str:
        return "{% if 0 %}" + "\n{% elif 1 %}a" * (count - 1) + "{% end %}"

    assert render(clauses(MAX_CLAUSES)).strip() == "a"
    with pytest.raises(ParseError, match=f"More than {MAX_CLAUSES} clauses") as caught:
        Template(clauses(MAX_CLAUSES + 1))
    assert caught.value.lineno == MAX_CLAUSES + 1


def test_whitespace_changes_where_the_tag_is() -> None:
    text = "a  b\n{% whitespace oneline %}c\n\nd{% whitespace all %}  e{% whitespace single %}  f"
    assert Template(text, whitespace="all").render() == "a  b\nc d  e f"


def test_preformatted_text_keeps_its_whitespace() -> None:
    assert Template("a  b {{ 1 }}<pre>  c  </pre>", whitespace="single").render() == (
        "a b 1<pre>  c  </pre>"
    )


def test_comments_divide_text_before_its_whitespace_is_treated() -> None:
    assert Template("a {# #} b", whitespace="single").render() == "a  b"
