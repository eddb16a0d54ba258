"""Messages are found in the text of a template."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from babel.messages.extract import extract as babel_extract
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth_of
from zonda.locale.template_messages import BrokenTemplateError, extract, tags

Line = tuple[int, str, object]


def messages(text: str) -> list[Line]:
    found = extract(io.BytesIO(text.encode()), ["_", "pgettext"], ["NOTE:"], {})
    return [(line, name, arguments) for line, name, arguments, _ in found]


def notes(text: str) -> list[list[str]]:
    return [row[3] for row in extract(io.BytesIO(text.encode()), ["_"], ["NOTE:"], {})]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{ _("Hi") }}', [(1, "_", "Hi")]),
        ("{{_('Hi')}}", [(1, "_", "Hi")]),
        ('\n\n{% if _("Hi") == x %}', [(3, "_", "Hi")]),
        ('{% raw _("Hi") %}', [(1, "_", "Hi")]),
        ('{% module Box(_("Hi")) %}', [(1, "_", "Hi")]),
        ('{% set x = _("Hi") %}', [(1, "_", "Hi")]),
        ('{{ _("a" \n "b") }}', [(1, "_", "ab")]),
        ('{{ x\n + _("a")\n + _("b") }}', [(2, "_", "a"), (3, "_", "b")]),
        ('{% if a\n   and _("b") %}', [(2, "_", "b")]),
        ('{{ _("one", "many", n) }}', [(1, "_", ("one", "many", None))]),
        ('{{ locale.pgettext("law", "right") }}', [(1, "pgettext", ("law", "right"))]),
        ('{{ _("a") }} {{ _("b") }}\n{{ _("c") }}', [(1, "_", "a"), (1, "_", "b"), (2, "_", "c")]),
        ('{{{ _("inner") }}}', [(1, "_", "inner")]),
        ('{{ {"a": {"b": _("deep")} } }}', [(1, "_", "deep")]),
        ('{{ _("a }} b") }}', [(1, "_", "a }} b")]),
        ('{% if _("a %} b") %}', [(1, "_", "a %} b")]),
        ('{{ """}}""" + _("a") }}', [(1, "_", "a")]),
        ('{{ f(")") + _("a") }}', [(1, "_", "a")]),
        ('{{! _("text") }}', []),
        ('{%! _("text") %}', []),
        ('{#! _("text") #}{{ _("a") }}', [(1, "_", "a")]),
        ('{# _("comment") #}', []),
        ('{# {{ _("comment") }} #}', []),
        ('{% comment _("comment") %}', []),
        ("{% comment don't %}{{ _('a') }}", [(1, "_", "a")]),
        ("{# don't #}{{ _('a') }}", [(1, "_", "a")]),
        ('{% commentary(_("a")) %}', [(1, "_", "a")]),
        ('_("text") {{ x }}', []),
        ("{ { } } %} #} }}", []),
        ('{{ {"a": {"b": {}}} }}{{ _("a") }}', [(1, "_", "a")]),
        ('{% set x = {"a": {}} %}{{ _("a") }}', [(1, "_", "a")]),
        ("{{ x # don't }}{{ _('a') }}", [(1, "_", "a")]),
        ('{{ x # ends here }}\n{{ _("a") }}', [(2, "_", "a")]),
        ("{% include it's.html %}{{ _('a') }}", [(1, "_", "a")]),
        ("{% block it's %}{% end it's %}{{ _('a') }}", [(1, "_", "a")]),
        ('{% endless(_("a")) %}', []),
        ("", []),
        ("\ufeff{{ _('Grüße') }}", [(1, "_", "Grüße")]),
    ],
)
def test_messages(text: str, expected: list[Line]) -> None:
    assert messages(text) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n{{ x", 2),
        ("{% if x\n\n", 1),
        ("\n\n{# x", 3),
        ("{{ _('a' }}", 1),
        ("\n{{ (x }}", 2),
        ("{{ ' }}", 1),
        ("{{\n\n ) }}", 3),
        ("{% if {'a': 1 %}", 1),
        ("{{ _('a') _('b' \x00 }}", 1),
    ],
)
def test_a_template_that_cannot_be_rendered_is_named_with_its_line(text: str, line: int) -> None:
    with pytest.raises(BrokenTemplateError) as caught:
        messages(text)
    assert caught.value.line == line
    assert str(caught.value) == f"line {line}: {caught.value.reason}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{# NOTE: polite #}{{ _("a") }}', [["NOTE: polite"]]),
        ('{# NOTE: polite #}\n{{ _("a") }}', [["NOTE: polite"]]),
        ('{# NOTE: over\n   two #}\n{{ _("a") }}', [["NOTE: over two"]]),
        ('{% comment NOTE: polite %}{{ _("a") }}', [["NOTE: polite"]]),
        ('{# NOTE: polite #}\n\n{{ _("a") }}', [[]]),
        ('{# polite #}{{ _("a") }}', [[]]),
        ('{# NOTE: first #}{# other #}{{ _("a") }}', [[]]),
    ],
)
def test_notes_for_the_translator(text: str, expected: list[list[str]]) -> None:
    assert notes(text) == expected


def test_babel_finds_the_method_by_its_registered_name() -> None:
    found = list(babel_extract("zonda", io.BytesIO(b'{{ _("Hi") }}')))
    assert found == [(1, "Hi", [], None)]


@given(st.lists(st.sampled_from(["{{", "}}", "{%", "%}", "{#", "#}", "'", '"', "!", " x ", "\n"])))
def test_any_text_gives_messages_or_one_error_with_a_line(parts: list[str]) -> None:
    text = "".join(parts)
    try:
        found = list(tags(text))
        messages(text)
    except BrokenTemplateError as error:
        assert 1 <= error.line <= text.count("\n") + 1
    else:
        assert all(1 <= tag.line <= text.count("\n") + 1 for tag in found)


@pytest.mark.parametrize("piece", ["{{ x }}", "{{", "{{ ' }}", "{% \n %}", '{{ """ }}', "{"])
def test_finding_tags_is_linear(piece: str) -> None:
    def work(text: str) -> None:
        with suppress(BrokenTemplateError):
            list(tags(text))

    assert growth_of(work, lambda size: piece * size) < LINEAR
