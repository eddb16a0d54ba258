"""What a ParseError tells."""

from __future__ import annotations

import traceback

import pytest

from zonda.template import ParseError, Template, TemplateError, TemplateNotFoundError


def test_the_old_signature() -> None:
    assert str(ParseError("asdf")) == "asdf at None:0"
    assert str(ParseError("asdf", "a.html", 3)) == "asdf at a.html:3"
    assert isinstance(ParseError("asdf"), TemplateError)


def test_the_whole_message_has_the_line_a_mark_and_a_hint() -> None:
    with pytest.raises(ParseError) as caught:
        Template("<p>\n  <b>{% fir x in y %}</b>", "page.html")
    explained = caught.value.explain().splitlines()
    assert explained == [
        "unknown operator: 'fir' at page.html:2",
        "      <b>{% fir x in y %}</b>",
        "         ^",
        "    Did you mean 'for'?",
    ]
    shown = "".join(traceback.format_exception_only(caught.value))
    assert "\n".join(explained) in shown


def test_a_long_line_is_shown_in_part() -> None:
    with pytest.raises(ParseError) as caught:
        Template("a" * 10_000 + "\t{{ }}" + "b" * 10_000)
    _, line, mark = caught.value.explain().splitlines()
    assert len(line) <= 104
    assert line[mark.index("^") :].startswith("{{ }}bbb")


def test_a_template_that_is_not_there_is_what_files_and_dicts_raise() -> None:
    error = TemplateNotFoundError("there is no 'a'")
    assert isinstance(error, FileNotFoundError)
    assert isinstance(error, KeyError)
    assert str(error) == "there is no 'a'"
