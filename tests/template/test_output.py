"""How values become output: every type, in every position, escaped or not."""

from __future__ import annotations

import datetime
import decimal
import enum
import html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.escape import SafeString, xhtml_escape
from zonda.template import Template
from zonda.template.output import BATCH, SEPARATOR


class Widget:
    """An object with markup of its own, whose text is something else."""

    def __html__(self) -> str:
        return "<input>"

    def __str__(self) -> str:
        return "widget"


class Plain:
    def __str__(self) -> str:
        return "a plain <object>"


class Colour(str, enum.Enum):  # noqa: UP042  # not StrEnum: str() of it is not its text
    RED = "red & green"


class Number(int):
    def __str__(self) -> str:
        return "<number>"

    def __format__(self, spec: str) -> str:
        return "formatted"


# A value, its text, and its text in HTML.
VALUES: list[tuple[object, str, str]] = [
    ("text", "text", "text"),
    ("<&>\"'", "<&>\"'", "&lt;&amp;&gt;&quot;&#x27;"),
    ("", "", ""),
    ("\u00e9\u20ac", "\u00e9\u20ac", "\u00e9\u20ac"),
    (SEPARATOR, SEPARATOR, SEPARATOR),
    (f"<{SEPARATOR}>", f"<{SEPARATOR}>", f"&lt;{SEPARATOR}&gt;"),
    (b"bytes", "bytes", "bytes"),
    ("\u00e9'".encode(), "\u00e9'", "\u00e9&#x27;"),
    (17, "17", "17"),
    (-(10**30), str(-(10**30)), str(-(10**30))),
    (1.5, "1.5", "1.5"),
    (True, "True", "True"),
    (None, "None", "None"),
    (decimal.Decimal("1.50"), "1.50", "1.50"),
    (datetime.date(2024, 2, 29), "2024-02-29", "2024-02-29"),
    ([1, "a"], "[1, 'a']", "[1, &#x27;a&#x27;]"),
    (Colour.RED, "red & green", "red &amp; green"),
    (Number(7), "<number>", "&lt;number&gt;"),
    (Plain(), "a plain <object>", "a plain &lt;object&gt;"),
    (SafeString("<b>"), "<b>", "<b>"),
    (SafeString("safe"), "safe", "safe"),
    (Widget(), "widget", "<input>"),
]


@pytest.mark.parametrize(("value", "text", "markup"), VALUES)
def test_a_value_alone(value: object, text: str, markup: str) -> None:
    assert Template("{{ x }}").render(x=value) == markup
    assert Template("<{{ x }}>").generate(x=value) == f"<{markup}>".encode()
    assert Template("{% raw x %}").render(x=value) == text
    assert Template("{% autoescape None %}<{{ x }}>").render(x=value) == f"<{text}>"


@given(st.lists(st.sampled_from(VALUES), min_size=2, max_size=3 * BATCH))
def test_values_side_by_side(values: list[tuple[object, str, str]]) -> None:
    names = {f"x{i}": value for i, (value, _, _) in enumerate(values)}
    template = Template("".join(f"<{{{{ {name} }}}}>" for name in names))
    expected = "".join(f"<{markup}>" for _, _, markup in values)
    assert template.render(**names) == expected


@given(st.lists(st.text(), min_size=2, max_size=2 * BATCH))
def test_texts_side_by_side(texts: list[str]) -> None:
    names = {f"x{i}": text for i, text in enumerate(texts)}
    template = Template("|".join(f"{{{{ {name} }}}}" for name in names))
    assert template.render(**names) == "|".join(html.escape(text) for text in texts)


@given(st.lists(st.tuples(st.sampled_from(VALUES), st.booleans()), max_size=2 * BATCH))
def test_raw_and_escaped_values_in_turns(
    values: list[tuple[tuple[object, str, str], bool]],
) -> None:
    parts = [f"{{% raw x{i} %}}" if raw else f"{{{{ x{i} }}}}" for i, (_, raw) in enumerate(values)]
    names = {f"x{i}": value for i, ((value, _, _), _) in enumerate(values)}
    expected = [text if raw else markup for (_, text, markup), raw in values]
    assert Template(".".join(parts)).render(**names) == ".".join(expected)


texts = st.text(alphabet="ab<{}%'\n\\\u00e9", max_size=5)
pieces = st.recursive(
    st.tuples(st.just("text"), texts) | st.tuples(st.just("value"), texts),
    lambda inner: st.tuples(
        st.sampled_from(["if", "else", "twice", "try", "apply"]), st.lists(inner, max_size=4)
    ),
    max_leaves=25,
)


def written(piece: tuple[str, Any], values: dict[str, object]) -> tuple[str, str]:
    """The template text of a piece, and the output that is expected."""
    kind, content = piece
    if kind == "text":
        return content.replace("{", "{ "), content.replace("{", "{ ")
    if kind == "value":
        name = f"x{len(values)}"
        values[name] = content
        return f"{{{{ {name} }}}}", xhtml_escape(content)
    inner = [written(part, values) for part in content]
    text = "".join(text for text, _ in inner)
    output = "".join(output for _, output in inner)
    return {
        "if": (f"{{% if 1 %}}{text}{{% end %}}", output),
        "else": (f"{{% if 0 %}}{{% else %}}{text}{{% end %}}", output),
        "twice": (f"{{% for _ in '12' %}}{text}{{% end %}}", output * 2),
        "try": (f"{{% try %}}{text}{{% set 1 / 0 %}}{{% except %}}!{{% end %}}", f"{output}!"),
        "apply": (f"{{% apply same %}}{text}{{% end %}}", output),
    }[kind]


@given(st.lists(pieces, max_size=6))
def test_any_combination_of_parts(parts: list[tuple[str, Any]]) -> None:
    values: dict[str, object] = {"same": lambda content: content}
    both = [written(part, values) for part in parts]
    template = Template("".join(text for text, _ in both))
    assert template.render(**values) == "".join(output for _, output in both)


def test_what_was_written_before_a_failure_stays() -> None:
    template = Template("{% try %}a{{ 1 }}b{{ x.y }}c{{ 2 / 0 }}d{% except %}!{% end %}")
    assert template.render(x="no attribute") == "a1b!"


def test_bytes_must_be_utf8() -> None:
    for text in ("{{ x }}", "{% raw x %}", "{{ x }}{{ x }}"):
        with pytest.raises(UnicodeDecodeError):
            Template(text).render(x=b"\xff")


def test_a_run_is_one_statement_and_no_list_is_made_for_it() -> None:
    code = Template("a{{ x }}b{# #}c{% block d %}e{% end %}").code
    assert "'a' f'{_tt_0}' 'b' 'c' 'e'" in code
    assert "append" not in code
